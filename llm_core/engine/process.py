"""A worker: it does the tasks it is sent, here as a process that connects to the one that started it and ends with it.

Its threads are lanes. Looking at a record does not wait for a forward pass, a forward pass not for a long one, texts
are written a token each in turn, and models load beside all that.
"""

from __future__ import annotations

import io
import logging
import os
import pickle
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Client
from typing import Any, Literal, TypeAlias, TypeVar

from llm_core.engine.bench import Workbench, tasks_within
from llm_core.engine.engine import CancelledTaskError
from llm_core.engine.memory import give_mapped_files_back, give_memory_back, limit_memory, share_free_memory
from llm_core.engine.packing import Packer, TaskUnpacker, packed
from llm_core.engine.steps import WRITING, step_task
from llm_core.engine.task import Task
from llm_core.errors import LlmCoreError, memory_error
from llm_core.models.catalog import ModelSpec
from llm_core.progress import Progress

Lane: TypeAlias = Literal["look", "read", "long", "write", "load"]
Result = TypeVar("Result")
NICENESS: dict[Lane, int] = {"look": 0, "read": 3, "write": 3, "load": 10, "long": 7}
"""How far a lane steps back for others where the system lets threads do that (Linux).

A fifth of a core is left to the last ones by whatever else runs there; with less a long text hardly went on beside
another busy program.
"""

