"""What a head does with this text, in one computed sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.numbers import counted, percent
from llm_core.shapes import Attention, Mask
from llm_core.tokens import Token

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
        random: What heads of a random network give it on average: as much as any token that may be looked at.
    """

    name: str
    share: float
    queries: int
    random: float

    @property
    def clear(self) -> bool:
        """True if it is worth saying: much, of enough queries, and more than a random network does."""
        return self.queries >= FEWEST_QUERIES and self.share >= max(CLEAR, TIMES_RANDOM * self.random)


def habits(
    weights: Attention, *, visible: Mask | None = None, first_query: int = 0, first_key: int = 0
) -> tuple[Habit, ...]:
    """How much attention goes to each fixed position, strongest first, averaged over the heads given.

    Args:
        weights: Self-attention, shape (head query key); queries and keys each follow one upon another.
        visible: True where a query may look, over all keys of the text, shape (query key); None if everywhere.
        first_query: Position of the first query.
        first_key: Position of the first key.
    """
    mean = weights.mean(axis=0)
    rows, columns = np.indices(mean.shape)
    away = rows + first_query - columns - first_key
    seen = np.full(len(mean), mean.shape[1]) if visible is None else visible.sum(axis=1)
    opened = np.ones(mean.shape, bool) if visible is None else visible[:, first_key : first_key + mean.shape[1]]
    places = {
        "the token before": away == 1,
        "the token after": away == -1,
        "the token itself": away == 0,
        "the first token": (columns + first_key == 0) & (away != 0),
    }
    found = []
    for name, keys in places.items():
        queries, looked_at = np.nonzero(keys & opened & (seen > 1)[:, None])
        share = float(mean[queries, looked_at].mean()) if len(queries) else 0.0
        found.append(Habit(name, share, len(queries), float((1 / seen[queries]).mean()) if len(queries) else 0.0))
    return tuple(sorted(found, key=lambda habit: -habit.share))


def describe(
    weights: Attention,
    query_tokens: Sequence[Token],
    key_tokens: Sequence[Token],
    *,
    self_attention: bool,
    query: int | None = None,
    visible: Mask | None = None,
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
        visible: True where a query may look, over all keys of the text, shape (query key); None if everywhere.
        first_query: Position of the first query given in its text.
        first_key: Position of the first key given in its text.
    """
    mean = weights.mean(axis=0)
    if query is not None:
        key = int(mean[query].argmax())
        return f"{quoted(query_tokens[query])} looks most at {quoted(key_tokens[key])} ({percent(mean[query, key])})"
    if self_attention and len(mean) > 2:
        every = habits(weights, visible=visible, first_query=first_query, first_key=first_key)
        habit = next((habit for habit in every if habit.clear), None)
        if habit is not None:
            return (
                f"each token looks at {habit.name} with {percent(habit.share)} of its attention on average "
                f"(over {counted(habit.queries, 'token')}; in a random network {percent(habit.random)})"
            )
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
