"""What a page says where it shows a head that training guided: that it was, and which head does the same unguided."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import streamlit as st

from llm_core.heads.guidance import Guidance, guided_among
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from pages.shared.asking import ask, task
from pages.shared.literal import literal, unbroken
from pages.shared.looking import Looking


def say_guidance(found: Iterable[Guidance]) -> None:
    """A line for each guided head that is looked at; nothing where there is none."""
    for one in found:
        st.markdown(f":material/school: {unbroken(literal(str(one)))}")


def guidance_at(trace: Trace, place: Looking) -> tuple[Guidance, ...]:
    """What is to be said of the heads that a visitor looks at."""
    return guidance_of(trace, place.stack, place.layer, place.heads, place.query, place.key)


def guidance_of(
    trace: Trace, stack: Stack, layer: int, heads: Collection[int], query: int | None = None, key: int | None = None
) -> tuple[Guidance, ...]:
    """What is to be said of the guided heads among some; see :func:`llm_core.heads.guidance.guidance`."""
    if not guided_among(trace.guided_heads, stack, layer, heads):
        return ()
    found: tuple[Guidance, ...] = ask(task("heads.guidance:guidance", trace, stack, layer, tuple(heads), query, key))
    return found
