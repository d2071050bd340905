"""The parts of the page Inside a head: its numbers, the sentence above them, the picture, what can be saved."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import streamlit as st

import llm_core
from llm_core.figures.palette import Theme
from llm_core.heads.guidance import Guidance, guidance
from llm_core.inside.layer_record import ObservedLayer, recorded_layer
from llm_core.inside.worked_head import WorkedHead
from llm_core.numbers import two_digits
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.recording.trace_record import Trace
from pages.shared.cache import BoundedCache, Workshop, models
from pages.shared.components import received
from pages.shared.components.inside_head import Step, inside_head
from pages.shared.inside.numbers import STEPS, as_csv, as_json, shown_keys
from pages.shared.inside.packet import inside_packet
from pages.shared.inside.words import sentence
from pages.shared.literal import literal, unbroken
from pages.shared.looking import Looking, choose, looking_at
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine

logger = logging.getLogger(__name__)

AT_ONCE = 256
"""Texts of so many tokens run through a model so fast that nothing needs to be shown meanwhile."""

MOST_LAYERS = 48
MOST_BYTES = 1_000_000_000


@st.cache_resource
def _observed() -> Workshop[ObservedLayer]:
    return Workshop(BoundedCache(MOST_LAYERS, MOST_BYTES))


@dataclass(frozen=True)
class Inside:
    """What the page shows.

    Attributes:
        work: The numbers.
        place: Where they are.
        complete: False while what comes before the dot product is still being computed.
    """

    work: WorkedHead
    place: Looking
    complete: bool


def inside(shown: Shown) -> Inside:
    """The numbers of the head looked at; from the trace alone if the rest would make the visitor wait.

    Raises:
        UnsupportedModelError: The model keeps its queries and keys to itself.
    """
    trace = shown.trace
    place = looking_at(trace)
    head, query = place.heads[0], place.query
    if query is None:
        query = _telling_query(trace, place)
    model = models().ready(llm_core.find_model(shown.request.model))
    layer = _observed().ready(_key(shown, place))
    try:
        if model is not None and layer is None and len(trace.tokens) + len(trace.target_tokens) <= AT_ONCE:
            layer = _observe(shown, place, ignore_progress)
        if model is not None and layer is not None:
            return Inside(llm_core.work_head(model, layer, head, query), place, complete=True)
    except Exception:
        # What the trace knows is shown all the same; completing it says what is wrong.
        logger.exception("Layer %s of %s could not be observed", place.layer, shown.request.model)
    layer = recorded_layer(trace, place.stack, place.layer)
    return Inside(llm_core.work_head(None, layer, head, query), place, complete=False)


def complete(shown: Shown, there: Inside, line: StatusLine) -> None:
    """Load the model, run it up to the layer looked at, and draw the page again with every number."""
    try:
        model = models().get(llm_core.find_model(shown.request.model), within(line.progress, 0.0, 0.6))
        layer = _observe(shown, there.place, within(line.progress, 0.6, 1.0))
        llm_core.work_head(model, layer, there.work.head, there.work.query_position)
    except llm_core.LlmCoreError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    except Exception:
        logger.exception("Layer %s of %s could not be worked out", there.place.layer, shown.request.model)
        st.error(
            f"{literal(shown.request.model)} could not be watched because of an error inside the model's library. "
            "Try another text, or choose another model.",
            icon=":material/error:",
        )
        return
    st.rerun()


def _observe(shown: Shown, place: Looking, report: ProgressCallback) -> ObservedLayer:
    """The layer looked at, run once for everybody who looks at it."""

    def make(progress: ProgressCallback) -> ObservedLayer:
        model = models().get(llm_core.find_model(shown.request.model), ignore_progress)
        return llm_core.observe_layer(model, shown.trace, place.stack, place.layer, progress=progress)

    return _observed().get(_key(shown, place), make, report)


def headline(shown: Inside) -> None:
    """One sentence that says where the token looks, and from which score that comes."""
    said = sentence(shown.work, shown_keys(shown.work, shown.place.key).chosen)
    st.markdown(f"#### {shown.place.place.rpartition(',')[0]}, head {shown.work.head}, {unbroken(literal(said))}.")


def guidance_of(shown: Shown, there: Inside) -> tuple[Guidance, ...]:
    """What is to be said of the head if training guided it."""
    work, place = there.work, there.place
    key = shown_keys(work, place.key).chosen
    return guidance(shown.trace, place.stack, place.layer, [work.head], work.query_position, key)


def picture(shown: Shown, there: Inside) -> None:
    """The steps, in the project's own component; what is chosen there comes back as a place and a step."""

    def chosen() -> None:
        choice = received("inside", "choice")
        choose(shown.trace, choice)
        if isinstance(choice, dict) and choice.get("step") in STEPS:
            # The address that came with the choice may be older than the choice.
            st.session_state["inside_step"], st.session_state["inside_step_written"] = choice["step"], None

    packet = inside_packet(there.work, shown.trace, there.place, _step(), waiting=not there.complete)
    inside_head(data=packet, key="inside", on_choice_change=chosen)


