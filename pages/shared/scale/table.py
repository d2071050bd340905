"""Every model with its computed sizes, and where each published figure stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pandas as pd
import streamlit as st

from llm_core.figures.palette import Theme, readable
from llm_core.figures.scale_view import Sized, parameters_figure
from llm_core.numbers import counted, in_bytes, in_parameters, in_words
from llm_core.scale.sizes import (
    PRECISIONS,
    all_matrices_bytes,
    cache_bytes,
    matrix_bytes,
    operations_per_token,
    weight_bytes,
)
from pages.shared.embeddings.frame import Room
from pages.shared.literal import literal
from pages.shared.scale.rows import Row

BITS = 16
NOT_PUBLISHED, NOT_LISTED, UNKNOWN = "not published", "not listed here", "unknown"

Cell: TypeAlias = str | float | None
"""What a row has in a column; None where it is not published, or cannot be computed."""

FIGURES = ("parameters", "used by one token", "vocabulary", "context, tokens", "attention", "experts")
"""The columns that are published; all others are computed."""


def draw(room: Room, rows: Sequence[Row]) -> None:
    """The table, then the sources."""
    numbers = numbers_of(rows)
    with room.below:
        st.dataframe(_styled(numbers, rows, room.theme), hide_index=True, height=35 * (len(rows) + 1) + 3)
        st.caption(
            f"Keys and values, attention matrices: {BITS} bits a number. Operations: for each token of a text as long "
            "as the model takes."
        )
        st.markdown("##### Where the published figures stand")
        st.dataframe(
            sources_of(rows),
            hide_index=True,
            column_config={
                "value": st.column_config.NumberColumn("value", format="localized"),
                "link": st.column_config.LinkColumn("link", display_text="open"),
            },
        )
    room.say(sentence(rows))
    with room.picture:
        st.markdown("Published figures carry their source below; every other number is computed from them.")
    models = [Sized(row.name, row.size.parameters, row.in_use, row.active) for row in rows]
    figure = parameters_figure(models, theme=room.theme)
    room.close("scale", figure, _EXPLANATION, numbers)


_EXPLANATION = (
    "**Counted from the shape**: what the published layers, widths and vocabulary add up to, term by term, beside the "
    "number that the makers tell. The two differ by less than 3 %, since makers round; biases and normalisations "
    "inside attention are left out, under a thousandth.\n\n"
    "**Used by one token**: of a mixture of experts only those that a token is sent to. Makers count the token table "
    "or leave it out.\n\n"
    "**Keys and values**: grouped and multi-query attention share them among heads, latent attention keeps one short "
    "vector instead, and layers with a window keep no more than the window.\n\n"
    "**Operations a token**: a multiplication and an addition for each of the N numbers in the matrices of the layers "
    "that a token passes, and for each number of a key or value that its queries meet (Kaplan et al. 2020, section "
    "2.1). In a decoder that is half the text on average, in an encoder all of it. A token of an encoder-decoder "
    "passes one of its halves, and costs half (Raffel et al. 2020). Every matrix is taken to be used once a token, so "
    "layers that share weights cost more than this.\n\n"
    "**One attention matrix** needs only the context, so it can be told even where nothing else is."
)


def numbers_of(rows: Sequence[Row]) -> dict[str, list[Cell]]:
    """The table's columns, as plain numbers; None where something is not published."""
    columns: dict[str, list[Cell]] = {
        "model": [row.name for row in rows],
        "maker": [row.published.maker if row.published else "" for row in rows],
        "parameters": [row.size.parameters for row in rows],
        "counted from the shape": [row.published.counted if row.published else row.size.parameters for row in rows],
        "used by one token": [row.size.active_parameters for row in rows],
        "experts": [experts_of(row) for row in rows],
        "attention": [attention_of(row) for row in rows],
        "vocabulary": [row.size.vocabulary for row in rows],
        "context, tokens": [row.size.context for row in rows],
    }
    for bits in PRECISIONS:
        columns[f"weights in {bits} bits, bytes"] = [
            None if row.size.parameters is None else weight_bytes(row.size.parameters, bits) for row in rows
        ]
    columns["keys and values of 1,000 tokens, bytes"] = [cache_bytes(row.size, 1000, BITS) for row in rows]
    columns["one attention matrix, bytes"] = [
        None if row.size.context is None else matrix_bytes(row.size.context, BITS) for row in rows
    ]
    columns["all attention matrices, bytes"] = [
        None if row.size.context is None else all_matrices_bytes(row.size, row.size.context, BITS) for row in rows
    ]
    columns["operations a token"] = [
        None if row.size.context is None else operations_per_token(row.size, row.size.context) for row in rows
    ]
    columns["note"] = [row.published.about if row.published else "measured on the loaded model" for row in rows]
    return columns


