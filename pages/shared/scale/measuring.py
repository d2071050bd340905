"""Measurements that visitors ask for: a task for each length, one measurement at a time on the server."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from llm_core.progress import Progress
from pages.shared.asking import leave, look, model, task

if TYPE_CHECKING:
    from llm_core.engine.task import Task
    from llm_core.scale.growth import GrowthPoint

PATIENCE_SECONDS = 6.0
"""A measurement that its page asks about no more lets others take its turn after this."""


@dataclass(eq=False)
class Measurement:
    """One visitor's measurement; it goes on as long as it is asked about.

    Attributes:
        name: The model.
        lengths: What is to be measured.
        points: What has been measured.
        progress: How far it is.
        error: Why it ended early; None if it did not.
        busy: Programs that competed for a processor core at the end, one minute's mean; None if the system tells not.
        stopped: True once it was stopped.
        number: Tells it from others.
    """

    name: str
    lengths: Sequence[int]
    points: list[GrowthPoint] = field(default_factory=list)
    progress: Progress = field(default_factory=lambda: Progress(0.0, "Starting"))
    error: Exception | None = None
    busy: float | None = None
    stopped: bool = False
    number: int = field(default_factory=lambda: int(np.random.default_rng().integers(1 << 62)))

    @property
    def ended(self) -> bool:
        """True once nothing more will come."""
        return self.stopped or self.error is not None or len(self.points) == len(self.lengths)

    def go_on(self) -> None:
        """Take in what has been measured, and have the next length measured."""
        while not self.ended:
            if not _turn.take(self):
                self.progress = Progress(0.0, "Waiting for another visitor's measurement")
                return
            try:
                found = look(self._next())
            except Exception as error:
                self.error = error
                break
            if isinstance(found, Progress):
                self.progress = Progress(self._done(found.fraction), found.message)
                return
            self.points.append(found)
        self._end()

    def stop(self) -> None:
        """Measure no more; what was measured stays."""
        if not self.ended:
            leave(self._next())
            self.stopped = True
            self._end()

    def _next(self) -> Task:
        length = self.lengths[len(self.points)]
        return task("scale.attention_growth:measure_again", model(self.name), length, self.number)

    def _done(self, of_next: float) -> float:
        work = [length * length for length in self.lengths]
        count = len(self.points)
        return (sum(work[:count]) + of_next * work[count]) / sum(work)

    def _end(self) -> None:
        self.busy = _competition()
        _turn.give_up(self)


class _Turn:
    """Whose measurement it is, since two at once would slow each other."""

    def __init__(self) -> None:
        self._whose: Measurement | None = None
        self._until = 0.0
        self._lock = threading.Lock()

    def take(self, measurement: Measurement) -> bool:
        """Go on with a measurement; False if it is another one's turn."""
        with self._lock:
            if self._whose is not measurement and self._whose is not None and time.monotonic() < self._until:
                return False
            self._whose, self._until = measurement, time.monotonic() + PATIENCE_SECONDS
            return True

    def give_up(self, measurement: Measurement) -> None:
        """Let others measure."""
        with self._lock:
            if self._whose is measurement:
                self._whose = None


_turn = _Turn()


def _competition() -> float | None:
    if not hasattr(os, "getloadavg"):
        return None
    return os.getloadavg()[0] / (os.cpu_count() or 1)
