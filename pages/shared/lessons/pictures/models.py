"""The three architectures side by side: the model in use and the shipped traces of the two others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from llm_core.comparison.objectives import objective
from llm_core.lessons.drawn import Square, shown_tokens
from llm_core.recording.trace_record import Trace
from llm_core.samples import MODELS, TEXT
from llm_core.shapes import Family
from llm_core.text.tokens import Token
from pages.shared.asking import ask, task
from pages.shared.components.lesson_designs import LessonDesign, LessonDesignsHeader, lesson_designs
from pages.shared.components.packing import in_half_percents, pack, token_fields
from pages.shared.lessons.scene import Scene
from pages.shared.literal import literal
from pages.shared.traces import shipped_trace

TITLES: dict[Family, str] = {
    "encoder": "Encoder-only",
    "decoder": "Decoder-only",
    "encoder-decoder": "Encoder-decoder",
}


def draw(scene: Scene) -> None:
    """Three squares."""
    own = scene.evidence.trace
    traces = [_trace_of(family, own) for family in TITLES]
    scene.say(f"Who may look at whom; {literal(own.model_name)}, the model in use, is framed")
    packet = designs_packet(traces, own)
    lesson_designs(data=packet, key="lesson-designs")
    st.caption(
        "Rows look, columns are looked at. The more colour, the more attention, as the mean of all heads of all layers."
    )
    scene.numbers(_columns(traces))
    with scene.below.expander("Save this picture"):
        st.download_button(
            "Picture (HTML)",
            lambda: lesson_designs.page(packet, "Three architectures", st.context.theme.type or "light"),
            file_name="lesson-architectures.html",
            mime="text/html",
            on_click="ignore",
        )


def designs_packet(traces: Sequence[Trace], own: Trace) -> bytes:
    """What the squares are drawn from.

    Args:
        traces: One of each family.
        own: The one among them that belongs to the model in use.
    """
    told: list[LessonDesign] = []
    arrays: dict[str, np.ndarray] = {}
    for place, trace in enumerate(traces):
        found: Square = ask(task("lessons.drawn:square", trace))
        arrays[f"cells{place}"] = in_half_percents(found.cells, found.opened)
        trained = objective(trace.family, trace.text)
        told.append(
            {
                "title": TITLES[trace.family],
                "family": trace.family,
                "model": trace.model_name,
                "own": trace is own,
                "task": trained.sentence,
                "sentence": who_sees_whom(trace, found.opened),
                "stacks": list(trace.stacks),
                "split": found.split,
                "tokens": token_fields(_tokens(trace)),
            }
        )
    header: LessonDesignsHeader = {"designs": told}
    return pack(header, arrays)


def who_sees_whom(trace: Trace, opened: np.ndarray) -> str:
    """What the open cells of a square (query key) say, in a sentence."""
    if trace.target_tokens:
        return "Above, the source reads itself; below, the target looks at the source and its own past."
    below = np.tril(np.ones_like(opened, bool))
    if not (opened & ~below).any():
        far = "what stands before it" if opened[below].all() else "what stands shortly before it"
        return f"Above the diagonal all is closed: each token sees itself and {far}."
    if opened.all():
        return "Every row is open from end to end: each token sees the whole text."
    return "Rows are open on both sides of the diagonal, and not from end to end: some cells are closed to all layers."


def _tokens(trace: Trace) -> list[Token]:
    source, target = shown_tokens(trace)
    return [*trace.tokens[:source], *trace.target_tokens[:target]]


def _trace_of(family: Family, own: Trace) -> Trace:
    if own.family == family:
        return own
    traces = (shipped_trace(name, TEXT) for name in MODELS)
    return next(trace for trace in traces if trace is not None and trace.family == family)


def _columns(traces: list[Trace]) -> dict[str, list[object]]:
    rows = [(trace, stack) for trace in traces for stack in trace.stacks]
    masks = [trace.mask(stack, trace.layers(stack)[0]) for trace, stack in rows]
    return {
        "model": [trace.model_name for trace, _ in rows],
        "stack": [stack for _, stack in rows],
        "mask": [mask.kind for mask in masks],
        "looking": [mask.queries for mask in masks],
        "looked at": [mask.keys for mask in masks],
        "layers": [len(trace.layers(stack)) for trace, stack in rows],
        "heads a layer": [trace.heads(stack, trace.layers(stack)[0]) for trace, stack in rows],
    }
