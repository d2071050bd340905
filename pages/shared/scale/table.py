"""Every model with its computed sizes, and where each published figure stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pandas as pd
import streamlit as st

from llm_core.figures.palette import Theme, readable
from llm_core.figures.scale_view import Sized, parameters_figure
from llm_core.numbers import in_bytes, in_parameters, in_words
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
UNKNOWN = "not published"

Cell: TypeAlias = str | float | None
"""What a row has in a column; None where it is not published."""


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
    room.say(_sentence(rows))
    with room.picture:
        st.markdown("Published figures carry their source below; every other number is computed from them.")
    figure = parameters_figure([Sized(row.name, row.size.parameters, row.in_use) for row in rows], theme=room.theme)
    room.close("scale", figure, _EXPLANATION, numbers)


_EXPLANATION = (
    "**Counted from the shape**: what the published layers, widths and vocabulary add up to, term by term, beside the "
    "number that the makers tell; the two differ where makers round.\n\n"
    "**Operations a token**: 2 N + 2 · layers · context · attention width, with N the numbers in the matrices of the "
    "layers: a multiplication and an addition for each of them, and attention on top (Kaplan et al. 2020, section "
    "2.1). A token of an encoder-decoder passes one of its halves, and costs half (Raffel et al. 2020). Every matrix "
    "is taken to be used once a token, so layers that share weights cost more than this, and experts left out less.\n\n"
    "**One attention matrix** needs only the context, so it can be told even where nothing else is."
)


def numbers_of(rows: Sequence[Row]) -> dict[str, list[Cell]]:
    """The table's columns, as plain numbers; None where something is not published."""
    columns: dict[str, list[Cell]] = {
        "model": [row.name for row in rows],
        "maker": [row.published.maker if row.published else "" for row in rows],
        "parameters": [row.size.parameters for row in rows],
        "counted from the shape": [row.published.counted if row.published else row.size.parameters for row in rows],
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
        "link": [figure.source.url for _, _, figure in found],
    }


def _styled(numbers: Mapping[str, Sequence[Cell]], rows: Sequence[Row], theme: Theme) -> pd.io.formats.style.Styler:
    said = pd.DataFrame(
        {name.removesuffix(", bytes"): [_said(name, value) for value in values] for name, values in numbers.items()}
    )
    in_use = [row.in_use for row in rows]
    own = f"background-color: {theme.query}; color: {readable(theme, theme.query)}"
    return said.style.apply(lambda line: [own if in_use[line.name] else ""] * len(line), axis=1)


def _said(column: str, value: Cell) -> str:
    """A cell in words, in the unit of its column."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if column.endswith("bytes"):
        return in_bytes(value) if value else "none"
    if column in ("parameters", "counted from the shape"):
        return in_parameters(value)
    return in_words(value) if column == "operations a token" else f"{value:,}"


def _sentence(rows: Sequence[Row]) -> str:
    longest = max((row for row in rows if row.size.context), key=lambda row: row.size.context or 0)
    context = longest.size.context or 0
    return (
        f"{literal(longest.name)} reads up to {context:,} tokens: one attention matrix of it takes "
        f"{in_bytes(matrix_bytes(context, BITS))} at {BITS} bits"
    )
