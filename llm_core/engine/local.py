"""The engine of one machine: a few worker processes, one queue, turns for everybody.

Tried before: ``concurrent.futures`` and the pools built on it give no word of progress, cannot end one task, and are
broken for good when a process dies; none of them lets a record stay with the process that made it. So the processes
are ours, and all else is of the standard library.
"""

from __future__ import annotations

import itertools
import logging
import os
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from llm_core.engine.engine import CancelledTaskError, Engine, Job
from llm_core.engine.memory import give_memory_back
from llm_core.engine.packing import packed_task, unpacked
from llm_core.engine.turns import ROOM, Durations, Turns, Waiting, place
from llm_core.engine.worker import Running, Worker, most_memory, start_worker
from llm_core.errors import WorkerLostError
from llm_core.models.catalog import ModelSpec
from llm_core.models.devices import default_device
from llm_core.progress import Progress

ATTEMPTS = 2
"""A task is asked again once if a worker ends while it does it."""

IDLE_SECONDS = 90.0
STOP_SECONDS = 10.0
DEATHS_IN_A_ROW = 4
"""After so many workers (times their number) that ended without having been ready, nothing more is waited for."""

MOST_HELD = 20_000

logger = logging.getLogger(__name__)


class LocalEngine(Engine):
    """Worker processes of this machine.

    Args:
        workers: How many.
        preload: Models that every worker loads before anybody asks, in this order.
        memory_bytes: The most memory a worker may take for itself; None for three quarters of the machine's.
        threads: Threads that one operation may use. The same for all tasks, since other numbers of them give other last
            bits, and what did not change is told from what did to the last bit.
        device: Where models are used; see :func:`llm_core.load_model`. None for what ``ATTENTION_DEVICE`` says.

    Raises:
        SettingError: ``ATTENTION_DEVICE`` names no place for weights.
    """

    def __init__(
        self,
        workers: int | None = None,
        preload: Sequence[ModelSpec] = (),
        memory_bytes: int | None = None,
        threads: int | None = None,
        device: str | None = None,
    ) -> None:
        super().__init__()
        self._count = workers or default_workers()
        self._preload = tuple(preload)
        self._memory_bytes = most_memory() if memory_bytes is None else memory_bytes
        self._workers: list[Worker] = []
        self._turns, self._durations = Turns(), Durations()
        self._threads = threads or default_threads()
        self._device = device or default_device()
        self._held: OrderedDict[str, Worker] = OrderedDict()
        self._numbers = itertools.count()
        self._deaths = 0
        self._used, self._tidy = time.monotonic(), True
        self._closed, self._busy = threading.Event(), threading.Event()
        self._busy.set()
        self._keepers = [threading.Thread(target=self._keep_one, daemon=True) for _ in range(self._count)]
        for thread in self._keepers:
            thread.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def is_loaded(self, spec: ModelSpec) -> bool:
        """True if a worker has a model in memory."""
        with self._lock:
            return any(spec in worker.loaded for worker in self._workers)

    def told(self, job: Job) -> Progress:
        """How far a job is; before it begins, how many are before it."""
        with self._lock:
            before = self._turns.before(job)
            if before is None:
                return job.progress
            return Progress(0.0, place(before) if self._workers else "Starting the workers")

    def close(self) -> None:
        """End the workers and all their work."""
        self._closed.set()
        self._busy.set()
        with self._lock:
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.send("end")
        for thread in self._keepers:
            thread.join(STOP_SECONDS)
        for worker in workers:
            worker.end(0.0)

    def _begin(self, job: Job) -> None:
        self._turns.add(Waiting(job, self._durations.lane_of(job, self._held)))
        self._dispatch()

    def _cancel(self, job: Job) -> None:
        if self._turns.drop(job):
            self._finish(job, error=CancelledTaskError())
        for worker in self._workers:
            for number, running in worker.running.items():
                if running.job is job:
                    worker.send("cancel", number)

    def _dispatch(self) -> None:
        """Give workers what they have room for; called with the lock held."""
        self._used, self._tidy = time.monotonic(), False
        self._busy.set()
        self._turns.hand_out(self._give)

    def _give(self, waiting: Waiting) -> bool:
        """Give a job to the worker that should do it, unless that one, or every one, is busy."""
        worker = self._worker_for(waiting)
        if worker is None:
            return False
        job, number = waiting.job, next(self._numbers)
        worker.running[number] = Running(job, waiting.lane, waiting.attempts + 1, skip=len(job.items))
        worker.send("do", number, waiting.lane, packed_task(job.task), waiting.models, job.streams)
        return True

    def _worker_for(self, waiting: Waiting) -> Worker | None:
        room = ROOM[waiting.lane]
        holder = next((self._held[one] for one in waiting.works_on if one in self._held), None)
        if holder is not None and holder in self._workers:
            return holder if holder.used(waiting.lane) < room else None
        free = [worker for worker in self._workers if worker.used(waiting.lane) < room]
        needed = set(waiting.models)
        return min(free, key=lambda one: (len(needed - one.loaded), len(one.running)), default=None)

    def _keep_one(self) -> None:
        """Keep a worker going for as long as the engine is; all but one rest while nobody comes."""
        while not self._closed.is_set():
            if self._workers and not self._busy.wait(1.0):
                continue
            try:
                worker = start_worker(self._preload, self._memory_bytes, self._threads, self._device)
            except (OSError, EOFError):
                logger.exception("A worker could not be started")
                self._lost(None)
            else:
                self._serve(worker)
                if worker.rests:
                    continue
            self._closed.wait(min(10.0, 0.2 * 2 ** min(self._deaths, 6)))

    def _serve(self, worker: Worker) -> None:
        """Have a worker work until it ends."""
        with self._lock:
            if self._closed.is_set():
                worker.send("end")
            else:
                self._workers.append(worker)
            if self._turns:
                self._dispatch()
        with suppress(EOFError, OSError):
            while True:
                message = worker.connection.recv()
                try:
                    self._take(worker, message)
                except Exception as error:
                    logger.exception("What a worker said cannot be used")
                    self._give_up(worker, message, error)
        if not self._closed.is_set():
            self._lost(worker)
        worker.end(1.0)

    def _take(self, worker: Worker, message: tuple[Any, ...]) -> None:
        kind, *rest = message
        if kind == "loaded":
            with self._lock:
                worker.loaded.add(rest[0])
        elif kind == "prepared":
            self._deaths = 0
        elif (running := worker.running.get(rest[0])) is not None:
            self._heard(worker, running, kind, *rest)

    def _heard(self, worker: Worker, running: Running, kind: str, number: int, *rest: Any) -> None:
        job = running.job
        if kind == "told":
            self._told(job, rest[0])
            self._end_if_unwanted(job)
        elif kind == "item":
            self._item(worker, running, rest[0])
        elif kind == "done":
            data, kept = rest
            answer = None if job.streams else unpacked(data, self.ask)
            self._durations.note(job.task, time.monotonic() - running.began)
            self._done(worker, number, kept=kept)
            self._finish(job, answer, nbytes=len(data) + 1_000)
        elif kind == "failed":
            error = pickle.loads(rest[0])
            self._done(worker, number, kept=False)
            self._finish(job, error=error)

    def _item(self, worker: Worker, running: Running, data: bytes) -> None:
        item = running.item(data, self.ask)
        reference = getattr(item, "task_reference", None)
        if reference is not None:
            with self._lock:
                self._hold(reference.task.identity, worker)
        if running.skip:
            # The worker before this one, which is gone, had given it out already.
            running.skip -= 1
        else:
            self._came(running.job, item)

    def _done(self, worker: Worker, number: int, *, kept: bool) -> None:
        with self._lock:
            running = worker.running.pop(number)
            if kept:
                self._hold(running.job.task.identity, worker)
            self._dispatch()

    def _hold(self, identity: str, worker: Worker) -> None:
        """Remember which worker has an answer."""
        self._held[identity] = worker
        self._held.move_to_end(identity)
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)

    def _give_up(self, worker: Worker, message: tuple[Any, ...], error: Exception) -> None:
        """End a job whose answer cannot be read."""
        running = worker.running.get(message[1]) if len(message) > 1 else None
        if running is None:
            return
        if message[0] in {"done", "failed"}:
            # The worker knows it no more, and its place is free.
            self._done(worker, message[1], kept=False)
        else:
            worker.send("cancel", message[1])
        self._finish(running.job, error=error)

    def _lost(self, worker: Worker | None) -> None:
        """A worker is gone: what it did is asked again once, and then answered with a sentence."""
        with self._lock:
            self._deaths += not (worker is not None and worker.rests)
            given_up = [] if worker is None else self._given_up(worker)
            if not self._workers and self._deaths >= DEATHS_IN_A_ROW * self._count:
                given_up += self._turns.drop_all()
            if self._turns:
                self._dispatch()
        for job in given_up:
            self._finish(job, error=WorkerLostError())

    def _given_up(self, worker: Worker) -> list[Job]:
        self._workers.remove(worker)
        for identity in [one for one, holder in self._held.items() if holder is worker]:
            del self._held[identity]
        given_up = []
        for running in worker.running.values():
            if running.attempts >= ATTEMPTS:
                given_up.append(running.job)
            else:
                lane = self._durations.lane_of(running.job, self._held)
                self._turns.add(Waiting(running.job, lane, running.attempts), first=True)
        return given_up

    def _watch(self) -> None:
        """Give memory back when nobody has come for a while."""
        while not self._closed.wait(5.0):
            with self._lock:
                working = bool(self._jobs) or any(worker.running for worker in self._workers)
                idle = not working and not self._tidy and time.monotonic() - self._used > IDLE_SECONDS
                workers = list(self._workers)
            if idle:
                self._rest(workers)

    def _rest(self, workers: Sequence[Worker]) -> None:
        """Keep one worker with its models, and of all else as little as can be."""
        self._tidy = True
        self._busy.clear()
        self._answers.clear()
        with self._lock:
            self._held.clear()
        for number, worker in enumerate(workers):
            worker.rests = number > 0
            worker.send("end" if worker.rests else "tidy")
        give_memory_back()


def default_workers() -> int:
    """As many as there are cores, but no more than four; ``ATTENTION_WORKERS`` says otherwise."""
    return _asked("ATTENTION_WORKERS") or min(os.cpu_count() or 1, 4)


def default_threads() -> int:
    """One, which serves many visitors best; ``ATTENTION_THREADS`` says otherwise."""
    return _asked("ATTENTION_THREADS") or 1


def _asked(setting: str) -> int:
    """A number that the environment sets; 0 if it sets none."""
    asked = os.environ.get(setting, "")
    return int(asked) if asked.isdigit() else 0
