"""What a head does with this text, in one computed sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.numbers import percent
from llm_core.shapes import Attention
from llm_core.tokens import Token

CLEAR = 0.4
"""Share of all attention from which a habit is worth saying."""


@dataclass(frozen=True)
class Habit:
    """Where attention goes by position.

    Attributes:
        name: "the token before", "the token after", "the token itself" or "the first token".
        share: Mean weight on it over the queries that have such a token, from 0 to 1.
    """

    name: str
    share: float


def habits(weights: Attention, *, first_query: int = 0, first_key: int = 0) -> tuple[Habit, ...]:
    """How much attention goes to each fixed position, strongest first, averaged over the heads given.

    Args:
        weights: Self-attention, shape (head query key); queries and keys each follow one upon another.
        first_query: Position of the first query.
        first_key: Position of the first key.
    """
    mean = weights.mean(axis=0)
    shift = first_query - first_key
    others = mean[1:] if first_query == 0 else mean
    found = (
        Habit("the token before", _mean(np.diagonal(mean, shift - 1))),
        Habit("the token after", _mean(np.diagonal(mean, shift + 1))),
        Habit("the token itself", _mean(np.diagonal(mean, shift))),
        Habit("the first token", _mean(others[:, 0]) if first_key == 0 else 0.0),
    )
    return tuple(sorted(found, key=lambda habit: -habit.share))


def _mean(weights: np.ndarray) -> float:
    return float(weights.mean()) if weights.size else 0.0


def describe(
    weights: Attention,
    query_tokens: Sequence[Token],
    key_tokens: Sequence[Token],
    *,
    self_attention: bool,
    query: int | None = None,
    first_query: int = 0,
    first_key: int = 0,
) -> str:
    """A sentence's predicate: what the heads given do, or what they do for one query.

    Args:
        weights: Shape (head query key); several heads are averaged.
        query_tokens: One per query.
        key_tokens: One per key.
        self_attention: True if queries and keys are of the same text.
        query: Which query to speak of, counted from the first one given, or None for all.
        first_query: Position of the first query given in its text.
        first_key: Position of the first key given in its text.
    """
    mean = weights.mean(axis=0)
    if query is not None:
        key = int(mean[query].argmax())
        return f"{quoted(query_tokens[query])} looks most at {quoted(key_tokens[key])} ({percent(mean[query, key])})"
    if self_attention and len(mean) > 2:
        strongest = habits(weights, first_query=first_query, first_key=first_key)[0]
        if strongest.share >= CLEAR:
            return f"each token looks at {strongest.name} with {percent(strongest.share)} of its attention on average"
    itself = np.arange(len(mean)) + first_query - first_key if self_attention else None
    ordinary = _strongest_between_words(mean, query_tokens, key_tokens, itself, first_key)
    if ordinary is None:
        return "no token stands out"
    row, column = ordinary
    return (
        f"the strongest link between words is {quoted(query_tokens[row])} looking at "
        f"{quoted(key_tokens[column])} ({percent(mean[row, column])})"
    )


def quoted(token: Token) -> str:
    """A token's text in quotation marks; text that runs from right to left keeps to itself."""
    rightward = all(unicodedata.bidirectional(character) not in {"R", "AL", "AN"} for character in token.text)
    return f"“{token.text}”" if rightward else f"“\N{FIRST STRONG ISOLATE}{token.text}\N{POP DIRECTIONAL ISOLATE}”"


def _strongest_between_words(
    mean: np.ndarray,
    query_tokens: Sequence[Token],
    key_tokens: Sequence[Token],
    itself: np.ndarray | None,
    first_key: int,
) -> tuple[int, int] | None:
    """Where the largest weight of a word on another lies; the text's first token, where attention rests, is none."""
    rows = np.array([token.is_word for token in query_tokens])
    columns = np.array([token.is_word for token in key_tokens])
    weights = np.where(rows[:, None] & columns, mean, 0.0)
    if itself is not None:
        weights[itself[:, None] == np.arange(weights.shape[1])] = 0.0
        if first_key == 0 and weights.shape[1] > 1:
            weights[:, 0] = 0.0
    if not weights.any():
        return None
    row, column = np.unravel_index(int(weights.argmax()), weights.shape)
    return int(row), int(column)
