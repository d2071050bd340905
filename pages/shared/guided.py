"""What a page says where it shows a head that training guided: that it was, and which head does the same unguided."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from llm_core.heads.guidance import Guidance, guidance
from llm_core.recording.trace_record import Trace
from pages.shared.literal import literal, unbroken
from pages.shared.looking import Looking


def say_guidance(found: Iterable[Guidance]) -> None:
    """A line for each guided head that is looked at; nothing where there is none."""
    for one in found:
        st.markdown(f":material/school: {unbroken(literal(str(one)))}")


def guidance_at(trace: Trace, place: Looking) -> tuple[Guidance, ...]:
    """What is to be said of the heads that a visitor looks at."""
    return guidance(trace, place.stack, place.layer, place.heads, place.query, place.key)
