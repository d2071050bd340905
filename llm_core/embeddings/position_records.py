"""How models tell positions apart, as numbers: one record for each way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Integer

from llm_core.embeddings.likeness import TIED, unit_rows
from llm_core.shapes import Stack


@dataclass(frozen=True, eq=False)
class PositionTable:
    """A vector for each position, added to the token's vector.

    Attributes:
        stack: Where it is added.
        vectors: Shape (position d_model), from the first position of a text.
        learned: True if training made it, False if it is the sinusoids of Vaswani et al. 2017.
    """

    stack: Stack
    vectors: Float32[np.ndarray, "position d_model"]
    learned: bool

    def __post_init__(self) -> None:
        self.vectors.setflags(write=False)

    def similarities(self, most: int = 256) -> Float32[np.ndarray, "position position"]:
        """Cosine of each of the first positions with each, from -1 to 1."""
        unit = unit_rows(self.vectors[:most])
        return np.clip(np.asarray(unit @ unit.T, dtype=np.float32), -1, 1)

    def nearness(self, most: int = 256) -> tuple[float, float] | None:
        """Mean cosine of two positions side by side and of two that are further apart, among the first ones.

        None with fewer than three positions that have a vector of some length.
        """
        places = np.flatnonzero(self.vectors[:most].any(axis=1))
        one, other = places[np.array(np.triu_indices(len(places), 1))]
        beside = other - one == 1
        if not beside.any() or beside.all():
            return None
        cosines = self.similarities(most)[one, other]
        return float(cosines[beside].mean()), float(cosines[~beside].mean())


@dataclass(frozen=True, eq=False)
class RotaryAngles:
    """Queries and keys turned by an angle that grows with the position, pair by pair (Su et al. 2021, RoFormer).

    Attributes:
        stack: Where they are turned.
        layers: Which layers, in the model's own words; empty if all.
        frequencies: Radians a position for each pair of numbers, fastest first, shape (pair,).
    """

    stack: Stack
    layers: str
    frequencies: Float32[np.ndarray, " pair"]

    def __post_init__(self) -> None:
        self.frequencies.setflags(write=False)

    def angles(
        self, positions: Sequence[int] | Integer[np.ndarray, " position"]
    ) -> Float32[np.ndarray, "position pair"]:
        """How far each pair has turned at each position, in radians."""
        return np.asarray(np.multiply.outer(np.asarray(positions, np.float64), self.frequencies), dtype=np.float32)

    @property
    def turns_after(self) -> Float32[np.ndarray, " pair"]:
        """Positions that each pair needs for a full turn."""
        with np.errstate(divide="ignore"):
            return np.asarray(2 * np.pi / self.frequencies, dtype=np.float32)

    def agreement(
        self, distances: Sequence[int] | Integer[np.ndarray, " distance"]
    ) -> Float32[np.ndarray, " distance"]:
        """The mean cosine over all pairs at each distance: how much the dot product of two equal vectors keeps."""
        return np.asarray(np.cos(self.angles(distances).astype(np.float64)).mean(axis=1), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class DistanceBias:
    """A number added to the score of a query and a key, by their distance and head.

    Attributes:
        stack: Whose attention it is added to.
        layer: The layer it belongs to, from 0, or None if all layers share it.
        distances: Key position minus query position, ascending, shape (distance,).
        bias: Shape (head distance).
        learned: True for T5's table (Raffel et al. 2020), False for the fixed slopes of ALiBi (Press et al. 2022).
    """

    stack: Stack
    layer: int | None
    distances: np.ndarray
    bias: Float32[np.ndarray, "head distance"]
    learned: bool

    def __post_init__(self) -> None:
        if self.bias.shape[1:] != self.distances.shape:
            raise ValueError(
                f"Expected a bias for each of {len(self.distances)} distances, got shape {self.bias.shape}."
            )
        self.distances.setflags(write=False)
        self.bias.setflags(write=False)

    def spread(self, head: int) -> float:
        """How far a head's highest number lies above its lowest."""
        return float(np.ptp(self.bias[head]))

    def peaks(self, head: int) -> Integer[np.ndarray, " distance"]:
        """The distances at which a head's number is highest: several where they share one."""
        curve = self.bias[head]
        return self.distances[curve >= curve.max() - TIED * max(1.0, float(np.abs(curve).max()))]


PositionCode: TypeAlias = PositionTable | RotaryAngles | DistanceBias


def sinusoids(positions: int, d_model: int) -> Float32[np.ndarray, "position d_model"]:
    """The fixed position vectors of Vaswani et al. 2017 (section 3.5): sine at even places, cosine at odd ones."""
    pairs = np.arange(0, d_model, 2)
    angles = np.arange(positions)[:, None] / 10_000 ** (pairs / d_model)
    table = np.zeros((positions, d_model), np.float32)
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : d_model // 2])
    return table


def alibi_slopes(heads: int) -> Float32[np.ndarray, " head"]:
    """The slope of each head's penalty for distance (Press et al. 2022, ALiBi), steepest first."""
    whole = 2 ** int(np.floor(np.log2(heads)))
    slopes = 2.0 ** (-8.0 / whole * np.arange(1, whole + 1))
    if whole < heads:
        between = 2.0 ** (-4.0 / whole * np.arange(1, 2 * (heads - whole), 2))
        slopes = np.concatenate([slopes, between])
    return np.asarray(slopes, dtype=np.float32)
