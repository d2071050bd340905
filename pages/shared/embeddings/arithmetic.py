"""Arithmetic: sums of words, and what lies near them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from llm_core.embeddings.point_projections import project
from llm_core.figures.nearness_view import neighbours_figure, sum_figure
from pages.shared.embeddings.frame import Room, named
from pages.shared.literal import literal

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from llm_core.embeddings.arithmetic import WordSum
    from llm_core.embeddings.neighbours import Neighbours
    from llm_core.embeddings.token_table import TokenTable

SUMS = (
    "king - man + woman",
    "Paris - France + Italy",
    "bigger - big + small",
    "actor - man + woman",
    "walking - walk + swim",
)
SHOWN = 5


def draw(room: Room) -> None:
    """The sum, its neighbours, and the way of the sum in a plane."""
    from llm_core.embeddings.arithmetic import add_words, read_sum
    from llm_core.embeddings.neighbours import nearest_tokens

    with room.controls:
        text = st.text_input("Sum of words", SUMS[0], key="sum", bind="query-params")
        st.caption("Or try one of these:")
        for example in SUMS:
            st.button(example, key=f"sum-{example}", on_click=_use, args=(example,), width="stretch")
        leave_out = st.toggle("Leave out its own words", value=True, key="without", bind="query-params")
        unit = st.toggle("Words at length 1", value=True, key="unit", bind="query-params")
        count = st.slider("How many", 5, 50, 10, key="count", bind="query-params")
    terms = read_sum(text)
    table = room.table()
    made = add_words(room.model(), table, terms, unit_length=unit)
    out = made.ids if leave_out else ()
    found = nearest_tokens(table, made.vector, count, leave_out=out, one_spelling=leave_out)
    figure = neighbours_figure(found, float(np.median(table.norms)), room.stack, theme=room.theme)
    with room.picture:
        room.plot(
            _way(made, table, found, room), "sum-figure", "The words of the sum and its result as points in a plane."
        )
        st.caption(
            "Directions in the plane of their PCA: distances are cut short. If the arrows point the same way, the step "
            "between the words means the same in both places."
        )
        room.plot(figure, "sum-neighbours", f"The {count} tokens nearest to the sum as bars.")
        for pieces in made.split:
            tokens = " ".join(literal(token.label) for token in pieces.tokens)
            st.caption(f"{named(pieces.word)} is {len(pieces.tokens)} tokens here ({tokens}); their mean is taken.")
    room.say(_sentence(made, found, leave_out))
    room.close("word-sum", figure, _explanation(leave_out), _table(found))


def _use(example: str) -> None:
    st.session_state["sum"] = example


def _way(made: WordSum, table: TokenTable, found: Neighbours, room: Room) -> go.Figure:
    from llm_core.embeddings.token_table import vector_of
    from llm_core.embeddings.word_contexts import unit_rows

    words = unit_rows(np.stack([vector_of(table, pieces) for pieces in made.pieces]))
    near = unit_rows(table.vectors[found.ids[:SHOWN]])
    labels = [term.word for term in made.terms] + ["the sum"]
    labels += [label.strip("·…") or label for label in found.labels[:SHOWN]]
    places = project(np.concatenate([words, unit_rows(made.vector[None]), near])).points
    count = len(words)
    signs = [term.sign for term in made.terms]
    alike = [(place, place + 1) for place in range(1, count - 1) if signs[place] < 0 < signs[place + 1]]
    arrows = [(0, count), *alike] if signs[0] > 0 and count > 1 else alike
    return sum_figure(places, labels, arrows, count, list(range(count + 1, len(labels))), theme=room.theme)


def _sentence(made: WordSum, found: Neighbours, leave_out: bool) -> str:
    parts = [
        f"{'−' if term.sign < 0 else '+' if place else ''} {literal(term.word)}"
        for place, term in enumerate(made.terms)
    ]
    near = named(found.labels[0].strip("·… ") or found.labels[0]) if len(found.ids) else "nothing"
    apart = "" if leave_out else ", its own words counted"
    return f"{' '.join(parts).strip()} lies nearest to {near}{apart} (cosine {float(found.cosine[0]):.2f})"


def _explanation(leave_out: bool) -> str:
    return (
        "Vectors can be added and subtracted number by number. If the step from one word to another means the same "
        "elsewhere, the sum lands near the word that completes the pair: king is to man as queen is to woman.\n\n"
        "**A caution**: the sum usually stays nearest to one of its own words, so these are left out by "
        "custom, with all "
        "their spellings. Switch that off to see how far the sum really goes. Words stand for their vectors in "
        "the token "
        "table, before any context; a word of several tokens stands for the mean of theirs. Signs stand after a space."
        + ("" if leave_out else "\n\nNow the words of the sum are counted.")
    )


def _table(found: Neighbours) -> dict[str, list[Any]]:
    return {
        "rank": list(range(1, len(found.ids) + 1)),
        "token": list(found.labels),
        "cosine": [round(float(value), 5) for value in found.cosine],
        "dot product": [round(float(value), 5) for value in found.dot],
        "length": [round(float(value), 5) for value in found.norms],
    }
