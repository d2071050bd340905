"""A worker process as whoever started it sees it: started, spoken to, ended."""

from __future__ import annotations

import io
import os
import pickle
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from llm_core.engine.engine import Job
from llm_core.engine.packing import Unpacker
from llm_core.engine.process import Lane, Order
from llm_core.engine.remote import Asking
from llm_core.models.catalog import ModelSpec

ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""For libraries other than torch, which is told how many threads it may use: several workers share the cores."""

VALUE_BYTES = 300_000_000
"""Bytes of records that a worker keeps between tasks."""


@dataclass(eq=False)
class Running:
    """A job in a worker.

    Attributes:
        job: The job.
        lane: Where it is done.
        attempts: How many workers have begun it.
        began: When, by ``time.monotonic``.
        skip: Items of a stream that were given out by the worker before.
    """

    job: Job
    lane: Lane
    attempts: int
    began: float = field(default_factory=time.monotonic)
    skip: int = 0
    _unpacker: Unpacker | None = None
    _file: _Growing | None = None

    def item(self, data: bytes, ask: Asking) -> Any:
        """The next item of a stream, unpacked by the one unpacker that knows what came before."""
        if self._file is None or self._unpacker is None:
            self._file = _Growing()
            self._unpacker = Unpacker(self._file, ask)
        self._file.add(data)
        return self._unpacker.load()


@dataclass(eq=False)
class Worker:
    """A worker process.

    Attributes:
        process: The process.
        connection: To it.
        running: Its jobs by number.
        loaded: The models it has in memory.
        rests: True if it was told to end since nobody came.
    """

    process: subprocess.Popen[bytes]
    connection: Connection
    running: dict[int, Running] = field(default_factory=dict)
    loaded: set[ModelSpec] = field(default_factory=set)
    rests: bool = False
    _sending: threading.Lock = field(default_factory=threading.Lock)

    def used(self, lane: Lane) -> int:
        """How many jobs of a lane it has."""
        return sum(one.lane == lane for one in self.running.values())

    def send(self, *message: Any) -> None:
        """Send a message; one to a worker that is gone is lost, and its end is noticed elsewhere."""
        with self._sending, suppress(OSError, ValueError):
            self.connection.send(message)

    def end(self, seconds: float) -> None:
        """Wait for its end, and bring it about if it does not come."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.connection.close()


def start_worker(preload: Sequence[ModelSpec], memory_bytes: int, threads: int, device: str) -> Worker:
    """Start a process and wait until it is there.

    Args:
        preload: Models to load before anybody asks.
        memory_bytes: The most memory of its own; 0 for no limit.
        threads: Threads that one operation of torch may use.
        device: Where models are used.

    Raises:
        OSError: It cannot be started, or ended before it connected.
        EOFError: The same.
    """
    key = secrets.token_bytes(32)
    with Listener(authkey=key) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "llm_core.engine"],
            stdin=subprocess.PIPE,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": _search_path()},
        )
        connected = threading.Event()
        threading.Thread(target=_knock, args=(process, listener.address, connected), daemon=True).start()
        try:
            assert process.stdin is not None
            with process.stdin:
                order = Order(listener.address, key, threads, VALUE_BYTES, memory_bytes, device, tuple(preload))
                process.stdin.write(pickle.dumps(order))
            connection = listener.accept()
            connected.set()
        except BaseException:
            process.kill()
            process.wait()
            raise
    return Worker(process, connection)


def most_memory() -> int:
    """Three quarters of the machine's memory, where that can be told (Linux); 0 elsewhere."""
    if sys.platform != "linux":
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4


class _Growing(io.BytesIO):
    """Bytes that are added at one end and read at the other."""

    def add(self, data: bytes) -> None:
        """Add some bytes."""
        left = self.read()
        self.seek(0)
        self.truncate()
        self.write(left + data)
        self.seek(0)


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
