"""Memory of weights, of keys and values and of attention matrices, for a length of text and a precision."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from llm_core.figures.scale_view import Memory, memory_figure
from llm_core.numbers import counted, in_bytes
from llm_core.scale.fitting import Fitting, fitting
from llm_core.scale.published import Card
from llm_core.scale.published_file import card
from llm_core.scale.sizes import PRECISIONS, all_matrices_bytes, cache_bytes, weight_bytes
from pages.shared.embeddings.frame import Room
from pages.shared.literal import literal
from pages.shared.scale.rows import Row, chosen_rows

CONTEXTS = tuple(128 << power for power in range(11))
CONTEXT, BITS = 2048, 16


def draw(room: Room, rows: Sequence[Row]) -> None:
    """Bars that follow two sliders."""
    with room.controls:
        rows = chosen_rows(rows)
        tokens = st.select_slider(
            "Context, in tokens", CONTEXTS, CONTEXT, format_func=lambda n: f"{n:,}", key="context", bind="query-params"
        )
        bits = st.select_slider("Precision, in bits a number", PRECISIONS[::-1], BITS, key="bits", bind="query-params")
        with_matrices = st.toggle(
            "Attention matrices",
            value=True,
            key="matrices",
            bind="query-params",
            help="Every weight of every head, kept. Writing text needs no more than one layer's.",
        )
        axis = st.segmented_control(
            "The axis ends at",
            ["largest bar", "model in use"],
            default="largest bar",
            wrap=True,
            required=True,
            key="axis",
            bind="query-params",
        )
    shown = [(row, memory_of(row, tokens, bits)) for row in rows if row.size.parameters or row.in_use]
    shown.sort(key=lambda pair: (not pair[0].in_use, -(pair[0].size.parameters or 0)))
    bars = [memory for _, memory in shown]
    own = next(bar for bar in bars if bar.in_use)
    most = own.total(with_matrices=with_matrices) * 1.5 if axis == "model in use" else None
    figure = memory_figure(bars, with_matrices=with_matrices, most=most, theme=room.theme)
    with room.picture:
        st.caption(literal(card_sentence(fitting((row.size for row in rows), card(), tokens, bits), card())))
        room.plot(
            figure, "memory-figure", "Bars of bytes for each model: weights, keys and values, attention matrices."
        )
        unknown = [row.name for row in rows if not row.size.parameters]
        if unknown:
            st.caption(literal(f"Not drawn, since their parameters are not published: {', '.join(unknown)}."))
        if not all(bar.is_complete(with_matrices=with_matrices) for bar in bars):
            st.caption("“At least”: the shape of its attention is not known, so only its weights are counted.")
        if any(bar.beyond for bar in bars):
            st.caption(literal("* The text is longer than the model takes; the bar says what it would need."))
    room.say(sentence(bars, tokens, bits))
    room.close(f"memory-{tokens}-tokens-{bits}-bits", figure, _EXPLANATION, _columns(bars))


_EXPLANATION = (
    "**Weights**: parameters times bits. Formats for few bits add scales of their own, which are not counted.\n\n"
    "**Keys and values**: what a decoder keeps of each token while it writes, two vectors for each head that owns "
    "them. Heads that share them (**grouped** attention, or **multi-query** if all share one) count once. **Latent** "
    "attention keeps one short vector instead, from which keys and values are computed. Layers with a **sliding "
    "window** keep no more tokens than it is long. An encoder-decoder keeps those of its own text and of the source, "
    "here equally long. An encoder reads once and keeps nothing. For a model that is loaded here it is what this app's "
    "library keeps.\n\n"
    "**All attention matrices**: a weight for each pair of tokens, for each head of each layer. Twice the text means "
    "four times as much, while keys and values only double: drag the context and see which part takes over.\n\n"
    "A mixture of experts keeps the weights of all of them in memory, whichever a token is sent to."
)


def card_sentence(found: Fitting, held_against: Card) -> str:
    """How many of the models one graphics card holds; plain text."""
    memory, since = in_bytes(held_against.memory.value), f"{held_against.memory.source.date:%B %Y}"
    said = (
        f"One {held_against.name} ({memory}, announced in {since}) holds {found.fit:,} of "
        f"{counted(found.models, 'model')} with weights, keys and values"
    )
    if found.unknown:
        said += f"; of {found.unknown:,} more the weights alone would fit, and what they keep is not known"
    return said + ". Attention matrices and whatever else a program needs come on top."


def memory_of(row: Row, tokens: int, bits: int) -> Memory:
    """What a model needs for a text, as it is drawn."""
    size = row.size
    return Memory(
        row.name,
        weight_bytes(size.parameters or 0, bits),
        cache_bytes(size, tokens, bits),
        all_matrices_bytes(size, tokens, bits),
        row.in_use,
        size.context is not None and tokens > size.context,
    )


def sentence(bars: Sequence[Memory], tokens: int, bits: int) -> str:
    """What the model in use needs, in one line."""
    own = next(bar for bar in bars if bar.in_use)
    said = f"At {tokens:,} tokens and {bits} bits, {literal(own.name)} takes {in_bytes(own.weights)} of weights"
    if own.cache:
        said += f", {in_bytes(own.cache)} of keys and values"
    if own.matrices is not None:
        said += f" and, if all were kept, {in_bytes(own.matrices)} of attention matrices"
    if own.cache is None:
        said += "; what it keeps of the text is not known"
    return f"{said}; {tokens:,} tokens are more than it can read" if own.beyond else said


def _columns(bars: Sequence[Memory]) -> dict[str, list[object]]:
    return {
        "model": [bar.name for bar in bars],
        "weights, bytes": [bar.weights for bar in bars],
        "keys and values, bytes": [bar.cache for bar in bars],
        "all attention matrices, bytes": [bar.matrices for bar in bars],
        "keys and values are known": [bar.cache is not None for bar in bars],
        "longer than it takes": [bar.beyond for bar in bars],
    }
