"""The stored score of a use, in a sentence beside its result."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from llm_core.applications.scores import Score, score
from llm_core.numbers import at_least_percent, at_most_percent, percent


def show(names: Mapping[str, str]) -> None:
    """Say how often a use was right, by what each score is called here; nothing of a score that was not measured."""
    found = {called: score(name) for called, name in names.items()}
    known = {f"{called}: " if called else "": one for called, one in found.items() if one is not None}
    if known:
        st.caption(
            "  \n".join(f"{called}{in_short(one)}" for called, one in known.items()),
            help="\n\n".join(f"{called}{in_words(one)}" for called, one in known.items()),
        )


def in_short(found: Score) -> str:
    """How often a use was right, of how many, and how sure that is."""
    low, high = found.interval
    between = f"95 % interval {at_least_percent(low)} to {at_most_percent(high)}"
    return f"Right in **{found.right} of {found.of}** {found.things} ({between})."


def in_words(found: Score) -> str:
    """How often a use was right, of how many, how sure that is, when and on which models."""
    of_all = f"That is {percent(found.right / found.of)} of {found.things}, {found.chosen_on}."
    return (
        f"{in_short(found)} {of_all} Right means {found.right_if}. "
        f"Measured on {found.date} with {' and '.join(found.models)}."
    )
