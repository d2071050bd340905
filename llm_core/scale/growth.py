"""How the cost of attention grows with the length of the text, as it was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from llm_core.shapes import Stack

Way: TypeAlias = Literal["recorded", "eager"]

SHORTEST, LONGEST = 128, 4096
MOST_EAGER_BYTES = 2_500_000_000
"""What eager attention may take on a server that others use too."""

_MATRICES_AT_ONCE = 3
"""Scores, scores after the mask, and weights."""


@dataclass(frozen=True)
class GrowthPoint:
    """What the attention of one layer cost for one length of text.

    Attributes:
        tokens: How long the text was.
        recorded_seconds: Time with queries and keys recorded under SDPA.
        eager_seconds: Time of the library's eager attention.
        recorded_bytes: Most bytes that the tensors of the recorded way took at once, queries, keys and values included.
        eager_bytes: The same, eager.
    """

    tokens: int
    recorded_seconds: float
    eager_seconds: float
    recorded_bytes: int
    eager_bytes: int

    def seconds(self, way: Way) -> float:
        """Time of one way."""
        return self.recorded_seconds if way == "recorded" else self.eager_seconds

    def nbytes(self, way: Way) -> int:
        """Bytes of one way."""
        return self.recorded_bytes if way == "recorded" else self.eager_bytes


@dataclass(frozen=True)
class Growth:
    """A measured curve.

    Attributes:
        model_name: Whose attention.
        stack: Of which stack the first layer was measured.
        heads: How many heads that layer has.
        points: By rising length.
    """

    model_name: str
    stack: Stack
    heads: int
    points: tuple[GrowthPoint, ...]

    @property
    def nbytes(self) -> int:
        """What keeping it takes, about."""
        return 1_000 * (1 + len(self.points))


def lengths_up_to(longest: int, heads: int, token_limit: int | None = None) -> tuple[int, ...]:
    """The lengths to measure: doubling, up to what is asked, what the model takes, and what memory bears.

    Args:
        longest: The longest text that is asked for.
        heads: Heads of a layer.
        token_limit: The most tokens the model takes; None for no limit.

    Returns:
        Rising lengths; at least one, the model's own limit if that is below the shortest.
    """
    most = min(longest, LONGEST, token_limit or LONGEST)
    while most > SHORTEST and _MATRICES_AT_ONCE * heads * most * most * 4 > MOST_EAGER_BYTES:
        most //= 2
    lengths = [length for power in range(13) if (length := SHORTEST << power) <= most]
    below = [length for length in (most // 8, most // 4, most // 2, most) if length >= 2]
    return tuple(lengths) if len(lengths) >= 3 else tuple(sorted({*lengths, *below})) or (max(most, 1),)
