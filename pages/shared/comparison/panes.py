"""The panes of a comparison: each is asked for again and again while it is made, and shown when it is ready."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

import llm_core
from llm_core.comparison.outcomes import word_to_hide
from llm_core.progress import Progress
from llm_core.samples import sample_profile
from pages.shared.asking import ask, known, leave, look, model, task
from pages.shared.traces import TraceRequest, shipped_trace, trace_task

if TYPE_CHECKING:
    from llm_core.comparison.compared import Compared
    from llm_core.comparison.table import Side
    from llm_core.comparison.words import Span
    from llm_core.engine.task import Task

logger = logging.getLogger(__name__)

FORGIVEN_SECONDS = 60.0
"""After so long a failure is tried again when somebody asks."""

MOST_FAILURES = 64


@dataclass(frozen=True)
class PaneRequest:
    """What a pane shows.

    Attributes:
        model: Name of the model.
        text: What it reads.
        hidden: Where the word stands that is hidden; None for one worth guessing.
        truncate: Cut a text that is too long.
    """

    model: str
    text: str
    hidden: Span | None = None
    truncate: bool = False


@dataclass(frozen=True)
class Pane:
    """What there is to show of a pane now.

    Attributes:
        request: What was asked for.
        compared: What the model did; None while there is nothing to show.
        shipped: True if that came with the app, and the model has not run here yet.
        working: True while it is being made.
        progress: How far that is.
        error: Why it cannot be had, as a sentence; empty otherwise.
        too_long: True if it cannot be had because the text is too long for the model.
    """

    request: PaneRequest
    compared: Compared | None = None
    shipped: bool = False
    working: bool = False
    progress: Progress = field(default_factory=lambda: Progress(0.0, "Starting"))
    error: str = ""
    too_long: bool = False

    @property
    def side(self) -> Side | None:
        """The same as a side of the comparison."""
        return None if self.compared is None else self.compared.side


class PaneStore:
    """What panes there are; it remembers which could not be made."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[float, Pane]] = {}
        self._lock = threading.Lock()

    def ask(self, request: PaneRequest, *, begin: bool = True) -> Pane:
        """What there is to show of a pane now.

        Args:
            request: Which pane.
            begin: Begin to make it if nobody has; otherwise wait for it no longer.
        """
        try:
            wanted = pane_task(request)
        except llm_core.LlmCoreError as error:
            return Pane(request, error=str(error))
        failed = self._failed.get(wanted.identity)
        if failed is not None and time.monotonic() - failed[0] < FORGIVEN_SECONDS:
            return failed[1]
        if not begin:
            leave(wanted)
            compared: Compared | None = known(wanted)
            return Pane(request, compared) if compared is not None else _stopped(request)
        try:
            found = look(wanted)
        except llm_core.LlmCoreError as error:
            return self._fail(wanted, request, str(error), too_long=isinstance(error, llm_core.TextTooLongError))
        except Exception:
            logger.exception("A comparison could not be made with %s", request.model)
            said = (
                "could not read this text because of an error inside the model's library. Try another text, or model."
            )
            return self._fail(wanted, request, f"{request.model} {said}")
        if isinstance(found, Progress):
            shipped = _shipped(request)
            return Pane(request, shipped, shipped=shipped is not None, working=True, progress=found)
        return Pane(request, found)

    def _fail(self, wanted: Task, request: PaneRequest, error: str, *, too_long: bool = False) -> Pane:
        shipped = _shipped(request)
        pane = Pane(request, shipped, shipped=shipped is not None, error=error, too_long=too_long)
        with self._lock:
            self._failed.pop(wanted.identity, None)
            self._failed[wanted.identity] = (time.monotonic(), pane)
            while len(self._failed) > MOST_FAILURES:
                self._failed.pop(next(iter(self._failed)))
        return pane


def pane_task(request: PaneRequest) -> Task:
    """The task whose answer is what a pane shows.

    Raises:
        UnknownModelError: There is no such model.
    """
    read = trace_task(TraceRequest(request.model, request.text, truncate=request.truncate))
    return task("comparison.compared:compare", request.model, model(request.model), read, request.hidden)


def _stopped(request: PaneRequest) -> Pane:
    shipped = _shipped(request)
    error = "" if shipped else "Stopped. Press “Go on” above, or choose anew."
    return Pane(request, shipped, error=error)


def _shipped(request: PaneRequest) -> Compared | None:
    """What came with the app for a request, if it did; no model is needed for it."""
    if request.hidden not in (None, word_to_hide(request.text)):
        return None
    trace, profile = shipped_trace(request.model, request.text), sample_profile(request.model)
    if trace is None or profile is None:
        return None
    compared: Compared = ask(task("comparison.compared:compare_known", request.model, trace, profile))
    return compared


@st.cache_resource
def panes() -> PaneStore:
    """The server's panes."""
    return PaneStore()
