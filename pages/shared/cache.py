"""Models and traces that all visitors of one server share, bounded in number and bytes.

A model is loaded by a thread of its own, once, however many sessions wait for it; a session that stops
waiting does not stop the loading. A trace runs in the session's own thread, so that stopping the
session stops it.
"""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import streamlit as st

import llm_core
from llm_core.engine.task import Task, remember_origin
from llm_core.progress import Progress, ProgressCallback, within
from llm_core.recording.trace_record import Trace
from llm_core.samples import sample
from pages.shared.asking import ask, model, task

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

MOST_MODELS = 4
MOST_MODEL_BYTES = 6_000_000_000
MOST_TOKENS = 4096
MOST_ERRORS = 32
"""Errors of work that nobody has come back for yet."""

PATIENCE_SECONDS = 0.1
"""Work that takes no longer is waited for."""


class _Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


Item = TypeVar("Item", bound=_Sized)


class BoundedCache(Generic[Item]):
    """Keeps what was used last, up to a number of entries and of bytes; the newest entry always stays."""

    def __init__(self, most_items: int, most_bytes: int) -> None:
        self._items: OrderedDict[Hashable, Item] = OrderedDict()
        self._most_items, self._most_bytes = most_items, most_bytes
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Item | None:
        """The entry of a key, which thereby becomes the one used last."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def put(self, key: Hashable, item: Item) -> None:
        """Keep an entry, and let go of those used longest ago that no longer fit."""
        with self._lock:
            self._items[key] = item
            self._items.move_to_end(key)
            while len(self._items) > 1 and (
                len(self._items) > self._most_items
                or sum(kept.nbytes for kept in self._items.values()) > self._most_bytes
            ):
                self._items.popitem(last=False)

    def __len__(self) -> int:
        return len(self._items)


@dataclass
class _Job(Generic[Item]):
    """Something being made by a thread of its own."""

    progress: Progress = field(default_factory=lambda: Progress(0.0, "Starting"))
    done: threading.Event = field(default_factory=threading.Event)
    made: Item | None = None
    error: BaseException | None = None


class Workshop(Generic[Item]):
    """Makes each thing once for everybody, in a thread of its own, and keeps what was used last."""

    def __init__(self, kept: BoundedCache[Item]) -> None:
        self._kept = kept
        self._jobs: dict[Hashable, _Job[Item]] = {}
        self._failed: dict[Hashable, BaseException] = {}
        self._lock = threading.Lock()

    def ready(self, key: Hashable) -> Item | None:
        """The thing of a key if it is there already."""
        return self._kept.get(key)

    def start(self, key: Hashable, make: Callable[[ProgressCallback], Item]) -> _Job[Item] | None:
        """Begin to make a thing if that has not been done; None if it is there already."""
        with self._lock:
            if self._kept.get(key) is not None:
                return None
            if key not in self._jobs:
                self._jobs[key] = _Job()
                threading.Thread(target=self._make, args=(key, make, self._jobs[key]), daemon=False).start()
            return self._jobs[key]

    def get(self, key: Hashable, make: Callable[[ProgressCallback], Item], report: ProgressCallback) -> Item:
        """The thing, waiting for it if need be; ``report`` may raise to stop waiting, which stops nobody else's."""
        while (made := self._kept.get(key)) is None:
            job = self.start(key, make)
            if job is None:
                continue
            while not job.done.wait(0.1):
                report(job.progress)
            if job.error is not None:
                with self._lock:
                    self._failed.pop(key, None)
                raise job.error
            assert job.made is not None
            return job.made
        return made

    def look(
        self, key: Hashable, make: Callable[[ProgressCallback], Item], patience: float = PATIENCE_SECONDS
    ) -> Item | Progress:
        """The thing if it is there or made within ``patience`` seconds, or else how far it is.

        Whoever looks again later gets it then. An error of the work is raised once; the next look begins anew.
        """
        with self._lock:
            error = self._failed.pop(key, None)
        if error is not None:
            raise error
        job = self.start(key, make)
        if job is None:
            return self._kept.get(key) or self.look(key, make, patience)
        if not job.done.wait(patience):
            return job.progress
        if job.error is not None:
            with self._lock:
                self._failed.pop(key, None)
            raise job.error
        assert job.made is not None
        return job.made

    def _make(self, key: Hashable, make: Callable[[ProgressCallback], Item], job: _Job[Item]) -> None:
        def note(progress: Progress) -> None:
            job.progress = progress
            if not threading.main_thread().is_alive():
                raise SystemExit("The server is stopping.")

        try:
            job.made = make(note)
            self._kept.put(key, job.made)
        except BaseException as error:
            job.error = error
        finally:
            with self._lock:
                self._jobs.pop(key, None)
                if job.error is not None:
                    self._failed[key] = job.error
                    while len(self._failed) > MOST_ERRORS:
                        self._failed.pop(next(iter(self._failed)))
            job.done.set()


