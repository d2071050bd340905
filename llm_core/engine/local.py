"""The engine of one machine: a few worker processes, one queue, turns for everybody.

Tried before: ``concurrent.futures`` and the pools built on it give no word of progress, cannot end one task, and are
broken for good when a process dies; none of them lets a record stay with the process that made it. So the processes
are ours, and all else is of the standard library.
"""

from __future__ import annotations

import io
import itertools
import logging
import os
import pickle
import secrets
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from llm_core.engine.bench import models_of, tasks_within
from llm_core.engine.engine import CancelledTaskError, Engine, Job
from llm_core.engine.packing import Unpacker, packed_task, unpacked
from llm_core.engine.process import Lane, Order, give_memory_back
from llm_core.engine.task import Task
from llm_core.errors import LlmCoreError
from llm_core.models.catalog import ModelSpec
from llm_core.progress import Progress

ROOM: dict[Lane, int] = {"look": 4, "read": 1, "long": 1, "write": 8}
"""How many tasks of a lane a worker is given at a time; the others wait here, where turns are taken."""

LONG_TEXT = 2_000
"""A task that reads more characters does not stand before shorter ones."""

QUICK_SECONDS = 0.15
"""A task of a kind that took no longer the last times, on records that are there, waits for no other."""

SLOW = {"embeddings.cloud_projection:project_in_steps", "scale.attention_growth:measure_again"}
"""Tasks that take from seconds to minutes, whatever they are asked about; shorter ones go on beside them."""

QUICK = (
    "applications.answering:passage_attention",
    "applications.evidence:",
    "applications.translation:",
    "engine.facts:following",
    "engine.facts:spelled",
    "engine.parts:",
    "generation.filled_masks:",
    "generation.shown:",
    "generation.step:",
    "heads.guidance:guidance_of_step",
)
"""Tasks that are expected to be quick until one was slow: they look into records that are there, or ask a tokenizer."""

ATTEMPTS = 2
IDLE_SECONDS = 90.0
STOP_SECONDS = 10.0
DEATHS_IN_A_ROW = 4
VALUE_BYTES = 300_000_000

logger = logging.getLogger(__name__)


class WorkerLostError(LlmCoreError):
    """A worker process ended while it worked on a task, and so did the next one."""


@dataclass(eq=False)
class _Running:
    """A job in a worker."""

    job: Job
    lane: Lane
    attempts: int
    kind: tuple[str, bool]
    began: float = field(default_factory=time.monotonic)
    skip: int = 0
    unpacker: Unpacker | None = None
    file: _Growing | None = None


@dataclass(eq=False)
class _Waiting:
    """A job that waits for a worker."""

    job: Job
    lane: Lane
    attempts: int = 0


@dataclass(eq=False)
class _Process:
    """A worker as it is seen from here."""

    process: subprocess.Popen[bytes]
    connection: Connection
    sending: threading.Lock = field(default_factory=threading.Lock)
    running: dict[int, _Running] = field(default_factory=dict)
    loaded: set[ModelSpec] = field(default_factory=set)
    rests: bool = False

    def used(self, lane: Lane) -> int:
        """How many tasks of a lane it has."""
        return sum(one.lane == lane for one in self.running.values())

    def send(self, *message: Any) -> None:
        """Send a message; one to a worker that is gone is lost, and its end is noticed elsewhere."""
        with self.sending, suppress(OSError, ValueError):
            self.connection.send(message)


