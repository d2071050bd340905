"""Neighbours: which tokens of the vocabulary are nearest to a word, or to a token at any layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

import llm_core
from llm_core.figures.nearness_view import neighbours_figure
from pages.shared.address import chosen_or
from pages.shared.embeddings.frame import Room, after, layer_name, named, quoted_token, signed

if TYPE_CHECKING:
    from llm_core.embeddings.neighbours import Measure, Neighbours
    from llm_core.embeddings.token_table import TableKind, TokenTable
    from llm_core.tokens import Token

SOURCES = {"word": "A word", "token": "A token of this text"}
MEASURES: dict[Measure, str] = {"cosine": "Cosine", "dot": "Dot product"}
TABLES: dict[TableKind, str] = {"input": "what enters the model", "output": "what its head compares with"}


def draw(room: Room) -> None:
    """Bars of the nearest tokens with their controls."""
    from llm_core.embeddings.neighbours import nearest_tokens
    from llm_core.embeddings.token_table import vector_of, word_pieces

    with room.controls:
        source = st.selectbox(
            "Neighbours of", list(SOURCES), key="of", format_func=SOURCES.__getitem__, bind="query-params"
        )
        row = 0
        if source == "token":
            token, row, vector, alike = _token(room)
            label = quoted_token(token)
        else:
            word = st.text_input("Word", "cat", key="word", bind="query-params")
            pieces = word_pieces(room.model(), word)
            label, alike = named(pieces.word), pieces.ids
        kind, measure, count, one_spelling = _options(room)
    table = room.table(kind)
    if source != "token":
        vector = vector_of(table, pieces)
    if vector.shape != table.vectors.shape[1:]:
        raise llm_core.UnsupportedModelError(
            f"The layers of {room.model_name} are {len(vector):,} numbers wide and its token table "
            f"{table.vectors.shape[1]:,}, so they cannot be compared. Choose “A word”."
        )
    leave_out = alike if source != "token" else ()
    found = nearest_tokens(table, vector, count, measure=measure, leave_out=leave_out, one_spelling=one_spelling)
    figure = neighbours_figure(found, float(np.median(table.norms)), room.stack, theme=room.theme)
    with room.picture:
        room.plot(
            figure,
            "neighbours-figure",
            f"The {len(found.ids)} nearest tokens as bars; the table below has the numbers.",
        )
        _compare(room, table, vector, measure)
        if source != "token" and len(alike) > 1:
            st.caption(f"{label} is {len(alike)} tokens here; its vector is their mean.")
    room.say(_sentence(found, label, source or "word", row))
    room.close("neighbours", figure, _explanation(room, found, table), _table(found))


def _token(room: Room) -> tuple[Token, int, np.ndarray, tuple[int, ...]]:
    trace, stack = room.shown.trace, room.stack
    tokens = trace.query_tokens(stack)
    places = list(range(len(tokens)))
    place = st.selectbox(
        "Token",
        places,
        index=min(2, len(places) - 1),
        key="place",
        format_func=lambda number: f"{number}  {tokens[number].label}",
        bind="query-params",
    )
    place = place if place in places else 0
    names = [layer_name(row) for row in range(len(trace.states[stack]))]
    chosen = st.select_slider("State", names, value=names[-1], key="token_after", bind="query-params")
    row = names.index(chosen) if chosen in names else len(names) - 1
    return tokens[place], row, trace.states[stack][row][place], (tokens[place].id,)


def _options(room: Room) -> tuple[TableKind, Measure, int, bool]:
    kinds: list[TableKind] = ["input"]
    output = room.model().model.get_output_embeddings()
    if output is not None and not room.table().tied:
        kinds.append("output")
    kind: TableKind = "input"
    if len(kinds) > 1:
        kind = st.segmented_control(
            "Compared with",
            kinds,
            key="table",
            default="input",
            required=True,
            format_func=TABLES.__getitem__,
            bind="query-params",
            wrap=True,
        )
    measure = st.segmented_control(
        "By",
        list(MEASURES),
        key="measure",
        default="cosine",
        required=True,
        format_func=MEASURES.__getitem__,
        bind="query-params",
    )
    count = st.slider("How many", 5, 50, 15, key="count", bind="query-params")
    one = st.toggle(
        "One spelling each",
        value=True,
        key="spelling",
        bind="query-params",
        help="“Cat”, “cat” and “CAT” are tokens of their own; name only the nearest of them.",
    )
    return chosen_or(kind, "input"), chosen_or(measure, "cosine"), count, one


def _compare(room: Room, table: TokenTable, vector: np.ndarray, measure: Measure) -> None:
    """Where words of one's own stand among all."""
    from llm_core.embeddings.neighbours import rank_of
    from llm_core.embeddings.token_table import vector_of, word_pieces
    from llm_core.embeddings.word_contexts import unit_rows

    text = st.text_input("And where are these?", "dog, animal, car, justice", key="beside", bind="query-params")
    rows = []
    for word in [part.strip() for part in (text or "").split(",") if part.strip()][:20]:
        try:
            pieces = word_pieces(room.model(), word)
            other = vector_of(table, pieces)
        except llm_core.LlmCoreError as error:
            st.caption(str(error))
            continue
        rank = (
            f"{rank_of(table, vector, pieces.ids[0], measure=measure):,}" if len(pieces.ids) == 1 else "several tokens"
        )
        cosine = float(unit_rows(np.asarray(vector, np.float32)) @ unit_rows(other))
        rows.append((word, rank, cosine, float(np.dot(vector, other)), float(np.linalg.norm(other))))
    if rows:
        words, ranks, cosines, dots, norms = zip(*rows, strict=True)
        st.dataframe(
            {
                "word": words,
                f"rank among {len(table.vectors):,}": ranks,
                "cosine": [round(value, 3) for value in cosines],
                "dot product": [round(value, 3) for value in dots],
                "length": [round(value, 3) for value in norms],
            },
            hide_index=True,
        )


