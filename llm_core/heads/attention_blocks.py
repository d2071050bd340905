"""A layer's attention a few rows at a time, so that a long text never fills the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32

from llm_core.recording.masks import check_rows
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Attention, Mask, QueryPositions, Stack

BLOCK_BYTES = 8_000_000
"""The most that the weights of one block take."""


@dataclass(frozen=True, eq=False)
class AttentionBlock:
    """All heads of a layer for some of its query rows.

    Attributes:
        layer: The layer's number, from 0.
        queries: Positions of the queries, from 0, shape (query,).
        weights: Their attention, shape (head query key). It belongs to whoever iterates and may be written to.
        visible: True where a query may look, shape (query key).
    """

    layer: int
    queries: Int32[np.ndarray, " query"]
    weights: Attention
    visible: Mask


def attention_blocks(
    trace: Trace, stack: Stack, layer: int, *, queries: QueryPositions | None = None, block_bytes: int = BLOCK_BYTES
) -> Iterator[AttentionBlock]:
    """The attention of a layer in blocks of query rows, in the order of the rows.

    Several readers can share one pass: role scores, a rollout and pooled pictures all take these blocks.

    Args:
        trace: What a model did with a text.
        stack: One of ``trace.stacks``.
        layer: One of ``trace.layers(stack)``.
        queries: Positions of the queries wanted, from 0; None for all.
        block_bytes: The most that one block's weights may take; a block has one row at least.

    Raises:
        SelectionError: There is no such stack, layer or query.
    """
    mask = trace.mask(stack, layer)
    rows = np.arange(mask.queries, dtype=np.int32) if queries is None else check_rows(queries, mask.queries)
    size = max(1, block_bytes // (4 * trace.heads(stack, layer) * max(1, mask.keys)))
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        yield AttentionBlock(layer, part, trace.attention(stack, layer, queries=part), mask.rows(part))
