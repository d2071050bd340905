"""A text whose masks were filled, with the candidates of each mask."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32
from typing_extensions import TypedDict

from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class MaskCandidate(TokenChip):
    """A token that could stand in a mask's place, with its probability."""

    probability: float


class FilledMask(TypedDict):
    """A mask at a position: how undecided the model is, in bits, and its candidates, likeliest first."""

    position: int
    entropy: float
    candidates: list[MaskCandidate]


class MaskReading(TypedDict):
    """One reading of the text: every mask in it, and the positions that were filled after it."""

    tokens: list[TokenChip]
    filled: list[int]
    fillings: list[FilledMask]


class MasksHeader(TypedDict):
    """The header of a packet for filled masks; ``layer`` is the one whose attention travels along."""

    passes: list[MaskReading]
    layer: int


MasksArrays = Mapping[str, Float32[np.ndarray, "mask key"]]
"""``looking0``, ``looking1`` ...: what each reading's masks look at, the mean of a layer's heads."""

masks = Component("masks", header=MasksHeader, arrays=MasksArrays)
