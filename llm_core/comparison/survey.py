"""Everything that is compared of a stack's attention, from one pass over its weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from llm_core.comparison.directions import Directions, DirectionSums
from llm_core.heads.attention_blocks import attention_blocks
from llm_core.heads.scores import HeadScorer, HeadScores
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

MOST_CELLS = 64
"""Rows and columns of an overview; longer texts are pooled."""

MOST_ROWS = 256
"""Of longer texts this many looking tokens are read, evenly spaced."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What the heads of a stack do, layer by layer.

    Attributes:
        stack: Which stack.
        directions: Where attention goes.
        scores: Roles, entropy and distance of each head.
        overview: Attention averaged over the heads of each layer, shape (layer row column); a cell holds the largest
            mean weight of :attr:`block` × :attr:`block` tokens.
        block: How many tokens a side one cell of the overview stands for.
        rows: How many looking tokens were read.
    """

    stack: Stack
    directions: Directions
    scores: HeadScores
    overview: Float32[np.ndarray, "layer row column"]
    block: int
    rows: int

    def __post_init__(self) -> None:
        self.overview.setflags(write=False)


def survey(trace: Trace, stack: Stack, *, progress: ProgressCallback = ignore_progress) -> Survey:
    """Read the attention of every layer of a stack once.

    Args:
        trace: What a model did with a text.
        stack: One of ``trace.stacks``.
        progress: Told after each layer. What it raises stops the work.

    Raises:
        SelectionError: There is no such stack.
    """
    queries, keys = len(trace.query_tokens(stack)), len(trace.key_tokens(stack))
    block_size = cell_size(queries, keys)
    rows = spread(queries, MOST_ROWS)
    layers = trace.layers(stack)
    overview = np.zeros((len(layers), -(-queries // block_size), -(-keys // block_size)), np.float32)
    sums, scorer = DirectionSums(trace, stack), HeadScorer(trace, stack)
    for place, layer in enumerate(layers):
        for block in attention_blocks(trace, stack, layer, queries=rows):
            pool_into(overview[place], block.weights.mean(axis=0), block.queries, block_size)
            sums.add(block)
            scorer.add(block)
        progress(Progress((place + 1) / len(layers), f"Reading layer {place + 1} of {len(layers)}"))
    return Survey(stack, sums.directions(), scorer.scores(), overview, block_size, len(rows))


def head_overview(trace: Trace, stack: Stack, layer: int, head: int) -> Float32[np.ndarray, "row column"]:
    """One head's attention, pooled as the overviews of :class:`Survey` are, shape (row column)."""
    queries, keys = len(trace.query_tokens(stack)), len(trace.key_tokens(stack))
    size = cell_size(queries, keys)
    rows = spread(queries, MOST_ROWS)
    pooled = np.zeros((-(-queries // size), -(-keys // size)), np.float32)
    pool_into(pooled, trace.attention(stack, layer, [head], rows)[0], rows, size)
    return pooled


def cell_size(queries: int, keys: int) -> int:
    """How many tokens a side one cell of an overview stands for."""
    return max(1, -(-max(queries, keys) // MOST_CELLS))


def spread(count: int, most: int) -> np.ndarray:
    """At most this many of ``count`` positions, evenly spaced, the first and the last among them."""
    return np.unique(np.round(np.linspace(0, count - 1, min(count, most))).astype(np.int32))


def pool_into(cells: np.ndarray, weights: np.ndarray, rows: np.ndarray, size: int) -> None:
    """Raise each cell to the largest weight that falls into it.

    Args:
        cells: Shape (row column); written to.
        weights: Shape (query key).
        rows: The queries' positions, shape (query,).
        size: How many tokens a side a cell stands for.
    """
    pooled = np.maximum.reduceat(weights, np.arange(0, weights.shape[1], size), axis=1)
    np.maximum.at(cells, rows // size, pooled)
