"""Durations that can be compared on a machine where other programs run as well."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeAlias

Work: TypeAlias = Callable[[], object]


@dataclass(frozen=True)
class Comparison:
    """Two pieces of work, measured in turns.

    Attributes:
        first: Seconds of each run of the first.
        second: Seconds of each run of the second, each beside its partner in time.
    """

    first: tuple[float, ...]
    second: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median of second / first, pair by pair: a slow minute of the machine slows both partners."""
        return median(self._ratios())

    @property
    def spread(self) -> tuple[float, float]:
        """Lower and upper quartile of those ratios."""
        lower, _, upper = quantiles(self._ratios(), n=4, method="inclusive")
        return lower, upper

    def _ratios(self) -> list[float]:
        return [second / first for first, second in zip(self.first, self.second, strict=True)]


def compare(first: Work, second: Work, pairs: int) -> Comparison:
    """Run two pieces of work in turns, after one run of each that does not count.

    Each goes first in every other pair, so that neither always inherits what its partner leaves behind.
    """
    first(), second()
    times: list[tuple[float, float]] = []
    for pair in range(pairs):
        if pair % 2:
            after, before = duration(second), duration(first)
        else:
            before, after = duration(first), duration(second)
        times.append((before, after))
    return Comparison(*zip(*times, strict=True))


def typical(work: Work, runs: int) -> float:
    """Median seconds of several runs, after one that does not count."""
    work()
    return median(duration(work) for _ in range(runs))


def duration(work: Work) -> float:
    """Seconds that one run takes; its result is dropped before the clock stops."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
