"""The trace a page shows: what was asked for or, if that cannot be had, the last one with a sentence why."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import streamlit as st

import llm_core
from llm_core.recording.trace_record import Trace
from pages.shared.asking import model, start, task
from pages.shared.literal import literal
from pages.shared.sidebar import DEFAULT_MODEL, DEFAULT_TEXT
from pages.shared.status_line import StatusLine
from pages.shared.traces import TraceRequest, shipped_trace, traced

logger = logging.getLogger(__name__)

BAR_HEIGHT = 36


@dataclass(frozen=True)
class Shown:
    """A trace on a page.

    Attributes:
        trace: What is drawn.
        request: What it answers.
        shipped: True if it came with the app and no model was needed.
    """

    trace: Trace
    request: TraceRequest
    shipped: bool


def current(request: TraceRequest) -> Shown:
    """The trace to show for a request; what went wrong is said on the page, and the last trace stays."""
    # The bar takes the place of the line that says what is shown, so nothing jumps when it comes and goes.
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    place = st.empty()
    shipped = None if request.target else shipped_trace(request.model, request.text)
    try:
        trace = shipped or traced(request, line.progress)
        shown = Shown(trace, request, shipped is not None)
    except llm_core.LlmCoreError as error:
        place.error(literal(str(error)), icon=":material/error:")
        if isinstance(error, llm_core.TextTooLongError):
            _offer_to_cut(error, request)
        shown = st.session_state.get("last_shown") or _first()
        st.caption(literal(f"Still shown: {shown.request.model} reading “{_beginning(shown.request.text)}”"))
    except Exception:
        logger.exception("A trace of %s failed", request.model)
        place.error(
            f"{literal(request.model)} could not read this text because of an error inside the model's library. "
            "Try another text, or choose another model.",
            icon=":material/error:",
        )
        shown = st.session_state.get("last_shown") or _first()
    line.say(_what_is_shown(shown))
    st.session_state["last_shown"] = shown
    family = shown.trace.family
    before = st.session_state.get("family")
    st.session_state["family"] = family
    if (family == "encoder-decoder") != (before == "encoder-decoder"):
        # The form in the sidebar, drawn before this, has to gain or lose the decoder's text.
        st.rerun()
    return shown


def _what_is_shown(shown: Shown) -> str:
    trace = shown.trace
    sizes = " + ".join(str(len(trace.layers(stack))) for stack in trace.stacks if stack != "cross")
    heads = trace.heads(trace.stacks[0], trace.layers(trace.stacks[0])[0])
    read = f"{len(trace.tokens):,}" + (f" → {len(trace.target_tokens):,}" if trace.target_tokens else "") + " tokens"
    return f"{shown.request.model} · {sizes} layers × {heads} heads · {read}"


def preload(request: TraceRequest) -> None:
    """Begin to load the model in use while the visitor looks at the first picture."""
    try:
        spec = llm_core.find_model(request.model)
    except llm_core.LlmCoreError:
        return
    if spec.offline:
        start(task("engine.facts:model_facts", model(spec.name)))


def about(shown: Shown) -> str:
    """Where the picture's numbers come from, in a sentence."""
    trace = shown.trace
    if trace.method == "eager":
        source = "The weights are the model's own, since its attention cannot be recorded."
    else:
        source = (
            "Every weight is recomputed from the recorded queries and keys; on a test sentence the largest difference "
            f"from the library's own attention was {trace.largest_difference:.1e}."
        )
    cut = f" The last {trace.tokens_cut:,} tokens were cut off." if trace.tokens_cut else ""
    first = " This first picture is a trace that ships with the app." if shown.shipped else ""
    return source + cut + first


def _offer_to_cut(error: llm_core.TextTooLongError, request: TraceRequest) -> None:
    st.button(
        f"Cut it to the first {error.limit:,} tokens",
        on_click=lambda: st.session_state.update(cut_text=request.text),
        type="primary",
    )


def _first() -> Shown:
    trace = shipped_trace(DEFAULT_MODEL, DEFAULT_TEXT)
    assert trace is not None
    return Shown(trace, TraceRequest(DEFAULT_MODEL, DEFAULT_TEXT), shipped=True)


def _beginning(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
