"""How far a training is, as a line that is printed now and then."""

from __future__ import annotations


def bar(done: float, seconds: float, width: int = 20) -> str:
    """A bar with the part done, between 0 and 1, in per cent and the time left, judged by the ``seconds`` spent."""
    done = min(1.0, done)
    left = seconds * (1 - done) / done / 60 if done > 0 else 0.0
    return f"[{'#' * int(width * done):.<{width}}] {100 * done:5.1f} %  {left:.0f} min left"