class LocalEngine(Engine):
    """Worker processes of this machine.

    Args:
        workers: How many; each uses one core.
        preload: Models that every worker loads before anybody asks, in this order.
        memory_bytes: The most memory a worker may take for itself; 0 for three quarters of the machine's.
    """

    def __init__(
        self, workers: int | None = None, preload: Sequence[ModelSpec] = (), memory_bytes: int | None = None
    ) -> None:
        super().__init__()
        self._count = workers or default_workers()
        self._preload = tuple(preload)
        self._memory_bytes = _most_memory() if memory_bytes is None else memory_bytes
        self._workers: list[_Process] = []
        self._queues: dict[Lane, OrderedDict[str, deque[_Waiting]]] = {lane: OrderedDict() for lane in ROOM}
        self._held: OrderedDict[str, _Process] = OrderedDict()
        self._seconds: dict[tuple[str, bool], float] = {}
        self._numbers = itertools.count()
        self._closed = threading.Event()
        self._deaths = 0
        self._used = time.monotonic()
        self._tidy = True
        self._busy = threading.Event()
        self._busy.set()
        self._threads = [threading.Thread(target=self._run_worker, daemon=True) for _ in range(self._count)]
        for thread in self._threads:
            thread.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def is_loaded(self, spec: ModelSpec) -> bool:
        """True if a worker has a model in memory."""
        with self._lock:
            return any(spec in worker.loaded for worker in self._workers)

    def told(self, job: Job) -> Progress:
        """How far a job is; before it begins, how many are before it."""
        with self._lock:
            for queues in self._queues.values():
                before = 0
                for round_ in itertools.zip_longest(*queues.values()):
                    for waiting in round_:
                        if waiting is None:
                            continue
                        if waiting.job is job:
                            return Progress(0.0, _place(before) if self._workers else "Starting the workers")
                        before += 1
        return job.progress

    def close(self) -> None:
        """End the workers and all their work."""
        self._closed.set()
        self._busy.set()
        with self._lock:
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.send("end")
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        for worker in workers:
            if worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()

    def _begin(self, job: Job) -> None:
        self._queue(_Waiting(job, self._lane_of(job)))
        self._dispatch()

    def _lane_of(self, job: Job) -> Lane:
        if job.streams:
            return "write"
        if job.task.function in SLOW:
            return "long"
        return "look" if self._looks(job.task) else "long" if _kind(job.task)[1] else "read"

    def _looks(self, task: Task) -> bool:
        """True if a task is quick, and all that it works on is there or comes so of what is there.

        A text that is read anew may be of any length, so that it does not count as quick before it is known to be.
        """
        kind, within = _kind(task), tasks_within(task)
        expected = 0.0 if task.function.startswith(QUICK) else 1.0
        if self._seconds.get(kind, expected) > QUICK_SECONDS or (kind[1] and not within):
            return False
        return all(one.identity in self._held or self._looks(one) for one in within)

    def _queue(self, waiting: _Waiting, *, first: bool = False) -> None:
        line = self._queues[waiting.lane].setdefault(waiting.job.visitor, deque())
        line.appendleft(waiting) if first else line.append(waiting)

    def _cancel(self, job: Job) -> None:
        for queues in self._queues.values():
            for line in queues.values():
                for waiting in [one for one in line if one.job is job]:
                    line.remove(waiting)
                    self._finish(job, error=CancelledTaskError())
        for worker in self._workers:
            for number, running in worker.running.items():
                if running.job is job:
                    worker.send("cancel", number)

    def _dispatch(self) -> None:
        """Give workers what they have room for; called with the lock held."""
        self._used = time.monotonic()
        self._tidy = False
        self._busy.set()
        for lane, queues in self._queues.items():
            given = True
            while given and any(worker.used(lane) < ROOM[lane] for worker in self._workers):
                given = False
                for visitor in list(queues):
                    line = queues[visitor]
                    waiting = next((one for one in line if self._worker_for(one) is not None), None)
                    if waiting is not None:
                        line.remove(waiting)
                        worker = self._worker_for(waiting)
                        assert worker is not None
                        self._give(waiting, worker)
                        # Whoever had a turn stands behind the others now.
                        queues.move_to_end(visitor)
                        given = True
                    if not line:
                        del queues[visitor]
                    if waiting is not None:
                        break

    def _worker_for(self, waiting: _Waiting) -> _Process | None:
        """The worker that should do a task now; None if that one, or every one, is busy."""
        holder = next((self._held[one] for one in _identities(waiting.job.task) if one in self._held), None)
        if holder is not None and holder in self._workers:
            return holder if holder.used(waiting.lane) < ROOM[waiting.lane] else None
        free = [worker for worker in self._workers if worker.used(waiting.lane) < ROOM[waiting.lane]]
        needed = set(models_of(waiting.job.task))
        return min(free, key=lambda one: (len(needed - one.loaded), len(one.running)), default=None)

    def _give(self, waiting: _Waiting, worker: _Process) -> None:
        job, number = waiting.job, next(self._numbers)
        running = _Running(job, waiting.lane, waiting.attempts + 1, _kind(job.task), skip=len(job.items))
        if job.streams:
            running.file = _Growing()
            running.unpacker = Unpacker(running.file, self.ask)
        worker.running[number] = running
        models = tuple(dict.fromkeys(models_of(job.task)))
        worker.send("do", number, waiting.lane, packed_task(job.task), models, job.streams)

    def _run_worker(self) -> None:
        """Keep a worker going for as long as the engine is; all but one rest while nobody comes."""
        while not self._closed.is_set():
            if self._workers and not self._busy.wait(1.0):
                continue
            try:
                worker = self._start()
            except (OSError, EOFError):
                logger.exception("A worker could not be started")
                worker = None
            if worker is not None:
                self._listen(worker)
            if self._closed.is_set():
                if worker is not None:
                    worker.process.wait()
                    worker.connection.close()
                return
            rests = worker is not None and worker.rests
            self._lost(worker)
            if not rests:
                self._closed.wait(min(10.0, 0.2 * 2 ** min(self._deaths, 6)))

    def _start(self) -> _Process:
        key = secrets.token_bytes(32)
        with Listener(authkey=key) as listener:
            order = Order(listener.address, key, 1, VALUE_BYTES, self._memory_bytes, self._preload)
            process = subprocess.Popen(
                [sys.executable, "-m", "llm_core.engine.process"],
                stdin=subprocess.PIPE,
                env={**os.environ, **ONE_THREAD, "PYTHONPATH": _search_path()},
            )
            # A worker that cannot start ends, and nobody would ever connect.
            connected = threading.Event()
            knocking = (process, listener.address, connected)
            threading.Thread(target=_knock, args=knocking, daemon=True).start()
            try:
                assert process.stdin is not None
                with process.stdin:
                    process.stdin.write(pickle.dumps(order))
                connection = listener.accept()
                connected.set()
            except BaseException:
                process.kill()
                process.wait()
                raise
        worker = _Process(process, connection)
        with self._lock:
            if self._closed.is_set():
                worker.send("end")
            self._workers.append(worker)
            if any(self._queues.values()):
                self._dispatch()
        return worker

    def _listen(self, worker: _Process) -> None:
        with suppress(EOFError, OSError):
            while True:
                try:
                    message = worker.connection.recv()
                except TypeError:
                    # A connection that is closed while it is read from has no number any more.
                    if self._closed.is_set():
                        return
                    raise
                try:
                    self._take(worker, message)
                except Exception as error:
                    logger.exception("What a worker said cannot be used")
                    self._give_up(worker, message, error)

    def _give_up(self, worker: _Process, message: tuple[Any, ...], error: Exception) -> None:
        """End a job whose answer cannot be read."""
        running = worker.running.get(message[1]) if len(message) > 1 else None
        if running is not None:
            worker.send("cancel", message[1])
            self._finish(running.job, error=error)

    def _take(self, worker: _Process, message: tuple[Any, ...]) -> None:
        kind, *rest = message
        if kind == "loaded":
            with self._lock:
                worker.loaded.add(rest[0])
            return
        if kind == "prepared":
            self._deaths = 0
            return
        running = worker.running.get(rest[0])
        if running is None:
            return
        job = running.job
        if kind == "told":
            self._told(job, rest[1])
            self._end_if_unwanted(job)
        elif kind == "item":
            self._item(running, rest[1])
        elif kind == "done":
            answer = None if job.streams else unpacked(rest[1], self.ask)
            self._done(worker, rest[0], kept=rest[2])
            self._finish(job, answer, nbytes=len(rest[1]) + 1_000)
        elif kind == "failed":
            error = pickle.loads(rest[1])
            self._done(worker, rest[0], kept=False, done=False)
            self._finish(job, error=error)

    def _item(self, running: _Running, data: bytes) -> None:
        assert running.file is not None
        assert running.unpacker is not None
        running.file.add(data)
        item = running.unpacker.load()
        if running.skip:
            # The worker before this one, which is gone, had given it out already.
            running.skip -= 1
        else:
            self._came(running.job, item)
        reference = getattr(item, "task_reference", None)
        if reference is not None:
            with self._lock:
                self._hold(reference.task.identity, running)

    def _hold(self, identity: str, running: _Running) -> None:
        for worker in self._workers:
            if running in worker.running.values():
                self._held[identity] = worker
                self._held.move_to_end(identity)
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)

    def _done(self, worker: _Process, number: int, *, kept: bool, done: bool = True) -> None:
        with self._lock:
            running = worker.running[number]
            if done:
                took = time.monotonic() - running.began
                # A task that had to wait in its worker tells nothing of those that need not: good news counts more.
                before = self._seconds.get(running.kind, took)
                self._seconds[running.kind] = before + (took - before) * (0.5 if took < before else 0.2)
            if kept:
                self._hold(running.job.task.identity, running)
            del worker.running[number]
            self._dispatch()

    def _lost(self, worker: _Process | None) -> None:
        """A worker is gone: what it did is asked again once, and then answered with a sentence."""
        with self._lock:
            self._deaths += not (worker is not None and worker.rests)
            given_up = [] if worker is None else self._given_up(worker)
            if not self._workers and self._deaths >= DEATHS_IN_A_ROW * self._count:
                given_up += [one.job for queues in self._queues.values() for line in queues.values() for one in line]
                for queues in self._queues.values():
                    queues.clear()
            if any(self._queues.values()):
                self._dispatch()
        for job in given_up:
            self._finish(
                job,
                error=WorkerLostError(
                    "The process that worked on this ended twice, perhaps for want of memory. All else goes on. "
                    "Try again, or take a shorter text or a smaller model."
                ),
            )

    def _given_up(self, worker: _Process) -> list[Job]:
        worker.connection.close()
        if worker in self._workers:
            self._workers.remove(worker)
        with suppress(subprocess.TimeoutExpired):
            worker.process.wait(1.0)
        for identity in [one for one, holder in self._held.items() if holder is worker]:
            del self._held[identity]
        given_up = []
        for running in worker.running.values():
            if running.attempts >= ATTEMPTS:
                given_up.append(running.job)
            else:
                self._queue(_Waiting(running.job, self._lane_of(running.job), running.attempts), first=True)
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

    def _rest(self, workers: Sequence[_Process]) -> None:
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


