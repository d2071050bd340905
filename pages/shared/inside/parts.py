"""The parts of the page Inside a head: its numbers, the sentence above them, the picture, what can be saved."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import streamlit as st

import llm_core
from llm_core.engine.task import Task
from llm_core.figures.palette import Theme
from llm_core.heads.guidance import Guidance
from llm_core.inside.worked_head import WorkedHead
from llm_core.numbers import two_digits
from llm_core.progress import Progress
from pages.shared.asking import ask, is_loaded, look, model, task
from pages.shared.components import received
from pages.shared.components.inside_head import Step, inside_head
from pages.shared.guided import guidance_of
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
        query = ask(task("figures.links:telling_query", trace, place.stack, place.layer, head))
    try:
        found = _known(shown, _all_numbers(shown, place, head, query))
    except Exception:
        # What the trace knows is shown all the same; completing it says what is wrong.
        logger.exception("Layer %s of %s could not be observed", place.layer, shown.request.model)
        found = None
    if found is not None:
        return Inside(found, place, complete=True)
    recorded = task("inside.layer_record:recorded_layer", trace, place.stack, place.layer)
    work: WorkedHead = ask(task("inside.head_arithmetic:work_head", None, recorded, head, query))
    return Inside(work, place, complete=False)


def _all_numbers(shown: Shown, place: Looking, head: int, query: int) -> Task:
    """The layer looked at, run once for everybody who looks at it, and one head of it worked out."""
    used = model(shown.request.model)
    layer = task("inside.observed_layer:observe_layer", used, shown.trace, place.stack, place.layer)
    return task("inside.head_arithmetic:work_head", used, layer, head, query)


def _known(shown: Shown, wanted: Task) -> WorkedHead | None:
    """Every number of the head, if they are there or come at once."""
    if not is_loaded(shown.request.model):
        return None
    short = len(shown.trace.tokens) + len(shown.trace.target_tokens) <= AT_ONCE
    found: WorkedHead | Progress = ask(wanted) if short else look(wanted)
    return None if isinstance(found, Progress) else found


def complete(shown: Shown, there: Inside, line: StatusLine) -> None:
    """Load the model, run it up to the layer looked at, and draw the page again with every number."""
    try:
        ask(_all_numbers(shown, there.place, there.work.head, there.work.query_position), line.progress)
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


def headline(shown: Inside) -> None:
    """One sentence that says where the token looks, and from which score that comes."""
    said = sentence(shown.work, shown_keys(shown.work, shown.place.key).chosen)
    st.markdown(f"#### {shown.place.place.rpartition(',')[0]}, head {shown.work.head}, {unbroken(literal(said))}.")


def guidance_inside(shown: Shown, there: Inside) -> tuple[Guidance, ...]:
    """What is to be said of the head if training guided it."""
    work, place = there.work, there.place
    key = shown_keys(work, place.key).chosen
    return guidance_of(shown.trace, place.stack, place.layer, [work.head], work.query_position, key)


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
