"""The panes of a comparison: each made by a thread of its own, shared by all visitors, ready when it is ready.

A visitor's page asks for its panes again and again while they are made; a pane that nobody has asked for in a while
stops being made.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, field

import streamlit as st

import llm_core
from llm_core.comparison import Side, side
from llm_core.model_profile import model_profile
from llm_core.outcomes import word_to_hide
from llm_core.progress import Progress, ProgressCallback, within
from llm_core.samples import sample, sample_profile
from llm_core.words import Span
from pages.shared.cache import BoundedCache, TraceRequest, models, traced

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


@dataclass
class _Job:
    """A pane being made."""

    progress: Progress = field(default_factory=lambda: Progress(0.0, "Waiting for a free core"))
    asked: float = field(default_factory=time.monotonic)
    ended: float | None = None
    error: str = ""
    too_long: bool = False


class PaneStore:
    """Makes each pane once for everybody."""

    def __init__(self) -> None:
        self._sides: BoundedCache[Side] = BoundedCache(MOST_SIDES, MOST_SIDE_BYTES)
        self._jobs: dict[Hashable, _Job] = {}
        self._lock = threading.Lock()
        self._cores = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))

    def ask(self, request: PaneRequest) -> Pane:
        """What there is to show of a pane now; begins to make it if nobody has."""
        try:
            key = (llm_core.find_model(request.model), request)
        except llm_core.LlmCoreError as error:
            return Pane(request, error=str(error))
        known = self._sides.get(key)
        if known is not None:
            return Pane(request, side=known)
        job = self._job(key, request)
        shipped = _shipped(request)
        return Pane(
            request,
            side=shipped,
            shipped=shipped is not None,
            working=job.ended is None,
            progress=job.progress,
            error=job.error,
            too_long=job.too_long,
        )

    def _job(self, key: Hashable, request: PaneRequest) -> _Job:
        with self._lock:
            job = self._jobs.get(key)
            if job is None or (job.ended is not None and time.monotonic() - job.ended > FORGIVEN_SECONDS):
                job = self._jobs[key] = _Job()
                threading.Thread(target=self._make, args=(key, request, job), daemon=True).start()
            job.asked = time.monotonic()
            return job

    def _make(self, key: Hashable, request: PaneRequest, job: _Job) -> None:
        def report(progress: Progress) -> None:
            job.progress = progress
            if time.monotonic() - job.asked > ABANDONED_SECONDS:
                raise _AbandonedError

        try:
            while not self._cores.acquire(timeout=0.2):
                report(job.progress)
            try:
                self._sides.put(key, _made(request, report))
            finally:
                self._cores.release()
            self._forget(key, job)
        except _AbandonedError:
            self._forget(key, job)
        except llm_core.LlmCoreError as error:
            job.error, job.too_long = str(error), isinstance(error, llm_core.TextTooLongError)
        except Exception:
            logger.exception("A comparison could not be made with %s", request.model)
            job.error = (
                f"{request.model} could not read this text because of an error inside the model's library. "
                "Try another text, or choose another model."
            )
        finally:
            job.ended = time.monotonic()

    def _forget(self, key: Hashable, job: _Job) -> None:
        with self._lock:
            if self._jobs.get(key) is job:
                del self._jobs[key]


def _made(request: PaneRequest, report: ProgressCallback) -> Side:
    trace = traced(TraceRequest(request.model, request.text, truncate=request.truncate), within(report, 0.0, 0.7))
    model = models().get(llm_core.find_model(request.model), within(report, 0.7, 0.75))
    report(Progress(0.75, "Asking what comes out"))
    profile = model_profile(model, trace, request.hidden)
    return side(request.model, trace, profile, progress=within(report, 0.85, 1.0))


@st.cache_resource(max_entries=8, show_spinner=False)
def _shipped_side(model: str, text: str) -> Side | None:
    trace, profile = sample(model, text), sample_profile(model)
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
