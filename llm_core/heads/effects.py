"""How a model's output changes when heads are switched off, as records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32

from llm_core.recording.trace_record import Ablation
from llm_core.shapes import Stack
from llm_core.text.tokens import Token

Heads: TypeAlias = Mapping[tuple[Stack, int], Sequence[int]]
"""Heads by (stack, layer), as in :class:`llm_core.Edits`."""


NOISE = 1e-6
"""Sizes of effects that differ by no more are the same: single precision does not tell them apart."""


@dataclass(frozen=True)
class Candidate:
    """A token that could stand at the position looked at.

    Attributes:
        token: Which token.
        before: Its probability with all heads, from 0 to 1.
        after: Its probability without the heads that were switched off, from 0 to 1.
    """

    token: Token
    before: float
    after: float


@dataclass(frozen=True)
class DistributionEffect:
    """How the probabilities of a token change: the next one, or the one that is masked.

    Attributes:
        heads: The heads that were switched off, by (stack, layer).
        position: The row of the output that is looked at: the mask's position, or that of the token after which
            the next one is predicted.
        masked: The token that was replaced by a mask to be predicted, or None if nothing was.
        candidates: The likeliest tokens before and after, by their probability before.
        answer: The model's own first choice with all heads, and what becomes of it.
        instead: The model's first choice without the heads; the same token if it stays.
        grew: Of the whole vocabulary, the token whose probability grows most.
        shrank: The one whose probability shrinks most.
        answer_change: Change of the answer's log-probability, in bits; negative if it becomes less likely.
        kl: Kullback-Leibler divergence of the distribution after from the one before, in bits, 0 or more.
    """

    heads: Heads
    position: int
    masked: Token | None
    candidates: tuple[Candidate, ...]
    answer: Candidate
    instead: Candidate
    grew: Candidate
    shrank: Candidate
    answer_change: float
    kl: float

    @property
    def size(self) -> float:
        """How large the effect is: :attr:`kl`, in bits."""
        return self.kl


@dataclass(frozen=True)
class TextEffect:
    """How what an encoder-decoder writes changes.

    Attributes:
        heads: The heads that were switched off, by (stack, layer).
        text_before: What it writes greedily with all heads, or the target it was given.
        text_after: What it writes greedily without these heads; None if a target was given, and for random heads.
        log_probability_before: Log-probability of ``text_before`` with all heads, in bits, without its end.
        log_probability_after: The same without these heads.
        kl: Kullback-Leibler divergence of the distributions after from those before, mean over the rows of
            ``text_before``, in bits.
        at: The distribution at one row: the one asked for, or else where it changes most.
    """

    heads: Heads
    text_before: str
    text_after: str | None
    log_probability_before: float
    log_probability_after: float
    kl: float
    at: DistributionEffect

    @property
    def size(self) -> float:
        """How large the effect is: :attr:`kl`, in bits for each token."""
        return self.kl


@dataclass(frozen=True, eq=False)
class VectorEffect:
    """How the vectors of an encoder without a head change, the only output it has.

    Attributes:
        heads: The heads that were switched off, by (stack, layer).
        sentence_change: 1 minus the cosine of the sentence's vector (mean of its tokens') before and after, from 0
            to 2.
        token_changes: The same for each token's vector in the last layer, shape (token,); 0 for padding.
    """

    heads: Heads
    sentence_change: float
    token_changes: Float32[np.ndarray, " token"]

    def __post_init__(self) -> None:
        self.token_changes.setflags(write=False)

    @property
    def size(self) -> float:
        """How large the effect is: :attr:`sentence_change`."""
        return self.sentence_change


Effect: TypeAlias = DistributionEffect | TextEffect | VectorEffect


@dataclass(frozen=True, eq=False)
class AblationEffect:
    """What switching heads off does, beside random heads.

    Attributes:
        ablation: ``"zero"`` or ``"mean"``.
        chosen: The effect of the heads asked about.
        controls: The effect of as many random heads, one for each draw.
        drawn: How the random heads were drawn, in a sentence; empty if none were asked for.
    """

    ablation: Ablation
    chosen: Effect
    controls: tuple[Effect, ...] = ()
    drawn: str = ""

    @property
    def stronger_than(self) -> int:
        """How many of the controls have a smaller effect than the heads asked about, by more than :data:`NOISE`."""
        return sum(control.size < self.chosen.size - NOISE for control in self.controls)
