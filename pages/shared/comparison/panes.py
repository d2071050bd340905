"""The panes of a comparison: each made by a thread of its own, shared by all visitors, shown when it is ready.

A visitor's page asks for its panes again and again while they are made; a pane that nobody has asked for in a while
is made no further.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

import streamlit as st

import llm_core
from llm_core.comparison.model_profile import model_profile
from llm_core.comparison.outcomes import word_to_hide
from llm_core.comparison.table import Side, side
from llm_core.comparison.words import Span
from llm_core.progress import Progress, ProgressCallback, within
from llm_core.samples import sample_profile
from pages.shared.cache import BoundedCache, TraceRequest, Workshop, models, shipped_trace, traced

logger = logging.getLogger(__name__)

MOST_SIDES = 24
MOST_SIDE_BYTES = 2_000_000_000
ABANDONED_SECONDS = 30.0
FORGIVEN_SECONDS = 60.0
"""After so long a failure is tried again when somebody asks."""


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
        side: What the model did; None while there is nothing to show.
        shipped: True if that came with the app, and the model has not run here yet.
        working: True while it is being made.
        progress: How far that is.
        error: Why it cannot be had, as a sentence; empty otherwise.
        too_long: True if it cannot be had because the text is too long for the model.
    """

    request: PaneRequest
    side: Side | None = None
    shipped: bool = False
    working: bool = False
    progress: Progress = field(default_factory=lambda: Progress(0.0, "Starting"))
    error: str = ""
    too_long: bool = False


class _AbandonedError(Exception):
    """Nobody waits for this pane any more."""


class PaneStore:
    """Makes each pane once for everybody, as many at a time as there are cores."""

    def __init__(self) -> None:
        self._workshop: Workshop[Side] = Workshop(BoundedCache(MOST_SIDES, MOST_SIDE_BYTES))
        self._cores = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
        self._asked: dict[Hashable, float] = {}
        self._failed: dict[Hashable, tuple[float, Pane]] = {}

    def ask(self, request: PaneRequest, *, begin: bool = True) -> Pane:
        """What there is to show of a pane now.

        Args:
            request: Which pane.
            begin: Begin to make it if nobody has.
        """
        try:
            key = (llm_core.find_model(request.model), request)
        except llm_core.LlmCoreError as error:
            return Pane(request, error=str(error))
        failed = self._failed.get(key)
        if failed is not None and time.monotonic() - failed[0] < FORGIVEN_SECONDS:
            return failed[1]
        if not begin:
            side = self._workshop.ready(key)
            return Pane(request, side=side) if side is not None else _stopped(request)
        self._asked[key] = time.monotonic()
        job = self._workshop.start(key, lambda report: self._make(key, request, report))
        if job is None:
            return Pane(request, side=self._workshop.ready(key))
        shipped = _shipped(request)
        return Pane(request, side=shipped, shipped=shipped is not None, working=True, progress=job.progress)

    def _make(self, key: Hashable, request: PaneRequest, report: ProgressCallback) -> Side:
        def tell(progress: Progress) -> None:
            report(progress)
            if time.monotonic() - self._asked[key] > ABANDONED_SECONDS:
                raise _AbandonedError

        try:
            while not self._cores.acquire(timeout=0.2):
                tell(Progress(0.0, "Waiting for a free core"))
            try:
                return _made(request, tell)
            finally:
                self._cores.release()
        except llm_core.LlmCoreError as error:
            self._fail(key, Pane(request, error=str(error), too_long=isinstance(error, llm_core.TextTooLongError)))
            raise
        except (_AbandonedError, SystemExit):
            raise
        except Exception:
            logger.exception("A comparison could not be made with %s", request.model)
            said = (
                "could not read this text because of an error inside the model's library. Try another text, or model."
            )
            self._fail(key, Pane(request, error=f"{request.model} {said}"))
            raise

    def _fail(self, key: Hashable, pane: Pane) -> None:
        shipped = _shipped(pane.request)
        self._failed[key] = (time.monotonic(), replace(pane, side=shipped, shipped=shipped is not None))


def _stopped(request: PaneRequest) -> Pane:
    shipped = _shipped(request)
    return Pane(request, side=shipped, error="" if shipped else "Stopped. Press “Go on” above, or choose anew.")


def _made(request: PaneRequest, report: ProgressCallback) -> Side:
    trace = traced(TraceRequest(request.model, request.text, truncate=request.truncate), within(report, 0.0, 0.7))
    model = models().get(llm_core.find_model(request.model), within(report, 0.7, 0.75))
    report(Progress(0.75, "Asking what comes out"))
    profile = model_profile(model, trace, request.hidden)
    return side(request.model, trace, profile, progress=within(report, 0.85, 1.0))


@st.cache_resource(max_entries=8, show_spinner=False)
def _shipped_side(model: str, text: str) -> Side | None:
    trace, profile = shipped_trace(model, text), sample_profile(model)
    return None if trace is None or profile is None else side(model, trace, profile)


def _shipped(request: PaneRequest) -> Side | None:
    """What came with the app for a request, if it did."""
    if request.hidden not in (None, word_to_hide(request.text)):
        return None
    return _shipped_side(request.model, request.text)


@st.cache_resource
def panes() -> PaneStore:
    """The server's panes."""
    return PaneStore()
