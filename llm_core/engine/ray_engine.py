"""The engine of many machines: replicas of one Ray Serve application work for every process that serves pages.

Turns are taken here, as among the workers of one machine; Serve finds a replica, starts more of them while there is
more to do than they can, and replaces those that end.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from llm_core.engine.cluster import connect, is_lost
from llm_core.engine.engine import CancelledTaskError, Engine, Job
from llm_core.engine.packing import packed_task, unpacked
from llm_core.engine.places import Asked, places_of
from llm_core.engine.process import Lane
from llm_core.engine.ray_replica import APPLICATION
from llm_core.engine.turns import ROOM, Durations, Turns, Waiting, place
from llm_core.engine.worker import Running
from llm_core.errors import EngineError, LlmCoreError, NoClusterError, QueueFullError, WorkerLostError, first_line
from llm_core.models.catalog import ModelSpec
from llm_core.progress import Progress

ATTEMPTS = 2
"""A task is asked again once if a replica ends while it does it."""

AHEAD = 2
"""So many times the tasks that a replica has room for are given out: some it does, and as many wait for it."""

MOST_WAITING = 500
"""So many tasks may wait here; whoever asks then is told to come again."""

STOP_SECONDS = 5.0

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class _Going:
    """A job that a replica does, or that Serve seeks a replica for."""

    waiting: Waiting
    running: Running
    future: Future[BaseException | None] | None = None


class RayEngine(Engine):
    """Replicas of a Ray Serve application, which is deployed if it is not there.

    Args:
        address: Of the cluster, as for ``ray.init``; ``"auto"`` for the one that this machine belongs to.
        arguments: What :func:`llm_core.engine.ray_replica.application` takes, if it has to be deployed.
        name: Of the application.
        most_waiting: So many tasks may wait in this process.
    """

    def __init__(
        self,
        address: str = "auto",
        arguments: Mapping[str, Any] | None = None,
        name: str = APPLICATION,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        super().__init__()
        self._address, self._arguments, self._name = address, dict(arguments or {}), name
        self._most_waiting = most_waiting
        self._turns, self._durations, self._places = Turns(), Durations(), places_of(name)
        self._going: dict[Job, _Going] = {}
        self._used: Counter[Lane] = Counter()
        self._handle: Any = None
        self._connecting = False
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        with self._lock:
            self._connect()

    def is_loaded(self, spec: ModelSpec) -> bool:
        """True if a replica has a model in memory."""
        return self._places.has_model(spec)

    def told(self, job: Job) -> Progress:
        """How far a job is; before it begins, how many are before it."""
        with self._lock:
            before = self._turns.before(job)
            if before is not None:
                return Progress(0.0, place(before) if self._handle is not None else "Looking for the cluster")
            if not len(self._places) and job in self._going:
                return Progress(0.0, "Waiting for the cluster to start a worker")
            return job.progress

    def close(self) -> None:
        """End all work of this process; the application goes on for others."""
        with self._lock:
            self._closed = True
            dropped = self._turns.drop_all()
            going = [one.future for one in self._going.values() if one.future is not None]
        for job in dropped:
            self._finish(job, error=CancelledTaskError())
        for future in going:
            future.cancel()
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_rest(), self._loop).result(STOP_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    def _begin(self, job: Job) -> None:
        if len(self._turns) >= self._most_waiting:
            self._finish(job, error=QueueFullError())
            return
        self._turns.add(Waiting(job, self._durations.lane_of(job, self._places)))
        self._connect()
        self._dispatch()

    def _cancel(self, job: Job) -> None:
        if self._turns.drop(job):
            self._finish(job, error=CancelledTaskError())
        going = self._going.get(job)
        if going is not None and going.future is not None:
            going.future.cancel()

    def _connect(self) -> None:
        """Look for the cluster unless that is done or under way; called with the lock held."""
        if self._handle is None and not self._connecting and not self._closed:
            self._connecting = True
            threading.Thread(target=self._look_for_cluster, daemon=True).start()

    def _look_for_cluster(self) -> None:
        handle, refused = None, None
        try:
            handle = connect(self._address, self._name, self._arguments)
        except NoClusterError as error:
            logger.warning("%s", error)
            refused = error
        except Exception as error:
            logger.exception("The cluster cannot be used")
            refused = NoClusterError(f"The cluster cannot be used: {first_line(error)}")
        with self._lock:
            self._connecting, self._handle = False, handle
            given_up = self._turns.drop_all() if refused else []
            self._dispatch()
        for job in given_up:
            self._finish(job, error=refused)

    def _dispatch(self) -> None:
        """Give out what there is room for; called with the lock held."""
        if self._handle is not None and not self._closed:
            self._turns.hand_out(self._give)

    def _give(self, waiting: Waiting) -> bool:
        if self._used[waiting.lane] >= AHEAD * ROOM[waiting.lane] * max(1, len(self._places)):
            return False
        going = self._going[waiting.job] = _Going(waiting, Running(waiting.job, waiting.lane, 1))
        self._used[waiting.lane] += 1
        going.future = asyncio.run_coroutine_threadsafe(self._do(going), self._loop)
        # In the loop, since a job that ends at once would have the turns handed out anew in the middle of that.
        going.future.add_done_callback(lambda future: self._loop.call_soon_threadsafe(self._ended, going, future))
        return True

    def _ended(self, going: _Going, future: Future[BaseException | None]) -> None:
        """A job needs a replica no longer: its answer came, or an error, or nobody waits for it."""
        job = going.waiting.job
        with self._lock:
            del self._going[job]
            self._used[going.waiting.lane] -= 1
            self._dispatch()
        failure = CancelledTaskError() if future.cancelled() else future.exception() or future.result()
        if isinstance(failure, Exception) and not isinstance(failure, LlmCoreError):
            logger.error("What a replica said cannot be used", exc_info=failure)
        if not job.done.is_set():
            self._finish(job, error=failure)

    async def _do(self, going: _Going) -> BaseException | None:
        """Have a job done, a second time if the replica that did it is gone.

        Returns:
            The error that ended it, or None if its answer came.
        """
        waiting, job = going.waiting, going.waiting.job
        asked = Asked(
            packed_task(job.task), waiting.lane, waiting.models, job.streams, job.task.identity, waiting.works_on
        )
        while True:
            response = self._handle.do.remote(asked)
            try:
                async for replica, kind, *rest in response:
                    error = self._heard(going, replica, kind, *rest)
                    if error is not None or kind == "done":
                        return error  # which the replica says last
                failure: Exception = EngineError("A replica ended its work without a word.")
            except Exception as raised:
                failure = raised
            except asyncio.CancelledError:
                response.cancel()
                raise
            if type(failure).__name__ == "BackPressureError":
                return QueueFullError()
            if not is_lost(failure):
                raise failure
            logger.warning("A replica ended while it worked: %s", first_line(failure))
            if going.running.attempts >= ATTEMPTS:
                return WorkerLostError()
            # What it had given out of a stream comes again, and is given out once.
            going.running = Running(job, waiting.lane, going.running.attempts + 1, skip=len(job.items))

    def _heard(self, going: _Going, replica: str, kind: str, *rest: Any) -> BaseException | None:
        job, running = going.waiting.job, going.running
        if kind == "told":
            self._told(job, rest[0])
            self._end_if_unwanted(job)
        elif kind == "item":
            item = running.item(rest[0], self.ask)
            reference = getattr(item, "task_reference", None)
            if reference is not None:
                self._places.note(reference.task.identity, replica)
            if running.skip:
                running.skip -= 1
            else:
                self._came(job, item)
        elif kind == "done":
            data, kept = rest
            answer = None if job.streams else unpacked(data, self.ask)
            if kept:
                self._places.note(job.task.identity, replica)
            self._durations.note(job.task, time.monotonic() - running.began)
            self._finish(job, answer, nbytes=len(data) + 1_000)
        elif kind == "failed":
            error: BaseException = pickle.loads(rest[0])
            return error
        return None


async def _rest() -> None:
    """Let what was cancelled come to its end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
