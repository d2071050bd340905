"""Which of several vectors point most alike, and how much of that a picture keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

TIED = 1e-5
"""Cosines closer than this are the same: float32 and the order of a sum decide below it."""

NEAR = 10
"""A picture keeps a neighbour if it is among so many nearest points there."""

FEWEST_FOR_KEPT = 6 * NEAR + 1
"""Of fewer points the nearest in a picture are a large part of all, so that chance alone keeps many neighbours."""

LOOKED_AT = 1000
"""Neighbours are looked for from at most so many points, evenly spread."""


CHUNK = 100
"""Points whose neighbours are looked for at one time."""

ROUNDING = 1e-5
"""What is left of a vector after a mean was taken away is nothing if it is a smaller share of it than this."""


@dataclass(frozen=True)
class Extreme:
    """The pair of points that is most alike, or least.

    Attributes:
        cosine: Their cosine.
        pairs: The pair; several where they share that cosine.
    """

    cosine: float
    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Likeness:
    """How alike points are, two by two.

    Attributes:
        points: How many points were compared.
        pairs: How many pairs they make; two points of one name are none.
        directionless: How many points were left out since their vector has length 0 and so no direction.
        most: The pair that is most alike; None without a pair.
        least: The pair that is least alike; None without a pair.
        median: The cosine that half of all pairs are above.
    """

    points: int
    pairs: int
    directionless: int
    most: Extreme | None
    least: Extreme | None
    median: float


def likeness(vectors: Float32[np.ndarray, "point d_model"], names: Sequence[str] | None = None) -> Likeness:
    """Compare each point with each by the cosine of their angle.

    Args:
        vectors: The points.
        names: What they are called: two of one name are not compared. None if all are compared.
    """
    unit = unit_rows(vectors)
    some = np.flatnonzero(unit.any(axis=1))
    called = np.unique(list(names) if names is not None else np.arange(len(unit)), return_inverse=True)[1].ravel()
    similar = np.clip(unit[some] @ unit[some].T, -1, 1)
    one, other = np.triu_indices(len(some), 1)
    apart = called[some][one] != called[some][other]
    one, other = one[apart], other[apart]
    cosines = similar[one, other]
    return Likeness(
        points=len(np.unique(np.concatenate([one, other]))),
        pairs=len(cosines),
        directionless=len(unit) - len(some),
        most=_extreme(cosines, some[one], some[other], called, 1),
        least=_extreme(cosines, some[one], some[other], called, -1),
        median=float(np.median(cosines)) if len(cosines) else float("nan"),
    )


def _extreme(cosines: np.ndarray, one: np.ndarray, other: np.ndarray, called: np.ndarray, sign: int) -> Extreme | None:
    if not len(cosines):
        return None
    signed = sign * cosines
    tied = np.flatnonzero(signed >= signed.max() - TIED)
    first: dict[frozenset[int], tuple[int, int]] = {}
    for place in tied[np.argsort(-signed[tied], kind="stable")]:
        pair = int(one[place]), int(other[place])
        first.setdefault(frozenset((int(called[pair[0]]), int(called[pair[1]]))), pair)
    return Extreme(float(sign * signed.max()), tuple(first.values()))


@dataclass(frozen=True)
class KeptNeighbours:
    """How many points of a picture have their nearest neighbour near.

    Attributes:
        share: Of those looked at, from 0 to 1.
        looked_at: How many points were looked at.
        of: How many points the picture has.
        chance: The share that points thrown at random would keep.
    """

    share: float
    looked_at: int
    of: int
    chance: float


def kept_neighbours(
    places: Float32[np.ndarray, "point dimension"], vectors: Float32[np.ndarray, "point d_model"]
) -> KeptNeighbours | None:
    """How many points have their nearest neighbour by cosine among their :data:`NEAR` nearest in a picture.

    None if there are fewer than :data:`FEWEST_FOR_KEPT` points that have a direction. Where a point has several nearest
    neighbours, one of them is enough; where others stand as near in the picture as the neighbour, they count before it.
    """
    unit = unit_rows(vectors)
    some = np.flatnonzero(unit.any(axis=1))
    if len(some) < FEWEST_FOR_KEPT:
        return None
    unit, places = unit[some], places[some]
    looked_at = np.unique(np.linspace(0, len(some) - 1, min(len(some), LOOKED_AT)).astype(int))
    kept = 0
    for start in range(0, len(looked_at), CHUNK):
        chunk = looked_at[start : start + CHUNK]
        itself = (np.arange(len(chunk)), chunk)
        similar = unit[chunk] @ unit.T
        similar[itself] = -np.inf
        nearest = similar >= similar.max(axis=1, keepdims=True) - TIED
        distances = _distances(places[chunk], places)
        distances[itself] = np.inf
        reached = np.where(nearest, distances, np.inf).min(axis=1, keepdims=True)
        kept += int(((~nearest & (distances <= reached)).sum(axis=1) < NEAR).sum())
    return KeptNeighbours(kept / len(looked_at), len(looked_at), len(some), NEAR / (len(some) - 1))


def _distances(some: np.ndarray, every: np.ndarray) -> np.ndarray:
    """Distances (some every), axis by axis: a product of large numbers would round small distances away."""
    squares = np.zeros((len(some), len(every)), np.float32)
    for axis in range(every.shape[1]):
        squares += np.subtract.outer(some[:, axis], every[:, axis]) ** 2
    return np.sqrt(squares)


def without(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Vectors minus a mean; 0 where no more than rounding would be left."""
    left = vectors - mean
    nothing = np.linalg.norm(left, axis=-1) <= ROUNDING * np.linalg.norm(vectors, axis=-1)
    left[nothing] = 0
    return np.asarray(left, dtype=np.float32)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Vectors scaled to length 1; those without length stay as they are."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0), dtype=np.float32)
