"""What a page asks for is done once for everybody who waits for it, and no longer than somebody does."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from llm_core.engine.cache import BoundedCache, size_of
from llm_core.engine.task import Task
from llm_core.models.catalog import ModelSpec
from llm_core.progress import Progress, ProgressCallback, ignore_progress

PATIENCE_SECONDS = 0.1
"""Work that takes no longer is waited for."""

LEASE_SECONDS = 6.0
"""So long work goes on after somebody looked how far it is, who then may look again."""

MOST_ANSWERS = 2048
MOST_ANSWER_BYTES = 100_000_000
"""As they came; small ones take six to nine times as much once unpacked, so that their number is bounded too."""

MOST_ERRORS = 64
"""Errors of work that nobody has come back for yet."""


@dataclass(eq=False)
class Job:
    """A task that is waited for.

    Attributes:
        task: What is to be done.
        streams: True if its answer comes in items.
        visitor: Who asked first.
        progress: How far it is.
        items: What has come of a stream.
        answer: The answer, once it is done.
        error: What went wrong instead.
        done: Set at the end.
        waiting: How many wait for it right now.
        until: Until when it is of use although nobody waits, by ``time.monotonic``.
        looking: The same for each visitor who looked how far it is.
    """

    task: Task
    streams: bool
    visitor: str
    progress: Progress = field(default_factory=lambda: Progress(0.0, "Starting"))
    items: list[Any] = field(default_factory=list)
    answer: Any = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)
    waiting: int = 0
    until: float = 0.0
    looking: dict[str, float] = field(default_factory=dict)
    news: threading.Condition = field(default_factory=threading.Condition)

    @property
    def wanted(self) -> bool:
        """False if nobody waits for it any more."""
        return self.waiting > 0 or time.monotonic() < max([self.until, *self.looking.values()])


@dataclass(frozen=True, eq=False)
class _Kept:
    answer: Any
    nbytes: int


class Engine(ABC):
    """Has tasks done; any thread may ask.

    Attributes:
        whose: Tells who asks, in whatever thread does: turns are taken among them.
    """

    def __init__(self) -> None:
        self.whose: Callable[[], str] = lambda: ""
        self._answers: BoundedCache[_Kept] = BoundedCache(MOST_ANSWERS, MOST_ANSWER_BYTES, lambda kept: kept.nbytes)
        self._jobs: dict[tuple[str, bool], Job] = {}
        self._failed: dict[str, BaseException] = {}
        self._lock = threading.RLock()

    def known(self, task: Task) -> Any | None:
        """The answer of a task if it is there already."""
        kept = self._answers.get(task.identity)
        return None if kept is None else kept.answer

    def ask(self, task: Task, report: ProgressCallback = ignore_progress) -> Any:
        """The answer of a task, waiting for it.

        Args:
            task: What is to be done.
            report: Told ten times a second how far it is. It may raise to stop waiting, and work that nobody waits for
                ends.

        Raises:
            LlmCoreError: The task cannot be done.
        """
        kept = self._answers.get(task.identity)
        if kept is not None:
            return kept.answer
        job = self._job(task, streams=False)
        with self._waiting(job):
            while not job.done.wait(PATIENCE_SECONDS):
                report(self.told(job))
        if job.error is not None:
            self._forget_error(task)
            raise job.error
        return job.answer

    def look(self, task: Task, patience: float = PATIENCE_SECONDS) -> Any | Progress:
        """The answer of a task if it is there or comes within ``patience`` seconds, or else how far it is.

        Whoever looks again later gets it then. An error of the work is raised once; the next look begins anew.
        """
        with self._lock:
            error = self._failed.pop(task.identity, None)
        if error is not None:
            raise error
        kept = self._answers.get(task.identity)
        if kept is not None:
            return kept.answer
        job = self._job(task, streams=False)
        job.looking[self.whose()] = time.monotonic() + LEASE_SECONDS
        if not job.done.wait(patience):
            return self.told(job)
        if job.error is not None:
            self._forget_error(task)
            raise job.error
        return job.answer

    def leave(self, task: Task) -> None:
        """Look no longer how far a task is; work that nobody else waits for ends now."""
        with self._lock:
            job = self._jobs.get((task.identity, False))
            if job is not None and job.looking.pop(self.whose(), None) is not None:
                job.until = min(job.until, time.monotonic()) if job.until != float("inf") else job.until
                self._end_if_unwanted(job)

    def start(self, task: Task) -> None:
        """Begin a task that somebody is going to ask for; it is done whether or not anybody waits."""
        if self._answers.get(task.identity) is None:
            self._job(task, streams=False).until = float("inf")

    def stream(self, task: Task, report: ProgressCallback = ignore_progress) -> Iterator[Any]:
        """The items of a task's answer as they come; close the iterator to stop.

        Args:
            task: What is to be done.
            report: Told how far it is while nothing comes. It may raise to stop.

        Raises:
            LlmCoreError: The task cannot be done, or cannot go on.
        """
        job = self._job(task, streams=True)
        number = 0
        with self._waiting(job):
            while True:
                with job.news:
                    if number == len(job.items) and not job.done.is_set():
                        job.news.wait(PATIENCE_SECONDS)
                    came = job.items[number:]
                yield from came
                number += len(came)
                if not came:
                    if job.done.is_set() and number == len(job.items):
                        break
                    report(self.told(job))
        if job.error is not None:
            raise job.error

    def told(self, job: Job) -> Progress:
        """How far a job is, as a page may show it."""
        return job.progress

    @abstractmethod
    def is_loaded(self, spec: ModelSpec) -> bool:
        """True if a model is ready to be asked."""

    @abstractmethod
    def close(self) -> None:
        """End all work."""

    @abstractmethod
    def _begin(self, job: Job) -> None:
        """Have a job done; called with the lock held."""

    @abstractmethod
    def _cancel(self, job: Job) -> None:
        """End a job that nobody waits for."""

    def _job(self, task: Task, *, streams: bool) -> Job:
        key = (task.identity, streams)
        with self._lock:
            job, kept = self._jobs.get(key), None if streams else self._answers.get(task.identity)
            if kept is not None:
                job = Job(task, streams, self.whose(), answer=kept.answer)
                job.done.set()
            elif job is None:
                job = self._jobs[key] = Job(task, streams, self.whose(), until=time.monotonic() + 1.0)
                self._begin(job)
            return job

    def _waiting(self, job: Job) -> _Waiting:
        return _Waiting(self, job)

    def _left(self, job: Job) -> None:
        """Somebody waits no longer."""
        with self._lock:
            job.waiting -= 1
            job.until = min(job.until, time.monotonic()) if job.until != float("inf") else job.until
            self._end_if_unwanted(job)

    def _end_if_unwanted(self, job: Job) -> None:
        with self._lock:
            if not job.wanted and not job.done.is_set():
                # Whoever asks from now on begins anew.
                self._jobs.pop((job.task.identity, job.streams), None)
                self._cancel(job)

    def _told(self, job: Job, progress: Progress) -> None:
        job.progress = progress

    def _came(self, job: Job, item: Any) -> None:
        with job.news:
            job.items.append(item)
            job.news.notify_all()

    def _finish(self, job: Job, answer: Any = None, error: BaseException | None = None, nbytes: int = -1) -> None:
        if job.done.is_set():
            return
        job.answer, job.error = answer, error
        with self._lock:
            if self._jobs.get((job.task.identity, job.streams)) is job:
                del self._jobs[job.task.identity, job.streams]
            if error is None and not job.streams:
                self._answers.put(job.task.identity, _Kept(answer, size_of(answer) if nbytes < 0 else nbytes))
            elif not job.streams and not isinstance(error, CancelledTaskError):
                assert error is not None
                self._failed[job.task.identity] = error
                while len(self._failed) > MOST_ERRORS:
                    self._failed.pop(next(iter(self._failed)))
        job.done.set()
        with job.news:
            job.news.notify_all()

    def _forget_error(self, task: Task) -> None:
        with self._lock:
            self._failed.pop(task.identity, None)


class _Waiting:
    """Somebody waits for a job, until the block ends."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self._engine, self._job = engine, job

    def __enter__(self) -> None:
        self._job.waiting += 1

    def __exit__(self, *_: object) -> None:
        self._engine._left(self._job)


class CancelledTaskError(BaseException):
    """Raised in work that nobody waits for; no handler of errors may take it for a failure of the model."""
