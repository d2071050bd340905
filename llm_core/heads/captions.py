"""What a head does with this text, in one computed sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from llm_core.numbers import counted, percent
from llm_core.shapes import Attention, Mask
from llm_core.text.tokens import Token

CLEAR = 0.4
"""Share of all attention from which a habit is worth saying."""

FEWEST_QUERIES = 5
"""What heads do is said only of so many queries or more: the mean of two calls heads of random networks anything."""

TIMES_RANDOM = 2
"""It is clear only where it is at least so many times what heads of a random network do on the same text."""


@dataclass(frozen=True)
class Habit:
    """Where attention goes by position.

    Attributes:
        name: "the token before", "the token after", "the token itself" or "the first token".
        share: Mean weight on it over the queries that have such a token and a choice, from 0 to 1.
        queries: How many queries that is the mean of.
        random: What heads of a random network give it on average: as much as any token that may be looked at; NaN if
            that is not known.
    """

    name: str
    share: float
    queries: int
    random: float

    @property
    def clear(self) -> bool:
        """True if it is worth saying: much, of enough queries, and more than a random network does."""
        return self.queries >= FEWEST_QUERIES and self.share >= CLEAR and self.share >= TIMES_RANDOM * self.random


FIRST = "the first token"


class HabitSums:
    """How much attention goes to each fixed position, added up while the rows of a part of a text come in.

    Each mean is over the queries that have such a token among the keys of the part, and a choice. For the first token
    these are the others: that the first one looks at itself is no habit of anybody.
    """

    _BESIDE = ((-1, "the token before"), (1, "the token after"), (0, "the token itself"))

    def __init__(self, first_key: int = 0, *, sink: bool = False, alibi: bool = False) -> None:
        """Begin with nothing.

        Args:
            first_key: Position of the first key of the part.
            sink: True if the layer has a learned sink, which takes attention as one more key would.
            alibi: True if what heads of a random network do is not known; see :class:`llm_core.Trace`.
        """
        self._first_key, self._sink, self._alibi = first_key, sink, alibi
        names = [*(name for _, name in self._BESIDE), FIRST]
        self._sums, self._random = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
        self._counts = dict.fromkeys(names, 0)

    def add(
        self,
        weights: Float[np.ndarray, "query key"],
        first_query: int,
        visible: Bool[np.ndarray, "query every"] | None = None,
    ) -> None:
        """Take rows into account that follow one upon another.

        Args:
            weights: Of one head, over the keys of the part.
            first_query: Position of the first row.
            visible: True where a query may look, over all keys of the text, shape (query key); None if everywhere.
        """
        queries = first_query + np.arange(len(weights))
        for offset, name in self._BESIDE:
            self._note(name, weights, queries + offset, np.ones(len(queries), bool), visible)
        self._note(FIRST, weights, np.zeros_like(queries), queries != 0, visible)

    def _note(self, name: str, weights: np.ndarray, keys: np.ndarray, asked: np.ndarray, visible: Mask | None) -> None:
        columns = keys - self._first_key
        seen = np.full(len(keys), weights.shape[1]) if visible is None else visible.sum(axis=1)
        rows = np.flatnonzero(asked & (columns >= 0) & (columns < weights.shape[1]) & (seen > 1))
        if visible is not None:
            rows = rows[visible[rows, keys[rows]]]
        self._sums[name] += float(weights[rows, columns[rows]].sum(dtype=np.float64))
        self._random[name] += float("nan") if self._alibi else float((1 / (seen[rows] + self._sink)).sum())
        self._counts[name] += len(rows)

    def found(self) -> tuple[Habit, ...]:
        """The habits of all rows so far, strongest first; the share of what no query could look at is 0."""
        found = []
        for name, queries in self._counts.items():
            found.append(Habit(name, self._sums[name] / max(1, queries), queries, self._random[name] / max(1, queries)))
        return tuple(sorted(found, key=lambda habit: -habit.share))


def habits_of_heads(heads: Sequence[Sequence[Habit]]) -> tuple[Habit, ...]:
    """The mean of the habits of several heads of one layer on the same part of a text, strongest first."""
    shares = [{habit.name: habit.share for habit in head} for head in heads]
    means = (replace(habit, share=sum(head[habit.name] for head in shares) / len(shares)) for habit in heads[0])
    return tuple(sorted(means, key=lambda habit: -habit.share))


def mean_of_heads(weights: Float[np.ndarray, " head *any"]) -> Float64[np.ndarray, "*any"]:
    """The mean over the first axis, as the browser takes it too: exact, and rounded where it is printed."""
    return weights.mean(axis=0, dtype=np.float64)


def describe_query(
    weights: Float32[np.ndarray, "head key"], query: int, query_tokens: Sequence[Token], key_tokens: Sequence[Token]
) -> str:
    """A sentence's predicate: what one token looks at most, by the mean of the heads given.

    Args:
        weights: Its row over all keys.
        query: Position of the token that looks.
        query_tokens: One per query.
        key_tokens: One per key.
    """
    mean = mean_of_heads(weights)
    key = int(mean.argmax())
    return f"{placed(query_tokens, query)} looks most at {placed(key_tokens, key)} ({percent(float(mean[key]))})"


def describe_habit(found: Sequence[Habit]) -> str | None:
    """A sentence's predicate on where attention goes by position, or None if nothing of it is clear."""
    habit = next((habit for habit in found if habit.clear), None)
    if habit is None:
        return None
    return (
        f"each token looks at {habit.name} with {percent(habit.share)} of its attention on average "
        f"(over {counted(habit.queries, 'token')}; in a random network {percent(habit.random)})"
    )


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
        f"the strongest link between words is {placed(query_tokens, row, first_query)} looking at "
        f"{placed(key_tokens, column, first_key)} ({percent(float(mean[row, column]))})"
    )


def strongest_link(
    weights: Attention, query_tokens: Sequence[Token], key_tokens: Sequence[Token], *, self_attention: bool
) -> tuple[int, int] | None:
    """Query and key of the strongest link between words in a whole text, as :func:`describe_link` says it, or None."""
    itself = np.arange(len(query_tokens)) if self_attention else None
    return _strongest_between_words(mean_of_heads(weights), query_tokens, key_tokens, itself, 0)


def listed(parts: Sequence[str]) -> str:
    """Words as prose lists them: "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def quoted(token: Token) -> str:
    """A token's text in quotation marks; text that runs from right to left keeps to itself."""
    rightward = all(unicodedata.bidirectional(character) not in {"R", "AL", "AN"} for character in token.text)
    return f"“{token.text}”" if rightward else f"“\N{FIRST STRONG ISOLATE}{token.text}\N{POP DIRECTIONAL ISOLATE}”"


def placed(tokens: Sequence[Token], place: int, first: int = 0) -> str:
    """One of some tokens in quotation marks; with its position if others are written alike: “the” [5].

    Args:
        tokens: Among which it stands.
        place: Which of them it is.
        first: Position of the first of them in the text.
    """
    alike = sum(token.text.strip() == tokens[place].text.strip() for token in tokens)
    return f"{quoted(tokens[place])} [{first + place}]" if alike > 1 else quoted(tokens[place])


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
