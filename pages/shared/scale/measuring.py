"""Measurements that visitors ask for: one at a time on the server, each in a thread of its own, each to be stopped."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

import llm_core
from llm_core.progress import Progress, ProgressCallback, within
from llm_core.scale.growth import Growth, GrowthPoint
from pages.shared.cache import BoundedCache, Workshop, models

PATIENCE_SECONDS = 30
"""A measurement that no page asks about any more is given up after this."""


class StoppedError(Exception):
    """The visitor stopped it, or has gone."""


@dataclass
class Measurement:
    """One visitor's measurement; its points grow while it runs.

    Attributes:
        lengths: What is to be measured.
        points: What has been measured.
        progress: How far it is.
        error: Why it ended early; None if it did not.
        busy: Programs that competed for a processor core at the end, one minute's mean; None if the system tells not.
        ended: True once nothing more will come.
        stopped: Set to stop it.
    """

    lengths: Sequence[int]
    points: list[GrowthPoint] = field(default_factory=list)
    progress: Progress = field(default_factory=lambda: Progress(0.0, "Starting"))
    error: BaseException | None = None
    busy: float | None = None
    ended: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    asked: float = field(default_factory=time.monotonic)


class Measurer:
    """Runs measurements one after another, since two at once would slow each other."""

    def __init__(self) -> None:
        self._workshop: Workshop[Growth] = Workshop(BoundedCache(1, 1))
        self._numbers = itertools.count()
        self._turn = threading.Lock()

    def start(self, spec: llm_core.ModelSpec, lengths: Sequence[int]) -> Measurement:
        """Begin to measure a model's attention."""
        measurement = Measurement(tuple(lengths))

        def make(report: ProgressCallback) -> Growth:
            try:
                return self._measure(spec, measurement, report)
            except BaseException as error:
                measurement.error = error
                raise
            finally:
                measurement.busy = _competition()
                measurement.ended = True

        self._workshop.start(next(self._numbers), make)
        return measurement

    def _measure(self, spec: llm_core.ModelSpec, measurement: Measurement, report: ProgressCallback) -> Growth:
        from llm_core.scale.attention_growth import measure_growth

        def check(progress: Progress) -> None:
            report(progress)
            measurement.progress = progress
            if measurement.stopped.is_set() or time.monotonic() - measurement.asked > PATIENCE_SECONDS:
                raise StoppedError

        model = models().get(spec, within(check, 0.0, 0.1))
        while not self._turn.acquire(timeout=0.2):
            check(Progress(0.1, "Waiting for another visitor's measurement"))
        try:
            return measure_growth(
                model, measurement.lengths, on_point=measurement.points.append, progress=within(check, 0.1, 1.0)
            )
        finally:
            self._turn.release()


def _competition() -> float | None:
    if not hasattr(os, "getloadavg"):
        return None
    return os.getloadavg()[0] / (os.cpu_count() or 1)


@st.cache_resource
def measurer() -> Measurer:
    """The server's measurements."""
    return Measurer()
