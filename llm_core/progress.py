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
