"""What a head does with this text, in one computed sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64

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


FIRST = "the first token"


class HabitSums:
    """How much attention goes to each fixed position, added up while the rows of a part of a text come in.

    Each mean is over the queries that have such a token among the keys of the part. For the first token these are the
    others: that the first one looks at itself is no habit of anybody.
    """

    _BESIDE = ((-1, "the token before"), (1, "the token after"), (0, "the token itself"))

    def __init__(self, first_key: int = 0) -> None:
        """Begin with nothing; ``first_key`` is the position of the first key of the part."""
        self._first_key = first_key
        self._sums = dict.fromkeys([*(name for _, name in self._BESIDE), FIRST], 0.0)
        self._counts = dict.fromkeys(self._sums, 0)

    def add(self, weights: Float[np.ndarray, "query key"], first_query: int) -> None:
        """Take rows into account that follow one upon another, from a position on."""
        for offset, name in self._BESIDE:
            self._note(name, np.diagonal(weights, first_query - self._first_key + offset))
        if self._first_key == 0:
            self._note(FIRST, weights[1 if first_query == 0 else 0 :, 0])

    def _note(self, name: str, weights: np.ndarray) -> None:
        self._sums[name] += float(weights.sum(dtype=np.float64))
        self._counts[name] += weights.size

    def found(self) -> tuple[Habit, ...]:
        """The habits of all rows so far, strongest first; the share of what no query could look at is 0."""
        found = (Habit(name, total / max(1, self._counts[name])) for name, total in self._sums.items())
        return tuple(sorted(found, key=lambda habit: -habit.share))


def habits_of_heads(heads: Sequence[Sequence[Habit]]) -> tuple[Habit, ...]:
    """The mean of the habits of several heads on the same part of a text, strongest first."""
    shares = [{habit.name: habit.share for habit in head} for head in heads]
    means = (Habit(name, sum(head[name] for head in shares) / len(shares)) for name in shares[0])
    return tuple(sorted(means, key=lambda habit: -habit.share))


def mean_of_heads(weights: Float[np.ndarray, " head *any"]) -> Float64[np.ndarray, "*any"]:
    """The mean over the first axis, as the browser takes it too: exact, and rounded where it is printed."""
    return weights.mean(axis=0, dtype=np.float64)


def describe_query(weights: Float32[np.ndarray, "head key"], query_token: Token, key_tokens: Sequence[Token]) -> str:
    """A sentence's predicate: what one token looks at most, by the mean of the heads given.

    Args:
        weights: Its row over all keys.
        query_token: The token that looks.
        key_tokens: One per key.
    """
    mean = mean_of_heads(weights)
    key = int(mean.argmax())
    return f"{quoted(query_token)} looks most at {quoted(key_tokens[key])} ({percent(float(mean[key]))})"


def describe_habit(found: Sequence[Habit]) -> str | None:
    """A sentence's predicate on where attention goes by position, or None if no position gets a :data:`CLEAR` share."""
    strongest = found[0]
    if strongest.share < CLEAR:
        return None
    return f"each token looks at {strongest.name} with {percent(strongest.share)} of its attention on average"


def describe_link(
    weights: Attention,
    query_tokens: Sequence[Token],
    key_tokens: Sequence[Token],
    *,
    self_attention: bool,
    first_query: int = 0,
    first_key: int = 0,
) -> str:
    """A sentence's predicate: the strongest link between words, by the mean of the heads given.

    Args:
        weights: Shape (head query key).
        query_tokens: One per query.
        key_tokens: One per key.
        self_attention: True if queries and keys are of the same text.
        first_query: Position of the first query given in its text.
        first_key: Position of the first key given in its text.
    """
    mean = mean_of_heads(weights)
    itself = np.arange(len(mean)) + first_query - first_key if self_attention else None
    link = _strongest_between_words(mean, query_tokens, key_tokens, itself, first_key)
    if link is None:
        return "no token stands out"
    row, column = link
    return (
        f"the strongest link between words is {quoted(query_tokens[row])} looking at "
        f"{quoted(key_tokens[column])} ({percent(float(mean[row, column]))})"
    )


def strongest_link(
    weights: Attention, query_tokens: Sequence[Token], key_tokens: Sequence[Token], *, self_attention: bool
) -> tuple[int, int] | None:
    """Query and key of the strongest link between words in a whole text, as :func:`describe_link` says it, or None."""
    itself = np.arange(len(query_tokens)) if self_attention else None
    return _strongest_between_words(mean_of_heads(weights), query_tokens, key_tokens, itself, 0)


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
