"""Every head of a stack as a small picture: the largest weight of each block of its matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from llm_core.heads.attention_blocks import AttentionBlock, attention_blocks
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

MOST_BYTES = 400_000
"""All thumbnails of a stack together take no more, at one byte a cell."""

LARGEST_SIDE, SMALLEST_SIDE = 32, 8

ROWS_READ = 512
"""Of a longer text evenly spread rows are read, so that a stack of 30 layers is ready within seconds."""


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """The heads of one layer, each as a small matrix.

    Attributes:
        cells: The largest weight of each cell, from 0 to 1, shape (head row column).
        open_cells: True where some query read may look at some key, shape (row column).
        rows_read: How many query rows went in.
        rows: How many there are.
    """

    cells: Float32[np.ndarray, "head row column"]
    open_cells: Bool[np.ndarray, "row column"]
    rows_read: int
    rows: int

    @property
    def nbytes(self) -> int:
        """Bytes of the cells."""
        return self.cells.nbytes + self.open_cells.nbytes


class Painter:
    """Makes the thumbnails of one layer block by block, for those who read the same blocks for something else."""

    def __init__(self, trace: Trace, stack: Stack, layer: int, side: int) -> None:
        """Begin with empty pictures of at most ``side`` x ``side`` cells; short texts get a cell for each pair."""
        self._queries, keys = len(trace.query_tokens(stack)), len(trace.key_tokens(stack))
        self._down, self._across = _edges(self._queries, side), _edges(keys, side)
        shape = (len(self._down), len(self._across))
        self._cells = np.zeros((trace.heads(stack, layer), *shape), np.float32)
        self._open = np.zeros(shape, bool)
        self._read = 0

    def add(self, block: AttentionBlock) -> None:
        """Take a block into account; its rows come in ascending order."""
        rows = np.searchsorted(self._down, block.queries, side="right") - 1
        begins = np.flatnonzero(np.diff(rows, prepend=-1))
        touched = rows[begins]
        for head, weights in enumerate(block.weights):
            cells = self._cells[head]
            cells[touched] = np.maximum(cells[touched], _pooled(weights, begins, self._across))
        self._open[touched] |= _pooled(block.visible, begins, self._across)
        self._read += len(rows)

    def done(self) -> Thumbnails:
        """The pictures of all blocks added so far."""
        return Thumbnails(self._cells, self._open, self._read, self._queries)


def side_of(trace: Trace, stack: Stack) -> int:
    """The most cells a side that keep all heads of a stack within :data:`MOST_BYTES`."""
    heads = sum(trace.heads(stack, layer) for layer in trace.layers(stack))
    return int(np.clip(np.sqrt(MOST_BYTES / heads), SMALLEST_SIDE, LARGEST_SIDE))


def rows_read(queries: int) -> Int64[np.ndarray, " row"]:
    """Query positions that thumbnails are made of: all of a short text, evenly spread ones of a long text."""
    if queries <= ROWS_READ:
        return np.arange(queries)
    return np.linspace(0, queries - 1, ROWS_READ).round().astype(np.int64)


def thumbnails(trace: Trace, stack: Stack, layer: int, side: int) -> Thumbnails:
    """The heads of a layer in at most ``side`` x ``side`` cells.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        side: The most cells a side.
    """
    painter = Painter(trace, stack, layer, side)
    for block in attention_blocks(trace, stack, layer, queries=rows_read(len(trace.query_tokens(stack)))):
        painter.add(block)
    return painter.done()


def _edges(count: int, side: int) -> Int64[np.ndarray, " cell"]:
    """Where each of at most ``side`` cells begins."""
    cells = min(count, side)
    return np.arange(cells) * count // cells


def _pooled(values: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The largest value of each cell; pooling rows first leaves little for the slow direction."""
    return np.maximum.reduceat(np.maximum.reduceat(values, down, axis=0), across, axis=1)