def _step() -> Step:
    """The step shown, from the session or, if it says otherwise, from the address; and write it there."""
    said, written = st.query_params.get("step"), st.session_state.get("inside_step_written")
    asked = next((one for one in STEPS if one == said), None)
    known: Step | None = st.session_state.get("inside_step")
    changed = asked is not None and written is not None and asked != written
    step = (asked if changed else known or asked) or STEPS[0]
    st.session_state["inside_step"] = st.session_state["inside_step_written"] = step
    if st.query_params.get("step") != step:
        st.query_params["step"] = step
    return step


def downloads(shown: Shown, there: Inside) -> None:
    """Buttons that save the steps as a page and every number as CSV and JSON, made when they are pressed."""
    work, place = there.work, there.place
    name = f"{place.stack}-layer{place.layer}-head{work.head}-token{work.query_position}"
    theme, step = st.context.theme.type or "light", _step()

    def page() -> str:
        packet = inside_packet(work, shown.trace, place, step, standalone=True)
        said = sentence(work, shown_keys(work, place.key).chosen)
        title = f"{shown.trace.model_name}, {place.stack} layer {place.layer}, head {work.head}: {said}"
        return inside_head.page(packet, title, theme)

    kinds = (
        ("All steps (HTML)", page, "html", "text/html"),
        ("Numbers (CSV)", lambda: as_csv(work), "csv", "text/csv"),
        ("Numbers (JSON)", lambda: as_json(work), "json", "application/json"),
    )
    with st.container(horizontal=True):
        for label, made, ending, kind in kinds:
            st.download_button(
                label, made, file_name=f"{name}.{ending}", mime=kind, on_click="ignore", key=f"save-inside-{ending}"
            )


def _key(shown: Shown, place: Looking) -> tuple[object, ...]:
    return (shown.trace.identity, place.stack, place.layer)


def _telling_query(trace: Trace, place: Looking) -> int:
    """The word with the strongest link to another word, if no token was chosen."""
    queries, keys = trace.query_tokens(place.stack), trace.key_tokens(place.stack)
    rows = np.arange(min(len(queries), AT_ONCE))
    weights = trace.attention(place.stack, place.layer, [place.heads[0]], rows)[0]
    words = np.array([queries[row].is_word for row in rows])[:, None] & np.array([token.is_word for token in keys])
    if place.stack != "cross":
        words &= rows[:, None] != np.arange(len(keys))
    return int(np.where(words, weights, -1.0).max(axis=1).argmax())


def largest_difference(there: Inside) -> str:
    """How far the numbers are from the library's for the same text, as Markdown."""
    names = {
        "weights": "attention weights",
        "head_output": "the head’s output",
        "attention_output": "the layer’s attention output",
    }
    compared = dict(there.work.differences.items())
    said = [f"**{two_digits(compared[name])}** ({called})" for name, called in names.items() if name in compared]
    return "Largest difference from the library, computed now: " + (", ".join(said) or "nothing to compare with") + "."


def explanation(theme: Theme) -> str:
    """How the picture is read and used, in the colours it uses, as HTML within Markdown."""
    query, key, value, more, less = (
        f"<b style='color:{colour}'>{word}</b>"
        for word, colour in (
            ("query", theme.query),
            ("key", theme.key),
            ("value", theme.value),
            ("blue", theme.positive),
            ("orange", theme.negative),
        )
    )
    return (
        f"The steps follow one token through one head: from its vector, through {query}, {key} and {value}, to what "
        "the head adds to the token. Each step is computed from the step before it, and the last compares everything "
        "with what the library computed.\n\n"
        f"Cells are numbers: {more} above zero, {less} below, stronger for larger ones, the page’s background for "
        "zero. Hover a cell for its digits and its place.\n\n"
        "Click a token above the steps to let it look, and a token in a list to look into that key. With the keyboard: "
        "the left and right arrows go through the steps, the up and down arrows through a list of keys."
    )
