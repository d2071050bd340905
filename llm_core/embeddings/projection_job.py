"""A projection that runs in a process of its own, so that whoever waits for it stays free and can stop it."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from llm_core.embeddings.point_projections import Method, Projection, check_vectors
from llm_core.embeddings.projection_worker import POINTS, VECTORS
from llm_core.errors import SelectionError
from llm_core.progress import Progress

_ROOT = Path(__file__).parents[2]


class ProjectionJob:
    """One projection under way.

    A process is used once and then kept for the next job, since UMAP compiles itself for many seconds when a process
    uses it first; a job that is stopped takes its process with it.

    Args:
        vectors: Shape (point d_model).
        method: As for :func:`llm_core.embeddings.point_projections.project`.
        dimensions: 2 or 3.
        seed: For the random numbers.

    Raises:
        SelectionError: As :func:`llm_core.embeddings.point_projections.project`.
    """

    def __init__(self, vectors: ArrayLike, method: Method, dimensions: int = 2, *, seed: int = 0) -> None:
        self._vectors = check_vectors(vectors, method, dimensions)
        self._method, self._dimensions, self._seed = method, dimensions, seed
        self._progress = Progress(0.0, "Starting")
        self._result: Projection | None = None
        self._failed: str | None = None
        self._stopped = False
        self._ended = threading.Event()
        self._worker = _workers.take()
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self._progress

    @property
    def ended(self) -> bool:
        """True once there is a result, or none will come."""
        return self._ended.is_set()

    @property
    def stopped(self) -> bool:
        """True if :meth:`stop` ended it."""
        return self._stopped

    def stop(self) -> None:
        """End the process; there will be no result."""
        if not self.ended:
            self._stopped = True
            self._worker.kill()

    def result(self, timeout: float | None = None) -> Projection | None:
        """The points, waiting for them if need be; None if it was stopped or the time is over.

        Args:
            timeout: Seconds to wait at most; None for as long as it takes.

        Raises:
            SelectionError: The library could not project these vectors.
        """
        self._ended.wait(timeout)
        if self._failed is not None and not self._stopped:
            raise SelectionError(
                f"These vectors could not be projected with {self._method}: {self._failed} Choose PCA, or other points."
            )
        return self._result

    def _run(self) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="projection-") as folder:
                np.save(Path(folder) / VECTORS, self._vectors, allow_pickle=False)
                self._exchange(folder)
        except OSError as error:
            self._failed = str(error) or type(error).__name__
        finally:
            if self._result is not None and not self._stopped:
                _workers.give_back(self._worker)
            else:
                _end(self._worker)
            self._ended.set()

    def _exchange(self, folder: str) -> None:
        request = {"folder": folder, "method": self._method, "dimensions": self._dimensions, "seed": self._seed}
        for answer in _ask(self._worker, request):
            if "fraction" in answer:
                self._progress = Progress(answer["fraction"], answer["message"])
            elif "failed" in answer:
                self._failed = answer["failed"]
                return
            else:
                with np.load(Path(folder) / POINTS, allow_pickle=False) as saved:
                    explained = tuple(saved["explained"].tolist()) or None
                    self._result = Projection(self._method, saved["points"], explained, self._seed)
                self._progress = Progress(1.0, "Done")
                return
        self._failed = "its process ended."


def _ask(worker: subprocess.Popen[str], request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Send a request and give the answers as they come."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    print(json.dumps(request), file=worker.stdin, flush=True)
    for line in worker.stdout:
        yield json.loads(line)


class _Workers:
    """Processes that wait for the next job: one at most, for some minutes."""

    KEPT_SECONDS = 600.0

    def __init__(self) -> None:
        self._idle: list[subprocess.Popen[str]] = []
        self._lock = threading.Lock()
        self._used = 0.0

    def take(self) -> subprocess.Popen[str]:
        """A process that waits, or a new one."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.poll() is None:
                    return worker
        return subprocess.Popen(
            [sys.executable, "-m", "llm_core.embeddings.projection_worker"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # One thread, so that whoever waits keeps a core; more threads than free cores also make t-SNE crawl.
            env={**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
            text=True,
        )

    def give_back(self, worker: subprocess.Popen[str]) -> None:
        """Keep a process for the next job, if none is kept already."""
        with self._lock:
            keep = not self._idle and worker.poll() is None
            if keep:
                self._idle.append(worker)
                self._used = time.monotonic()
        if not keep:
            _end(worker)
            return
        timer = threading.Timer(self.KEPT_SECONDS, self._let_go)
        timer.daemon = True
        timer.start()

    def _let_go(self) -> None:
        if time.monotonic() - self._used >= self.KEPT_SECONDS - 1:
            self.end_idle()

    def end_idle(self) -> None:
        """End the process that waits."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            _end(worker)


def _end(worker: subprocess.Popen[str]) -> None:
    worker.kill()
    worker.wait()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            # A request that was still under way when its process was ended cannot be written any more.
            with suppress(BrokenPipeError):
                pipe.close()


_workers = _Workers()
atexit.register(_workers.end_idle)
