"""Links that stand out in a part of a text: the strongest ones, those between words, and the word that tells most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from llm_core.figures.windows import Window
from llm_core.heads.captions import describe_link, mean_of_heads
from llm_core.order import largest
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

MOST_ROWS = 256
"""Of a longer text the most decided token is looked for among its first ones."""


@dataclass(frozen=True, eq=False)
class StrongestLinks:
    """The strongest links of some heads, strongest first.

    Attributes:
        head: Which head, shape (link,).
        query: Position that looks, shape (link,).
        key: Position looked at, shape (link,).
        weight: From 0 to 1, shape (link,).
        mean: Mean weight over all the heads given, from 0 to 1, shape (link,).
    """

    head: Int64[np.ndarray, " link"]
    query: Int64[np.ndarray, " link"]
    key: Int64[np.ndarray, " link"]
    weight: Float32[np.ndarray, " link"]
    mean: Float64[np.ndarray, " link"]


def strongest_links(
    trace: Trace, stack: Stack, layer: int, heads: Sequence[int], rows: Window, columns: Window, most: int
) -> StrongestLinks:
    """The strongest links of a part of a text.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        heads: Of which heads, one or more.
        rows: Query positions.
        columns: Key positions.
        most: So many links at most.

    Raises:
        SelectionError: There is no such stack, layer or head.
    """
    weights = _weights(trace, stack, layer, heads, rows, columns)
    order = largest(weights.ravel(), most)
    head, row, column = np.unravel_index(order, weights.shape)
    return StrongestLinks(
        head=np.asarray(heads, np.int64)[head],
        query=np.asarray(row + rows.start, np.int64),
        key=np.asarray(column + columns.start, np.int64),
        weight=weights.ravel()[order],
        mean=mean_of_heads(weights)[row, column],
    )


def link_in_words(trace: Trace, stack: Stack, layer: int, heads: Sequence[int], rows: Window, columns: Window) -> str:
    """A sentence's predicate on a part of a text: its strongest link between words, by the mean of the heads given.

    Arguments are as for :func:`strongest_links`.
    """
    return describe_link(
        _weights(trace, stack, layer, heads, rows, columns),
        rows.of(trace.query_tokens(stack)),
        columns.of(trace.key_tokens(stack)),
        self_attention=stack != "cross",
        first_query=rows.start,
        first_key=columns.start,
    )


def most_decided(trace: Trace, stack: Stack, layer: int, heads: Sequence[int], rows: Window) -> tuple[int, int]:
    """The word of a part of a text whose largest weight on another word is the largest, and that word, by position.

    Arguments are as for :func:`strongest_links`; keys are those of the whole text.
    """
    queries = np.arange(rows.start, min(rows.end, rows.start + MOST_ROWS))
    mean = mean_of_heads(trace.attention(stack, layer, heads, queries))
    words = np.array([token.is_word for token in trace.key_tokens(stack)])
    looking = np.array([trace.query_tokens(stack)[row].is_word for row in queries])
    mean = np.where(words & looking[:, None], mean, 0.0)
    if stack != "cross" and len(words) > 1:
        mean[queries[:, None] == np.arange(len(words))] = 0.0
        mean[:, 0] = 0.0  # where attention rests
    row, key = np.unravel_index(int(mean.argmax()), mean.shape)
    return int(queries[row]), int(key)


def telling_query(trace: Trace, stack: Stack, layer: int, head: int) -> int:
    """Position of the word with the strongest link of a head to another word, among the first of the text."""
    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)
    rows = np.arange(min(len(queries), MOST_ROWS))
    weights = trace.attention(stack, layer, [head], rows)[0]
    words = np.array([queries[row].is_word for row in rows])[:, None] & np.array([token.is_word for token in keys])
    if stack != "cross":
        words &= rows[:, None] != np.arange(len(keys))
    return int(np.where(words, weights, -1.0).max(axis=1).argmax())


def _weights(
    trace: Trace, stack: Stack, layer: int, heads: Sequence[int], rows: Window, columns: Window
) -> Float32[np.ndarray, "head row column"]:
    weights = trace.attention(stack, layer, heads, np.arange(rows.start, rows.end))
    return weights[:, :, columns.start : columns.end]
