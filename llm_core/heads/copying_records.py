"""How well a decoder copies random sequences, as records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from llm_core.intervals import share_interval


@dataclass(frozen=True, eq=False)
class Copying:
    """How well a decoder predicts the repetition of random sequences.

    Attributes:
        right: Share of each sequence's repeated tokens that are the likeliest, from 0 to 1, shape (sequence,).
        losses: Mean of minus the log-probability of each sequence's repeated tokens, in bits; 0 is perfect.
        tokens: How many repeated tokens a sequence has.
    """

    right: Float64[np.ndarray, " sequence"]
    losses: Float64[np.ndarray, " sequence"]
    tokens: int

    def __post_init__(self) -> None:
        self.right.setflags(write=False)
        self.losses.setflags(write=False)

    @property
    def accuracy(self) -> float:
        """Share of all repeated tokens that are the likeliest, from 0 to 1."""
        return float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Between which bounds the accuracy lies with a confidence of 95 %, over sequences."""
        return share_interval(self.right)

    @property
    def loss(self) -> float:
        """Mean of :attr:`losses`, in bits."""
        return float(self.losses.mean())


@dataclass(frozen=True, eq=False)
class Copied:
    """How well a decoder copies, with and without heads.

    Attributes:
        before: With all heads.
        after: Without those asked about.
        random: Without as many random ones; None if there are no others.
    """

    before: Copying
    after: Copying
    random: Copying | None