def _spare_what_stays() -> None:
    """Take the libraries and the models out of the search for garbage that Streamlit begins after every run.

    There are half a million objects of them, which took a quarter of a second of every click. What has been let go of
    since the last time is cleared away first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class ModelStore:
    """Loads each model once for everybody."""

    def __init__(self) -> None:
        self._workshop: Workshop[LoadedModel] = Workshop(BoundedCache(MOST_MODELS, MOST_MODEL_BYTES))

    def start(self, spec: llm_core.ModelSpec) -> None:
        """Begin to load a model if that has not been done."""
        self._workshop.start(spec, self._loads(spec))

    def ready(self, spec: llm_core.ModelSpec) -> LoadedModel | None:
        """The model if it is there already."""
        return self._workshop.ready(spec)

    def get(self, spec: llm_core.ModelSpec, report: ProgressCallback) -> LoadedModel:
        """The model, waiting for it if need be; ``report`` may raise to stop waiting."""
        return self._workshop.get(spec, self._loads(spec), report)

    def look(self, spec: llm_core.ModelSpec) -> LoadedModel | Progress:
        """The model if it is there, or how far its loading is."""
        return self._workshop.look(spec, self._loads(spec))

    @staticmethod
    def _loads(spec: llm_core.ModelSpec) -> Callable[[ProgressCallback], LoadedModel]:
        def load(progress: ProgressCallback) -> LoadedModel:
            loaded = llm_core.load_model(spec, progress=progress)
            _spare_what_stays()
            return loaded

        return load


@st.cache_resource
def models() -> ModelStore:
    """The server's models."""
    return ModelStore()


@dataclass(frozen=True)
class TraceRequest:
    """What to trace; its fields are all that a trace depends on.

    Attributes:
        model: Name of the model.
        text: What to read.
        target: What the decoder of an encoder-decoder reads; empty lets the model write it.
        truncate: Cut a text that is too long.
    """

    model: str
    text: str
    target: str = ""
    truncate: bool = False


def trace_task(request: TraceRequest) -> Task:
    """The task whose answer is the trace of a request.

    Raises:
        UnknownModelError: There is no such model.
    """
    return task(
        "tracing.asked:read",
        model(request.model),
        request.text,
        request.target,
        truncate=request.truncate,
        max_tokens=MOST_TOKENS,
    )


def traced(request: TraceRequest, report: ProgressCallback) -> Trace:
    """The trace of a request, waiting for it.

    Raises:
        LlmCoreError: The model or the text cannot be used.
    """
    made: Trace = ask(trace_task(request), report)
    return made


def shipped_trace(name: str, text: str) -> Trace | None:
    """The trace that ships for a model and a text, or None; no model is needed for it."""
    trace = sample(name, text)
    if trace is not None:
        remember_origin(trace, task("samples:sample", name, text))
    return trace


def traced_without(request: TraceRequest, edits: llm_core.Edits, report: ProgressCallback) -> tuple[Trace, Trace]:
    """The trace of a request, and of the same tokens without some heads, waiting for both.

    Raises:
        LlmCoreError: The model or the text cannot be used, or heads of this model cannot be switched off.
    """
    plain = traced(request, within(report, 0.0, 0.7))
    changed = task(
        "tracing.trace:trace_without",
        model(request.model),
        request.text,
        plain,
        edits,
        truncate=request.truncate,
        max_tokens=MOST_TOKENS,
        whole_logits=False,
    )
    return plain, ask(changed, within(report, 0.7, 1.0))