def experts_of(row: Row) -> str | None:
    """A model's mixture of experts in words; None if it is not known whether it has one."""
    told = row.published
    count, used = (told.value("experts"), told.value("experts_used")) if told else (None, None)
    if told is None or count is None or used is None:
        if row.active is not None:
            return "some of them for each token"
        return "none" if row.size.active_parameters is not None else None
    always, layers = told.value("experts_shared"), told.value("expert_layers")
    said = f"{used:,} of {count:,}" + (f" and {always:,} always" if always else "")
    return said + (f", in {counted(layers, 'layer')}" if layers is not None else "")


def attention_of(row: Row) -> str | None:
    """How the heads of a model that writes share keys and values, in words; None if that is not known."""
    shape = row.size.attention.get("decoder") or row.size.attention.get("encoder")
    if shape is None:
        return None
    if shape.latent is not None:
        said = f"latent, {shape.cached_a_token:,} numbers a token"
    elif shape.key_value_heads == 1 and shape.heads > 1:
        said = f"multi-query, {shape.heads:,} heads share one"
    elif shape.key_value_heads < shape.heads:
        said = f"grouped, {shape.heads:,} heads share {shape.key_value_heads:,}"
    else:
        said = counted(shape.heads, "head")
    if shape.windowed_layers and shape.window is not None:
        said += f"; window of {shape.window:,} in {shape.windowed_layers:,} of {counted(shape.layers, 'layer')}"
    return said


def sources_of(rows: Sequence[Row]) -> dict[str, list[object]]:
    """One line for each published figure."""
    found = [
        (row.name, name if name.startswith("d_") else name.replace("_", " "), figure)
        for row in rows
        if row.published
        for name, figure in row.published.figures.items()
    ]
    return {
        "model": [model for model, _, _ in found],
        "figure": [name for _, name, _ in found],
        "value": [figure.value for _, _, figure in found],
        "source": [figure.source.title for _, _, figure in found],
        "where": [figure.where for _, _, figure in found],
        "date": [figure.source.date for _, _, figure in found],
        "date is": ["when it was read" if figure.source.read else "of the source" for _, _, figure in found],
        "link": [url if (url := figure.source.url).startswith("https://") else None for _, _, figure in found],
    }


def _styled(numbers: Mapping[str, Sequence[Cell]], rows: Sequence[Row], theme: Theme) -> pd.io.formats.style.Styler:
    said = pd.DataFrame(
        {
            name.removesuffix(", bytes"): [_said(name, value, row) for value, row in zip(values, rows, strict=True)]
            for name, values in numbers.items()
        }
    )
    in_use = [row.in_use for row in rows]
    own = f"background-color: {theme.query}; color: {readable(theme, theme.query)}"
    return said.style.apply(lambda line: [own if in_use[line.name] else ""] * len(line), axis=1)


def _said(column: str, value: Cell, row: Row) -> str:
    """A cell in words, in the unit of its column."""
    if value is None and column in FIGURES:
        return NOT_LISTED if row.published and row.published.in_part else NOT_PUBLISHED
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if column.endswith("bytes"):
        return in_bytes(value) if value else "none"
    if column in ("parameters", "counted from the shape", "used by one token"):
        return in_parameters(value)
    return in_words(value) if column == "operations a token" else f"{value:,}"


def sentence(rows: Sequence[Row]) -> str:
    """Who reads the longest text."""
    most = max(row.size.context or 0 for row in rows)
    longest = [literal(row.name) for row in rows if row.size.context == most]
    return (
        f"{' and '.join(longest)} {'reads' if len(longest) == 1 else 'read'} up to {counted(most, 'token')}, the most "
        f"of the models listed: one attention matrix of {'it' if len(longest) == 1 else 'them'} would take "
        f"{in_bytes(matrix_bytes(most, BITS))} at {BITS} bits"
    )
