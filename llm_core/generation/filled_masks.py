"""Masks that were filled, as records without torch and without the model, and what was looked at to fill them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from llm_core.recording.trace_record import Trace
from llm_core.text.tokens import Token

WRITTEN_AS = re.compile(r"\[MASK\]|<mask>", re.IGNORECASE)
"""However a mask is written in a text, it becomes the model's own mask token."""


@dataclass(frozen=True)
class Filling:
    """What a model would put in the place of one mask.

    Attributes:
        position: Of the mask, in tokens.
        candidates: Tokens with their probabilities over the whole vocabulary, likeliest first.
        entropy: How undecided the model is, in bits.
    """

    position: int
    candidates: tuple[tuple[Token, float], ...]
    entropy: float

    @property
    def token(self) -> Token:
        """The likeliest token."""
        return self.candidates[0][0]

    @property
    def probability(self) -> float:
        """Its probability, from 0 to 1."""
        return self.candidates[0][1]


@dataclass(frozen=True, eq=False)
class FillingPass:
    """One reading of the text by the model.

    Attributes:
        trace: The reading, with attention and logits.
        fillings: Every mask that was in the text, in its order.
        filled: Positions that were filled after this reading.
    """

    trace: Trace
    fillings: tuple[Filling, ...]
    filled: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class MaskFilling:
    """A text whose masks were filled.

    Attributes:
        passes: Each reading; one if all masks were filled at once, otherwise one for each mask.
        tokens: The tokens in the end.
        iterative: True if masks were filled one after another, the most certain first, each with the others'
            words already in place (Ghazvininejad et al. 2019, "mask-predict", one mask a pass).
    """

    passes: tuple[FillingPass, ...]
    tokens: tuple[Token, ...]
    iterative: bool

    @property
    def nbytes(self) -> int:
        """Bytes of everything recorded."""
        return sum(reading.trace.nbytes for reading in self.passes)


def mask_rows(
    readings: Sequence[Trace], layer: int, positions: Sequence[Sequence[int]]
) -> tuple[Float32[np.ndarray, "_mask token"], ...]:
    """What masks look at in a layer of the encoder, the mean of all heads.

    Args:
        readings: Of one text, one after another.
        layer: From 0.
        positions: By reading, where its masks stand.

    Returns:
        By reading, the row of each of its masks, shape (mask token).
    """
    return tuple(
        np.asarray(reading.attention("encoder", layer, queries=list(masks)).mean(axis=0), np.float32)
        for reading, masks in zip(readings, positions, strict=True)
    )