MOST_HELD = 20_000
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""Several workers share the cores; threads inside one would only wait for each other."""


class _Growing(io.BytesIO):
    """Bytes that are added at one end and read at the other."""

    def add(self, data: bytes) -> None:
        """Add some bytes."""
        left = self.read()
        self.seek(0)
        self.truncate()
        self.write(left + data)
        self.seek(0)


def default_workers() -> int:
    """As many as there are cores, but no more than four; ``ATTENTION_WORKERS`` says otherwise."""
    asked = os.environ.get("ATTENTION_WORKERS", "")
    return max(1, int(asked)) if asked.isdigit() else max(1, min(os.cpu_count() or 1, 4))


def _most_memory() -> int:
    if sys.platform != "linux":
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4


def _search_path() -> str:
    """Where the worker finds this package, wherever it is started."""
    here = str(Path(__file__).parents[2])
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


def _knock(process: subprocess.Popen[bytes], address: Any, connected: threading.Event) -> None:
    """End the waiting for a worker that ended before it connected: connect in its place, without its key."""
    process.wait()
    if not connected.is_set():
        with suppress(OSError):
            Client(address).close()


def _identities(task: Task) -> Iterable[str]:
    """The answers that a task works on, the nearest first."""
    for one in tasks_within(task):
        yield one.identity
        yield from _identities(one)


def _kind(task: Task) -> tuple[str, bool]:
    """What a task's time depends on: its function, and whether a long text is read."""
    return task.function, sum(map(len, _texts(task))) > LONG_TEXT


def _texts(task: Task) -> set[str]:
    """The texts that a task reads; the steps of one text are of the same prompt."""
    texts = {one for one in [*task.arguments, *task.options.values()] if isinstance(one, str)}
    return texts.union(*map(_texts, tasks_within(task)))


def _place(before: int) -> str:
    if not before:
        return "Waiting for a free worker: you are next"
    return f"Waiting for a free worker: {before} before you"
