"""What comes out at a position: probabilities from the scores of the whole vocabulary."""

from __future__ import annotations

import numpy as np

from llm_core.order import largest

MOST_CANDIDATES = 12

ROWS_AT_ONCE = 32
"""Rows of scores that are held in double precision at one time."""


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """``softmax(logits / temperature)`` over the last axis, the whole vocabulary, in double precision."""
    scaled = logits.astype(np.float64) / temperature
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def shares_of(logits: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Probabilities, over the whole vocabulary, of some tokens of each row, without those of all others.

    Args:
        logits: Scores, shape (row vocabulary).
        chosen: Numbers of tokens, shape (row token).

    Returns:
        From 0 to 1, shape (row token).
    """
    told = np.empty(chosen.shape)
    for start in range(0, len(logits), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        scores = logits[rows].astype(np.float64)
        scores -= scores.max(axis=1, keepdims=True)
        wanted = np.exp(np.take_along_axis(scores, chosen[rows].astype(np.intp), 1))
        told[rows] = wanted / np.exp(scores, out=scores).sum(axis=1, keepdims=True)
    return told


def candidates(logits: np.ndarray, most: int = MOST_CANDIDATES) -> np.ndarray:
    """The likeliest tokens of each row of scores (row vocabulary), likeliest first, shape (row candidate)."""
    return largest(logits, most)
