"""Arithmetic: sums of words, and what lies near them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from llm_core.embeddings.arithmetic import read_sum
from llm_core.figures.nearness_view import neighbours_figure, sum_figure
from llm_core.heads.captions import listed
from llm_core.numbers import counted, decimal
from pages.shared.asking import task
from pages.shared.embeddings.frame import Room
from pages.shared.embeddings.words import named
from pages.shared.literal import literal

if TYPE_CHECKING:
    from llm_core.embeddings.arithmetic import Steps, WordSum
    from llm_core.embeddings.neighbours import Neighbours
    from llm_core.embeddings.token_table import TableFacts
    from llm_core.embeddings.worked_sum import WorkedSum

SUMS = (
    "king - man + woman",
    "Paris - France + Italy",
    "bigger - big + small",
    "actor - man + woman",
    "walking - walk + swim",
)
SHOWN = 5
"""Tokens that share the first place which the headline names."""


def draw(room: Room) -> None:
    """The sum, its neighbours, and the way of the sum in a plane."""
    with room.controls:
        text = st.text_input("Sum of words", SUMS[0], key="sum", bind="query-params")
        st.caption("Or try one of these:")
        for example in SUMS:
            st.button(example, key=f"sum-{example}", on_click=_use, args=(example,), width="stretch")
        leave_out = st.toggle("Leave out its own words", value=True, key="without", bind="query-params")
        unit = st.toggle("Words at length 1", value=True, key="unit", bind="query-params")
        count = st.slider("How many", 5, 50, 10, key="count", bind="query-params")
    worked: WorkedSum = room.ask(
        task(
            "embeddings.worked_sum:work_sum",
            room.model,
            room.table(),
            read_sum(text),
            count,
            unit_length=unit,
            leave_out=leave_out,
        )
    )
    facts: TableFacts = room.ask(task("embeddings.token_table:table_facts", room.table()))
    made, found = worked.made, worked.found
    figure = neighbours_figure(found, facts.median_norm, room.stack, theme=room.theme)
    with room.picture:
        if len(found.ids):
            room.plot(
                sum_figure(
                    worked.places,
                    worked.labels,
                    worked.arrows,
                    worked.words,
                    list(range(worked.words + 1, len(worked.labels))),
                    theme=room.theme,
                ),
                "sum-figure",
                "The words of the sum and its result as points in a plane.",
            )
            st.caption(_of_the_way(made, found, worked.steps, facts.width))
            room.plot(figure, "sum-neighbours", f"The {counted(len(found.ids), 'token')} nearest to the sum as bars.")
        for pieces in made.split:
            tokens = " ".join(literal(token.label) for token in pieces.tokens)
            st.caption(f"{named(pieces.word)} is {len(pieces.tokens)} tokens here ({tokens}); their mean is taken.")
    room.say(sentence(made, found, worked.nearest_own, leave_out))
    room.close("word-sum", figure, _explanation(leave_out), _table(found))


def _use(example: str) -> None:
    st.session_state["sum"] = example


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
