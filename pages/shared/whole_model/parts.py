"""The parts of the front page: headline, picture, what opens in it, explanation, table, what can be saved."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

import llm_core
from llm_core.whole_model.blocks import blocks_of, main_stack
from llm_core.whole_model.record import WholeRecord
from llm_core.whole_model.rows import MOST_ROWS
from pages.shared.components import received
from pages.shared.components.whole_model import whole_model
from pages.shared.literal import literal
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine
from pages.shared.whole_model import asked
from pages.shared.whole_model.details import (
    Detail,
    attention_detail,
    embedding_detail,
    neuron_detail,
    output_detail,
    problem,
)
from pages.shared.whole_model.numbers import as_csv, as_json
from pages.shared.whole_model.packet import head_inside, outcomes_of, overview, vocabulary_token, whole_packet
from pages.shared.whole_model.place import Place, choose, place_in, sequence_of, token_of
from pages.shared.whole_model.words import headline as headline_words
from pages.shared.whole_model.words import ways

logger = logging.getLogger(__name__)

FILES = {
    "attention": "pages/explore/attention.py",
    "embeddings": "pages/explore/embeddings.py",
    "generation": "pages/explore/generation.py",
}


@dataclass(frozen=True, eq=False)
class Whole:
    """What the page shows.

    Attributes:
        shown: The trace.
        record: What the model was asked beyond it; None while it is still being asked.
        place: Where the visitor is.
        detail: What is inside the open block; None if nothing is open, or the model is not there to tell yet.
        failed: Why the model could not be asked, or None.
    """

    shown: Shown
    record: WholeRecord | None
    place: Place
    detail: Detail | None
    failed: str | None

    @property
    def complete(self) -> bool:
        """True if nothing is left to ask the model."""
        asked_all = self.record is not None and (self.place.block is None or self.detail is not None)
        return asked_all or self.failed is not None

    @property
    def position(self) -> int:
        """The token whose outcome is told."""
        trace = self.shown.trace
        return token_of(trace, self.place, sequence_of(trace, main_stack(trace)))


def whole(shown: Shown) -> Whole:
    """The picture as far as it can be drawn at once."""
    place = place_in(shown.trace)
    failed = st.session_state.get("whole_failed")
    failed = failed[1] if failed is not None and failed[0] == _identity(shown) else None
    try:
        record = asked.known_record(shown)
    except Exception as error:
        record, failed = None, _said(error, shown)
    return Whole(shown, record, place, _detail(shown, record, place, failed), failed)


def _detail(shown: Shown, record: WholeRecord | None, place: Place, failed: str | None) -> Detail | None:
    """What is inside the open block, or None if nothing is open or the model has to be waited for."""
    block, trace = place.block, shown.trace
    if block is None:
        return None
    if block.part == "attention":
        return attention_detail(trace, place, block)
    if block.part == "embedding":
        return embedding_detail(trace, record, place, block)
    if block.part == "output":
        return output_detail(trace, record, place, block, rounded=shown.shipped)
    if failed is not None:
        return problem(block, failed)
    try:
        told = asked.known_neurons(shown, block, token_of(trace, place, sequence_of(trace, block.stack)))
    except Exception as error:
        return problem(block, _said(error, shown))
    return None if told is None else neuron_detail(told, block)


def complete(there: Whole, line: StatusLine) -> None:
    """Ask the model what is missing, visibly, and draw the page again; Stop leaves the picture as it is."""
    shown, block = there.shown, there.place.block
    with st.container(horizontal=True):
        st.button("Stop", key="stop-whole", on_click=_give_up, args=(_identity(shown), "You stopped the reading."))
    try:
        if there.record is None:
            asked.record(shown, line.progress)
        if block is not None and block.part == "feed_forward":
            sequence = sequence_of(shown.trace, block.stack)
            asked.neurons(shown, block, token_of(shown.trace, there.place, sequence), line.progress)
    except Exception as error:
        _give_up(_identity(shown), _said(error, shown))
    st.rerun()


def _give_up(identity: object, why: str) -> None:
    st.session_state["whole_failed"] = (identity, why)


def try_again(there: Whole) -> None:
    """Say why the model could not be asked, and offer to ask again."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(literal(f"{there.failed} The picture shows what the trace alone tells."))
        st.button("Ask the model", key="ask-again", on_click=lambda: st.session_state.pop("whole_failed", None))


