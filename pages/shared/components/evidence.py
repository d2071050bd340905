"""A text that was written, token by token, with what the model looked at and what else could stand there."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from typing_extensions import TypedDict

from llm_core.shapes import Stack
from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class EvidenceCandidate(TokenChip):
    """A token that could stand at a place, with the model's probability for it."""

    before: float


class EvidenceStep(TokenChip):
    """A token that was written: its probability, its surprise in bits, the likeliest candidates of its place."""

    probability: float
    surprise: float
    candidates: list[EvidenceCandidate]


class EvidencePart(TypedDict):
    """A part of the prompt."""

    name: str
    tokens: list[TokenChip]


class EvidenceLine(TypedDict):
    """A line of the text: its tokens from ``start`` to before ``end``, and their mean probability."""

    start: int
    end: int
    probability: float


class EvidenceHeader(TypedDict):
    """The header of a packet; ``step`` is what is shown while nothing is pointed at."""

    stack: Stack
    steps: list[EvidenceStep]
    step: int
    parts: list[EvidencePart]
    readTitle: str
    measured: str
    verb: str
    nothing: str
    compares: bool
    lines: list[EvidenceLine]


class EvidenceArrays(TypedDict):
    """Attention of each written token to each token of the parts, from 0 to 1."""

    weights: Float32[np.ndarray, "step token"]


evidence = Component("evidence", header=EvidenceHeader, arrays=EvidenceArrays)
