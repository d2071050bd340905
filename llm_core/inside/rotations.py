"""Rotary positions: which pairs of a head's numbers are turned, and by which angles (Su et al. 2021).

The angles are those that the model itself took cosines of, taken for the layer's only if turning the
projected vectors by them gives the recorded ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from llm_core.inside.norms import same

Pairing = Literal["halves", "neighbours"]


@dataclass(frozen=True)
class Turning:
    """Which numbers of a vector are turned together.

    Attributes:
        pairing: ``"halves"`` pairs number i with i + width / 2 (LLaMA); ``"neighbours"`` 2i with 2i + 1.
        width: How many numbers are turned, from the first; the rest stays as it is.
    """

    pairing: Pairing
    width: int

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return self.width // 2

    @property
    def first(self) -> slice:
        """Places of the first of each pair."""
        return slice(0, self.pairs) if self.pairing == "halves" else slice(0, self.width, 2)

    @property
    def second(self) -> slice:
        """Places of the second of each pair."""
        return slice(self.pairs, self.width) if self.pairing == "halves" else slice(1, self.width, 2)

    def lengths(self, vectors: np.ndarray) -> np.ndarray:
        """What turning leaves alone: each pair's length, and the numbers that are not turned."""
        pairs = np.hypot(vectors[..., self.first], vectors[..., self.second])
        return np.concatenate([pairs, vectors[..., self.width :]], axis=-1)

    def turn(self, vectors: np.ndarray, angles: np.ndarray, factor: float = 1.0) -> np.ndarray:
        """Turn each pair by its angle.

        Args:
            vectors: Shape (... token d_head).
            angles: Radians, shape (token pair).
            factor: Stretches what is turned, in models that lengthen their texts so (YaRN: Peng et al. 2023).
        """
        one, other = vectors[..., self.first], vectors[..., self.second]
        cos, sin = np.cos(angles) * factor, np.sin(angles) * factor
        turned = vectors.copy()
        turned[..., self.first] = one * cos - other * sin
        turned[..., self.second] = other * cos + one * sin
        return turned


@dataclass(frozen=True, eq=False)
class Rotation:
    """The rotary position of one layer.

    Attributes:
        turning: Which numbers are paired.
        angles: Radians, shape (token pair).
        factor: Stretches what is turned, 1 in nearly every model.
    """

    turning: Turning
    angles: np.ndarray
    factor: float = 1.0

    def __post_init__(self) -> None:
        self.angles.setflags(write=False)

    @property
    def frequencies(self) -> np.ndarray | None:
        """Radians from one token to the next, shape (pair,); None for one token, or if they are not constant."""
        if len(self.angles) < 2:
            return None
        steps = np.diff(self.angles, axis=0)
        return steps[-1] if np.allclose(steps, steps[-1], atol=1e-3) else None

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """Turn vectors (... token d_head)."""
        return self.turning.turn(vectors, self.angles, self.factor)


def turnings(width: int, angles: Sequence[np.ndarray]) -> list[Turning]:
    """Ways of turning a vector that fit the angles a model took cosines of, the strictest first.

    Args:
        width: ``d_head``.
        angles: What cosines were taken of, each (token n).
    """
    sizes = {seen.shape[-1] for seen in angles}
    widths = sorted({size for n in sizes for size in (n, 2 * n) if size <= width and size % 2 == 0})
    return [Turning(pairing, size) for size in widths for pairing in ("halves", "neighbours")]


def find_rotation(
    before: np.ndarray, after: np.ndarray, turning: Turning, angles: Sequence[np.ndarray]
) -> Rotation | None:
    """The angles under which vectors turn into others, among those a model took cosines of; None if there are none.

    Args:
        before: Shape (head token d_head).
        after: The same, turned.
        turning: How they are paired.
        angles: What cosines were taken of, each (token n).
    """
    factor = _factor(turning, before, after)
    for seen in angles:
        if len(seen) != before.shape[1]:
            continue
        by_pair = _by_pair(seen, turning)
        if by_pair is not None and same(turning.turn(before, by_pair, factor), after):
            return Rotation(turning, by_pair, factor)
    return None


def _factor(turning: Turning, before: np.ndarray, after: np.ndarray) -> float:
    pairs = slice(0, turning.pairs)
    long, longer = turning.lengths(before)[..., pairs].sum(), turning.lengths(after)[..., pairs].sum()
    factor = float(longer / long) if long else 1.0
    return 1.0 if abs(factor - 1) < 1e-4 else factor


def _by_pair(angles: np.ndarray, turning: Turning) -> np.ndarray | None:
    """Angles (token pair) out of what a model keeps, which may name each of them twice."""
    if angles.shape[-1] == turning.pairs:
        return angles
    if angles.shape[-1] != turning.width:
        return None
    one, other = angles[:, turning.first], angles[:, turning.second]
    return one if np.array_equal(one, other) else None