def _said(error: Exception, shown: Shown) -> str:
    if isinstance(error, llm_core.LlmCoreError):
        return str(error)
    logger.error("%s could not be asked", shown.request.model, exc_info=error)
    return (
        f"{shown.request.model} could not be watched because of an error inside the model’s library. Try another "
        "text, or choose another model."
    )


def headline(there: Whole) -> None:
    """One sentence that says what is looked at."""
    trace, best = there.shown.trace, None
    if trace.logits is not None:
        found = outcomes_of(trace, there.position)
        best = (vocabulary_token(there.record, int(found.tokens[0, 0])), float(found.shares[0, 0]))
    st.markdown(f"#### {literal(headline_words(trace, there.place, there.position, best))}.")


def picture(there: Whole) -> None:
    """The picture, in the project's own component; what is chosen there comes back as a place."""
    trace = there.shown.trace

    def chosen() -> None:
        choose(trace, received("whole", "choice"))

    try:
        packet = _packet(there)
    except Exception:
        logger.exception("The picture of %s could not be drawn", trace.model_name)
        st.error(
            f"The picture of {literal(trace.model_name)} cannot be drawn: its parts are put together in a way that is "
            "not foreseen here. Choose another model, or look at it on the other pages.",
            icon=":material/error:",
        )
        return
    way = st.session_state.pop("whole_way", None)
    whole_model(data=packet, key="whole", on_choice_change=chosen, on_way_change=_leave)
    if way is not None:
        goal = ways(trace, there.place, head_inside(there.detail)).get(way)
        if goal is not None:
            st.switch_page(FILES[goal["page"]], query_params=goal["own"])


def _leave() -> None:
    """The link of an open block was followed; only a run of the page can lead to another page."""
    way = received("whole", "way")
    if isinstance(way, Mapping) and isinstance(way.get("kind"), str):
        st.session_state["whole_way"] = way["kind"]


def _packet(there: Whole, *, standalone: bool = False) -> bytes:
    trace, version = there.shown.trace, f"{_identity(there.shown)} {there.record is not None}"
    made = overview(trace, there.record)
    insides = _insides(there) if standalone else ()
    return whole_packet(
        trace, there.record, made, there.place, version, there.detail, insides=insides, standalone=standalone
    )


def _insides(there: Whole) -> list[Detail]:
    """What is inside every block, as far as it needs no more passes, so that a saved picture opens as well."""
    shown, record = there.shown, there.record
    if len(shown.trace.tokens) + len(shown.trace.target_tokens) > MOST_ROWS:
        return []
    sample = asked.shipped(shown)
    found = []
    for block in blocks_of(shown.trace):
        place = replace(there.place, block=block, head=None)
        if block.part != "feed_forward" or sample is not None:
            found.append(_detail(shown, record, place, None))
    return [detail for detail in found if detail is not None]


def page(there: Whole, theme: str) -> str:
    """The picture as one HTML page that opens offline, with hovering and with blocks that open."""
    title = f"{there.shown.trace.model_name}: the whole model"
    return whole_model.page(_packet(there, standalone=True), title, theme)


def _identity(shown: Shown) -> str:
    return f"{shown.trace.identity}{'-shipped' if shown.shipped else ''}"


def downloads(there: Whole) -> None:
    """Buttons that save the picture as a page and its numbers as CSV and JSON, made when they are pressed."""
    trace, record, theme = there.shown.trace, there.record, st.context.theme.type or "light"
    kinds = (
        ("Picture (HTML)", lambda: page(there, theme), "html", "text/html"),
        ("Numbers (CSV)", lambda: as_csv(trace, record), "csv", "text/csv"),
        ("Numbers (JSON)", lambda: as_json(trace, record), "json", "application/json"),
    )
    with st.container(horizontal=True):
        for label, made, ending, kind in kinds:
            st.download_button(
                label,
                made,
                file_name=f"whole-model.{ending}",
                mime=kind,
                on_click="ignore",
                key=f"save-whole-{ending}",
            )
    st.caption("PNG and SVG: the buttons above the picture.")
