"""How long work tells that it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Progress:
    """How far some work is.

    Attributes:
        fraction: From 0 to 1.
        message: What is being done, a few words that a page can show.
    """

    fraction: float
    message: str


ProgressCallback: TypeAlias = Callable[[Progress], None]
"""Called as work goes on. What it raises stops the work and reaches the caller."""


def ignore_progress(progress: Progress) -> None:
    """A callback that does nothing."""


def within(report: ProgressCallback, start: float, end: float) -> ProgressCallback:
    """A callback for a part of the work that takes the whole from ``start`` to ``end``."""
    return lambda part: report(Progress(start + (end - start) * part.fraction, part.message))


class Telling:
    """A progress callback that remembers what it raised, to tell it from a failure of the work."""

    def __init__(self, progress: ProgressCallback) -> None:
        self._progress = progress
        self.raised: BaseException | None = None

    def __call__(self, progress: Progress) -> None:
        """Tell the callback, and keep what it raises."""
        try:
            self._progress(progress)
        except BaseException as error:
            self.raised = error
            raise