def _sentence(found: Neighbours, label: str, source: str, row: int) -> str:
    first = ", ".join(named(text.strip("·… ") or text) for text in found.labels[:3])
    by = "cosine" if found.measure == "cosine" else "dot product"
    best = float(found.cosine[0] if found.measure == "cosine" else found.dot[0]) if len(found.ids) else 0.0
    nearest = f"{first}, of {found.compared:,} tokens ({by} {signed(best)} and less)"
    if source == "word":
        return f"Nearest to {label} in the token table: {nearest}"
    return f"{after(row)}, nearest to {label}: {nearest}"


def _explanation(room: Room, found: Neighbours, table: TokenTable) -> str:
    tied = "Its output table is the same one." if table.tied else ""
    return (
        f"Each of the {found.compared:,} tokens that {room.model_name.replace('_', ' ')} knows has a vector of "
        f"{table.vectors.shape[1]:,} numbers in a table at the bottom of the model. {tied} A word's neighbours are the "
        "tokens whose vectors point the same way.\n\n"
        "**Cosine** compares directions alone. The **dot product** also grows with the length of the other "
        "vector, so a "
        "long vector is near to everything; the dots on the right show each neighbour's length, and the dashed "
        "line the "
        "median of the vocabulary. Lengths mislead: frequent tokens and tokens hardly ever trained stand out "
        "by them.\n\n"
        "At a layer, the token's state there is compared with the same table of context-free vectors: what "
        "stands near it "
        "tells which words the state looks like. Where the model has a head of its own, you can compare with its rows "
        "instead; after the final normalisation that comparison by dot product is what the logit lens shows."
    )


def _table(found: Neighbours) -> dict[str, list[Any]]:
    return {
        "rank": list(range(1, len(found.ids) + 1)),
        "token": list(found.labels),
        "token number": found.ids.tolist(),
        "cosine": [round(float(value), 5) for value in found.cosine],
        "dot product": [round(float(value), 5) for value in found.dot],
        "length": [round(float(value), 5) for value in found.norms],
    }
