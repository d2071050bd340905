"""The model of the Generation page, once it is there, and what went wrong in plain words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

import llm_core
from llm_core.engine.facts import ModelFacts
from pages.shared.asking import facts_of
from pages.shared.literal import literal
from pages.shared.notices import BAR_HEIGHT
from pages.shared.status_line import StatusLine
from pages.shared.traces import TraceRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ready:
    """A model and what it is to read.

    Attributes:
        model: What is known of the model.
        text: The text in the sidebar.
        line: Where progress is told.
    """

    model: ModelFacts
    text: str
    line: StatusLine


def writer(request: TraceRequest) -> Ready | None:
    """The model that was asked for, loaded with visible progress; None if it cannot be had, which is then said."""
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    try:
        model = facts_of(request.model, line.progress)
    except llm_core.LlmCoreError as error:
        st.markdown("#### This page shows a model at work, and there is none yet.")
        st.error(literal(str(error)), icon=":material/error:")
        return None
    return Ready(model, request.text, line)


@contextmanager
def said_plainly(ready: Ready) -> Iterator[None]:
    """Say what a visitor can act on, and never show a traceback."""
    try:
        yield
    except llm_core.LlmCoreError as error:
        ready.line.say(ready.model.name)
        st.markdown(f"#### {literal(ready.model.name)} cannot do this with this text.")
        st.error(literal(str(error)), icon=":material/error:")
    except Exception:
        logger.exception("Generation with %s failed", ready.model.name)
        ready.line.say(ready.model.name)
        st.markdown(f"#### {literal(ready.model.name)} cannot do this with this text.")
        st.error(
            f"{literal(ready.model.name)} stopped because of an error inside the model's library. "
            "Try another text, or choose another model.",
            icon=":material/error:",
        )
