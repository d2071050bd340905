"""The stored score of a use, in a sentence beside its result."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from llm_core.applications.scores import Score, score
from llm_core.numbers import at_least_percent, at_most_percent, percent


def show(names: Mapping[str, str]) -> None:
    """Say how often a use was right, by what each score is called here; nothing of a score that was not measured."""
    said = sentences(names)
    if said:
        st.caption("  \n".join(said))


def sentences(names: Mapping[str, str]) -> list[str]:
    """The same as sentences, each after what its score is called."""
    found = {called: score(name) for called, name in names.items()}
    return [(f"{called}: " if called else "") + in_words(one) for called, one in found.items() if one is not None]


def in_words(found: Score) -> str:
    """How often a use was right, of how many, how sure that is, when and on which models."""
    low, high = found.interval
    return (
        f"Right in **{found.right} of {found.of}** {found.things} ({percent(found.right / found.of)}; 95 % interval "
        f"{at_least_percent(low)} to {at_most_percent(high)}), {found.chosen_on}. Right means {found.right_if}. "
        f"Measured on {found.date} with {' and '.join(found.models)}."
    )
