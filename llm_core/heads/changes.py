"""How attention differs between two traces of the same tokens: with all heads, and without some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.recording.records import AttentionRecord
from llm_core.recording.trace_record import Trace
from llm_core.shapes import QueryPositions, Stack


@dataclass(frozen=True)
class Change:
    """One weight before and after.

    Attributes:
        head: From 0.
        query: Position of the token that looks.
        key: Position of the token looked at.
        before: Its weight with all heads, from 0 to 1.
        after: Its weight without those that are off.
    """

    head: int
    query: int
    key: int
    before: float
    after: float


def changed_layers(before: Trace, after: Trace, stack: Stack) -> frozenset[int]:
    """The layers of a stack whose attention is not the same in two traces of the same tokens.

    Raises:
        SelectionError: There is no such stack.
    """
    return frozenset(layer for layer in before.layers(stack) if is_changed(before, after, stack, layer))


def is_changed(before: Trace, after: Trace, stack: Stack, layer: int) -> bool:
    """False if a layer's attention is the same in two traces of the same tokens.

    Attention depends on queries, keys and the mask alone: a layer whose queries and keys are equal to the last bit is
    the same.

    Raises:
        SelectionError: There is no such stack or layer.
    """
    one, other = before.record(stack, layer), after.record(stack, layer)
    if isinstance(one, AttentionRecord) and isinstance(other, AttentionRecord):
        return not (np.array_equal(one.query, other.query) and np.array_equal(one.key, other.key))
    return not np.array_equal(one.weights(), other.weights())


def change_of(
    before: Trace, after: Trace, stack: Stack, layer: int, heads: Sequence[int], queries: QueryPositions
) -> Change | None:
    """The weight that differs most, or None if the whole layer is the same; see :func:`largest_change`."""
    if not is_changed(before, after, stack, layer):
        return None
    return largest_change(before, after, stack, layer, heads, queries)


def largest_change(
    before: Trace, after: Trace, stack: Stack, layer: int, heads: Sequence[int], queries: QueryPositions
) -> Change:
    """The weight that differs most between two traces of the same tokens.

    Args:
        before: With all heads.
        after: Without some.
        stack: One of the traces' stacks.
        layer: One of its layers.
        heads: Of which heads, one or more.
        queries: Of which tokens that look, one or more.

    Raises:
        SelectionError: There is no such stack, layer, head or query.
    """
    first, second = (trace.attention(stack, layer, heads, queries) for trace in (before, after))
    place = np.unravel_index(int(np.abs(second - first).argmax()), first.shape)
    head, row, key = (int(number) for number in place)
    return Change(heads[head], int(np.asarray(queries)[row]), key, float(first[place]), float(second[place]))
