"""The model of the Generation page, once it is there, and what went wrong in plain words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

import llm_core
from pages.shared.cache import TraceRequest, models
from pages.shared.literal import literal
from pages.shared.notices import BAR_HEIGHT
from pages.shared.status_line import StatusLine

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ready:
    """A model and what it is to read.

    Attributes:
        model: The model.
        text: The text in the sidebar.
        line: Where progress is told.
    """

    model: LoadedModel
    text: str
    line: StatusLine


def writer(request: TraceRequest) -> Ready | None:
    """The model that was asked for, loaded with visible progress; None if it cannot be had, which is then said."""
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    try:
        model = models().get(llm_core.find_model(request.model), line.progress)
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
        ready.line.say(ready.model.spec.name)
        st.markdown(f"#### {literal(ready.model.spec.name)} cannot do this with this text.")
        st.error(literal(str(error)), icon=":material/error:")
    except Exception:
        logger.exception("Generation with %s failed", ready.model.spec.name)
        ready.line.say(ready.model.spec.name)
        st.markdown(f"#### {literal(ready.model.spec.name)} cannot do this with this text.")
        st.error(
            f"{literal(ready.model.spec.name)} stopped because of an error inside the model's library. "
            "Try another text, or choose another model.",
            icon=":material/error:",
        )
