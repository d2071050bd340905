"""What comes out at a position: probabilities from the scores of the whole vocabulary."""

from __future__ import annotations

import numpy as np

MOST_CANDIDATES = 12


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """``softmax(logits / temperature)`` over the last axis, the whole vocabulary, in double precision."""
    scaled = logits.astype(np.float64) / temperature
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def candidates(logits: np.ndarray, most: int = MOST_CANDIDATES) -> np.ndarray:
    """The likeliest tokens of each row of scores (row vocabulary), likeliest first, shape (row candidate)."""
    most = min(most, logits.shape[-1])
    some = np.argpartition(-logits, most - 1, axis=-1)[..., :most]
    order = np.argsort(-np.take_along_axis(logits, some, -1), axis=-1, kind="stable")
    return np.take_along_axis(some, order, -1)