TELLING_SECONDS = 0.05
"""Progress is told no more often."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """What a worker is told when it starts.

    Attributes:
        address: Where to connect.
        key: Proves that it is the one that was started.
        threads: Threads that one operation of torch may use.
        value_bytes: Bytes of records kept between tasks.
        memory_bytes: The most memory of its own, where the system can limit it; 0 for no limit.
        device: Where models are used.
        preload: Models to load before anybody asks.
    """

    address: Any
    key: bytes
    threads: int
    value_bytes: int
    memory_bytes: int
    device: str
    preload: tuple[ModelSpec, ...]


class WorkerError(RuntimeError):
    """Something failed in a worker that is no error of a user; the text says what, for the log."""


@dataclass(eq=False)
class _Work:
    """A task under way."""

    number: int
    lane: Lane
    data: bytes
    models: tuple[ModelSpec, ...]
    streams: bool
    cancelled: bool = False
    told: float = 0.0


@dataclass(eq=False)
class _Writing:
    """A stream that is being given out."""

    work: _Work
    task: Task
    items: Iterator[Any]
    file: io.BytesIO = field(default_factory=io.BytesIO)
    packer: Packer | None = None
    numbers: list[int] = field(default_factory=list)


class Worker:
    """Does what it is told to, in threads of its own.

    Args:
        send: Takes what it says; called by any of its threads.
        threads: Threads that one operation of torch may use.
        bench: Where it keeps models and records.
        preload: Models to load before anybody asks.
    """

    def __init__(
        self, send: Callable[..., None], threads: int, bench: Workbench, preload: Sequence[ModelSpec] = ()
    ) -> None:
        self._send, self._threads, self._preload = send, threads, tuple(preload)
        self._bench = bench
        self._torch: Any = None
        self._works: dict[int, _Work] = {}
        self._lanes: dict[Lane, queue.Queue[_Work]] = {lane: queue.Queue() for lane in NICENESS}

    def start(self) -> None:
        """Start its threads, which end with the process."""
        for lane in self._lanes:
            target = self._write if lane == "write" else self._load if lane == "load" else self._do_all
            threading.Thread(target=_in_lane, args=(lane, target), daemon=True).start()
        threading.Thread(target=_in_lane, args=("load", lambda _: self._prepare()), daemon=True).start()

    def take(self, kind: str, *rest: Any) -> None:
        """Hear one message.

        Args:
            kind: ``"do"`` with a task's number, lane, bytes, models, and whether it streams; ``"cancel"`` with the
                number of one; ``"tidy"`` to let go of all records and of memory that can be had again.
            *rest: What belongs to it.
        """
        if kind == "do":
            work = _Work(*rest)
            self._works[work.number] = work
            ready = all(map(self._bench.has, work.models))
            self._lanes[work.lane if ready else "load"].put(work)
        elif kind == "cancel":
            work_or_none = self._works.get(rest[0])
            if work_or_none is not None:
                work_or_none.cancelled = True
        elif kind == "tidy":
            self._bench.clear()
            give_memory_back()
            give_mapped_files_back(".safetensors")

    def _prepare(self) -> None:
        """Import what models need and load those that are asked for first.

        What ships with the app needs no model, and is looked into meanwhile.
        """
        import torch

        # The lanes' own threads keep to one core for good; see _shared.
        torch.set_num_threads(1)
        self._torch = torch
        for spec in self._preload:
            try:
                self._bench.model(spec, self._tell_nobody)
                self._send("loaded", spec)
            except Exception:
                # Whoever asks for it is told.
                logger.exception("%s could not be loaded before anybody asked", spec.name)
        self._send("prepared")

    def _shared(self, lane: Lane, work: Callable[[], Result]) -> Result:
        """Do some work with as many threads as an operation may use.

        With several it has a thread of its own, whose helpers end with it: OpenMP lets helpers wait for each other
        patiently, which takes a third more time, as soon as all that it ever started are more than the cores.
        """
        threads, torch = self._threads, self._torch
        if lane == "look" or threads == 1 or torch is None:
            return work()
        result: Future[Result] = Future()

        def alone(_: Lane) -> None:
            torch.set_num_threads(threads)
            try:
                result.set_result(work())
            except BaseException as error:
                result.set_exception(error)

        thread = threading.Thread(target=_in_lane, args=(lane, alone), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # There is too little memory for another thread; the work itself says so better.
            return work()
        thread.join()
        return result.result()

    def _tell_nobody(self, _: Progress) -> None:
        """Progress of what nobody waits for."""

    def _load(self, _: Lane) -> None:
        """Load what tasks wait for; a model that is half loaded is loaded whole, since the next one asks for it."""
        while True:
            work = self._lanes["load"].get()
            try:
                for spec in work.models:
                    self._bench.model(spec, self._teller(work, ends=False))
                    self._send("loaded", spec)
            except BaseException as error:
                self._fail(work, error)
            else:
                self._lanes[work.lane].put(work)

    def _do_all(self, lane: Lane) -> None:
        while True:
            work = self._lanes[lane].get()
            try:
                self._do(work)
            except BaseException as error:
                self._fail(work, error)

    def _do(self, work: _Work) -> None:
        if work.cancelled:
            raise CancelledTaskError
        task = self._task(work)
        if work.lane == "look" and not all(map(self._bench.known, tasks_within(task))):
            # What was to be looked at was let go of, and is made again where that holds nobody up.
            work.lane = "read"
            self._lanes["read"].put(work)
            return
        kept = self._bench.known(task)
        if kept is None:
            answer = self._shared(work.lane, lambda: self._bench.run(task, self._teller(work)))
        else:
            answer = kept.answer
        data, large = packed(task, answer)
        if large or len(data) > TOO_LARGE_TO_MAKE_TWICE:
            self._bench.keep(task, answer, large)
        self._end(work, "done", data, bool(large))

    def _write(self, lane: Lane) -> None:
        """Give out items of all streams in turn."""
        writing: deque[_Writing] = deque()
        while True:
            while not writing or not self._lanes[lane].empty():
                work = self._lanes[lane].get()
                try:
                    task = self._task(work)
                    writing.append(_Writing(work, task, iter(self._bench.run(task, self._teller(work)))))
                except BaseException as error:
                    self._fail(work, error)
            one = writing.popleft()
            try:
                if self._give(one):
                    writing.append(one)
                else:
                    self._end(one.work, "done", b"", False)
            except BaseException as error:
                self._fail(one.work, error)

    def _give(self, one: _Writing) -> bool:
        """Send the next item of a stream; False if there is none."""
        if one.work.cancelled:
            close = getattr(one.items, "close", None)
            if close is not None:
                close()
            raise CancelledTaskError
        try:
            item = self._shared("write", lambda: next(one.items))
        except StopIteration:
            return False
        owner = one.task
        if one.task.function == WRITING:
            owner = step_task(one.task, one.numbers)
            one.numbers.append(item.token.id)
        # One packer for all items: what they share travels once.
        one.packer = one.packer or Packer(one.file)
        one.packer.pack(owner, item)
        self._bench.keep(owner, item, one.packer.large)
        self._send("item", one.work.number, one.file.getvalue())
        one.file.seek(0)
        one.file.truncate()
        return True

    def _task(self, work: _Work) -> Task:
        task: Task = TaskUnpacker(io.BytesIO(work.data), self._bench.find).load()
        return task

    def _teller(self, work: _Work, *, ends: bool = True) -> Callable[[Progress], None]:
        """Tells how far a task is, and where wanted ends it once nobody waits for it."""

        def tell(progress: Progress) -> None:
            if work.cancelled and ends:
                raise CancelledTaskError
            now = time.monotonic()
            if now - work.told >= TELLING_SECONDS:
                work.told = now
                self._send("told", work.number, progress)

        return tell

    def _fail(self, work: _Work, error: BaseException) -> None:
        if not isinstance(error, LlmCoreError | CancelledTaskError):
            logger.error("A task failed", exc_info=error)
            error = memory_error(error) or WorkerError(f"{type(error).__name__}: {error}")
        self._end(work, "failed", pickle.dumps(error))

    def _end(self, work: _Work, kind: str, *rest: Any) -> None:
        self._works.pop(work.number, None)
        self._send(kind, work.number, *rest)


TOO_LARGE_TO_MAKE_TWICE = 1_000_000
"""An answer of more bytes is kept here too, so that tasks can name it instead of sending it back."""


def _in_lane(lane: Lane, work: Callable[[Lane], None]) -> None:
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS[lane])
    work(lane)


def main() -> None:
    """Read the order from standard input, and do what comes until the other side is gone."""
    order: Order = pickle.load(sys.stdin.buffer)
    share_free_memory()
    limit_memory(order.memory_bytes)
    connection = Client(order.address, authkey=order.key)
    sending = threading.Lock()

    def send(*message: Any) -> None:
        with sending, suppress(OSError):
            connection.send(message)

    worker = Worker(send, order.threads, Workbench(order.value_bytes, device=order.device), order.preload)
    worker.start()
    with suppress(EOFError, OSError):
        while (message := connection.recv())[0] != "end":
            worker.take(*message)
    # Threads of libraries may hang; nothing here is worth waiting for.
    os._exit(0)
