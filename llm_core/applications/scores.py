"""How often each use was right on a set of its own, measured once and stored, and how sure that is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from llm_core.errors import BrokenDataError

FILE = Path(__file__).parent / "data" / "scores.json"

Z = 1.959964
"""Standard deviations of the normal distribution that hold 95 % of it."""


@dataclass(frozen=True)
class Score:
    """How often a use was right.

    Attributes:
        name: Which use, and by which way.
        items: For each thing in the order of its set, "1" if the result was right and "0" if not.
        things: What was counted, in the plural.
        right_if: When a result counts as right, after "Right means".
        chosen_on: Whether anything was tuned on them, as a part of a sentence.
        models: Names of the models that were measured.
        date: When, as year-month-day.
    """

    name: str
    items: str
    things: str
    right_if: str
    chosen_on: str
    models: tuple[str, ...]
    date: str

    def __post_init__(self) -> None:
        if not self.items or set(self.items) - {"0", "1"}:
            raise BrokenDataError(
                f"Expected a 1 or a 0 for each result of {self.name}, got {self.items[:20]!r}. Install the app again."
            )

    @property
    def right(self) -> int:
        """How many results were right."""
        return self.items.count("1")

    @property
    def of(self) -> int:
        """Of how many."""
        return len(self.items)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share of right ones among all such things lies with 95 % confidence, from 0 to 1 (Wilson 1927)."""
        share, n = self.right / self.of, self.of
        middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


def score(name: str) -> Score | None:
    """The stored score of a use; None if it was not measured.

    Raises:
        BrokenDataError: The file cannot be read.
    """
    try:
        stored = json.loads(FILE.read_text(encoding="utf-8"))["scores"].get(name)
        return None if stored is None else Score(**{**stored, "name": name, "models": tuple(stored["models"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenDataError(f"Expected {FILE.name} as scores: {error}. Install the app again.") from error
