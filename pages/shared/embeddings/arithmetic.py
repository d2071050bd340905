"""Arithmetic: sums of words, and what lies near them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from llm_core.embeddings.point_projections import project
from llm_core.figures.nearness_view import neighbours_figure, sum_figure
from llm_core.heads.captions import listed
from llm_core.numbers import counted, decimal
from pages.shared.embeddings.frame import Room
from pages.shared.embeddings.words import named
from pages.shared.literal import literal

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from llm_core.embeddings.arithmetic import Steps, WordSum
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
    from llm_core.embeddings.arithmetic import add_words, read_sum, steps_alike
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
        if len(found.ids):
            steps = steps_alike(table, made, int(found.ids[0]))
            room.plot(
                _way(made, table, found, room, arrows=steps is not None),
                "sum-figure",
                "The words of the sum and its result as points in a plane.",
            )
            st.caption(_of_the_way(made, found, steps, table.vectors.shape[1]))
            room.plot(figure, "sum-neighbours", f"The {counted(len(found.ids), 'token')} nearest to the sum as bars.")
        for pieces in made.split:
            tokens = " ".join(literal(token.label) for token in pieces.tokens)
            st.caption(f"{named(pieces.word)} is {len(pieces.tokens)} tokens here ({tokens}); their mean is taken.")
    own = nearest_tokens(table, made.vector, 1) if leave_out and len(found.ids) else None
    room.say(sentence(made, found, own if own is not None and int(own.ids[0]) in made.ids else None, leave_out))
    room.close("word-sum", figure, _explanation(leave_out), _table(found))


def _use(example: str) -> None:
    st.session_state["sum"] = example


def _way(made: WordSum, table: TokenTable, found: Neighbours, room: Room, *, arrows: bool) -> go.Figure:
    """The words, the sum and what lies near it; with the two steps of ``a - b + c`` as arrows."""
    from llm_core.embeddings.likeness import unit_rows
    from llm_core.embeddings.token_table import vector_of

    once = {pieces.ids: (pieces, term.word) for term, pieces in zip(made.terms, made.pieces, strict=True)}
    words = unit_rows(np.stack([vector_of(table, pieces) for pieces, _ in once.values()]))
    near = unit_rows(table.vectors[found.ids[:SHOWN]])
    labels = [word for _, word in once.values()] + ["the sum", *found.names[:SHOWN]]
    places = project(np.concatenate([words, unit_rows(made.vector[None]), near])).points
    count = len(words)
    order = list(once)
    steps = []
    if arrows:
        first, second, third = (order.index(pieces.ids) for pieces in made.pieces)
        steps = [(first, count + 1), (second, third)]
    return sum_figure(places, labels, steps, count, list(range(count + 1, len(labels))), theme=room.theme)


def _of_the_way(made: WordSum, found: Neighbours, steps: Steps | None, width: int) -> str:
    said = "Directions in the plane of their PCA: distances are cut short."
    if steps is None:
        return said
    first, second, third = (literal(term.word) for term in made.terms)
    return (
        f"{said} The arrows are the step from {second} to {third} and the step from {first} to "
        f"{named(found.names[0])}: over all {width:,} numbers their cosine is {decimal(steps.cosine, 2)}, where 1 "
        f"would be "
        f"the same step. Half of all tokens in place of {named(found.names[0])} give {decimal(steps.median, 2)} or "
        f"less."
    )


def sentence(made: WordSum, found: Neighbours, own: Neighbours | None, leave_out: bool) -> str:
    """The headline: which token the sum lies nearest to, and whether that leaves nearer words out.

    Args:
        made: The sum.
        found: What lies near it.
        own: The word of the sum that lies nearer than all others and was left out, or None.
        leave_out: True if the words of the sum are left out.
    """
    parts = [
        f"{'−' if term.sign < 0 else '+' if place else ''} {literal(term.word)}"
        for place, term in enumerate(made.terms)
    ]
    whole = " ".join(parts).strip()
    if not found.norm:
        return f"{whole} has length 0 and points nowhere: no token is nearest to it"
    if not len(found.ids):
        return f"{whole} has nothing left to be compared with"
    tied = min(found.tied, SHOWN)
    near = listed([*map(named, found.names[: max(tied, 1)])])
    as_near = "" if found.tied < 2 else ", all as near" if found.tied == tied else f" and {found.tied - tied:,} more"
    said = f"{whole} lies nearest to {near}{as_near}"
    if not leave_out:
        return f"{said}, its own words counted (cosine {decimal(found.cosine[0], 2)})"
    nearer = "" if own is None else f"; {named(own.names[0])} itself has {decimal(own.cosine[0], 2)}"
    return f"{said}, its own words left out (cosine {decimal(found.cosine[0], 2)}{nearer})"


def _explanation(leave_out: bool) -> str:
    return (
        "Vectors can be added and subtracted number by number. If the step from one word to another means the same "
        "elsewhere, the sum lands near the word that completes the pair: king is to man as queen is to woman. How "
        "alike the two steps are stands "
        "below the picture.\n\n"
        "**A caution**: in most models such a sum stays nearest to one of its own words, so these are left out by "
        "custom, "
        "with all their spellings. Switch that off to see how far the sum really goes. Words stand for their vectors "
        "in "
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
