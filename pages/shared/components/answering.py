"""An answer and the passages it was written from, coloured by the attention they got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired

import numpy as np
from jaxtyping import Float32
from typing_extensions import TypedDict

from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class RankedPassage(TypedDict):
    """A passage of a document; of one that was read, its place among those, its tokens and where they stood."""

    document: str
    number: int
    relevance: float
    text: str
    read: int | None
    tokens: NotRequired[list[TokenChip]]
    positions: NotRequired[list[int]]


class AnsweringHeader(TypedDict):
    """The header of a packet: by answer token the shares that its first token and the answer itself got."""

    answer: list[TokenChip]
    first: list[float]
    written: list[float]
    passages: list[RankedPassage]
    needed: float


AnsweringArrays = Mapping[str, Float32[np.ndarray, "answer token"]]
"""``weights0``, ``weights1`` ...: attention of the answer's tokens to those of a passage, from 0 to 1."""


answering = Component("answering", header=AnsweringHeader, arrays=AnsweringArrays)
