"""What a screen shows of one layer's attention: a part of the matrix, thinned out to fit, and its strongest links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32

from llm_core.figures.windows import Window, pool_max
from llm_core.shapes import Stack
from llm_core.trace_record import Trace

CELLS_A_SIDE = 160
"""The most cells a side that one or two heads get; more heads share the room."""

MOST_LINKS = 300
ROWS_AT_A_TIME = 256

FAINTEST = 0.001
"""Links of less weight are never drawn."""


@dataclass(frozen=True, eq=False)
class Links:
    """The strongest links of a screen, strongest first.

    Attributes:
        head: Which of the screen's heads, as a place in its list, shape (link,).
        query: Position that looks, shape (link,).
        key: Position looked at, shape (link,).
        weight: From 0 to 1, shape (link,).
    """

    head: Int32[np.ndarray, " link"]
    query: Int32[np.ndarray, " link"]
    key: Int32[np.ndarray, " link"]
    weight: Float32[np.ndarray, " link"]


@dataclass(frozen=True, eq=False)
class Screen:
    """A part of the attention of some heads of one layer, thinned out to fit on a screen.

    Attributes:
        heads: Heads shown, in order.
        rows: Query positions shown.
        columns: Key positions shown.
        block: How many tokens a side one cell stands for; 1 shows every pair.
        cells: The largest weight in each cell, shape (head row column), from 0 to 1.
        open_cells: True where some query of the cell may look at some key of it, shape (row column).
        links: The strongest links of the part shown.
        possible: Number of pairs in the part shown that may look, times heads.
        weight_linked: Share of the part's attention that the links carry, from 0 to 1.
        weight_on_first: Mean share of its attention that a query shown gives the first key, from 0 to 1.
    """

    heads: tuple[int, ...]
    rows: Window
    columns: Window
    block: int
    cells: Float32[np.ndarray, "head row column"]
    open_cells: Bool[np.ndarray, "row column"]
    links: Links
    possible: int
    weight_linked: float
    weight_on_first: float

    @property
    def nbytes(self) -> int:
        """Bytes of the cells and links."""
        return self.cells.nbytes + self.open_cells.nbytes + 16 * len(self.links.weight)


def cells_a_side(heads: int) -> int:
    """The most cells a side that each of some heads gets."""
    return CELLS_A_SIDE if heads <= 2 else CELLS_A_SIDE // 2


def screen(
    trace: Trace,
    stack: Stack,
    layer: int,
    heads: Sequence[int],
    rows: Window,
    columns: Window,
    *,
    without_first: bool = False,
) -> Screen:
    """What to draw of some heads of a layer for a part of the text.

    Attention is computed some rows at a time, so that memory grows with the text and not with its square. Cells keep
    the largest weight of their block: a mean would wash sharp heads out.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        heads: Heads to show, at least one.
        rows: Query positions to show.
        columns: Key positions to show.
        without_first: Leave the first key out of the links, where many heads put what they have no use for.

    Raises:
        SelectionError: There is no such stack, layer or head.
    """
    block = max(1, -(-max(rows.size, columns.size) // cells_a_side(len(heads))))
    mask = trace.mask(stack, layer)
    cells, opened, found = [], [], _Strongest(MOST_LINKS)
    possible, total, on_first = 0, 0.0, 0.0
    step = block * max(1, ROWS_AT_A_TIME // block)
    for start in range(rows.start, rows.end, step):
        positions = np.arange(start, min(start + step, rows.end))
        weights = trace.attention(stack, layer, heads, positions)
        on_first += float(weights[:, :, 0].sum())
        weights = weights[:, :, columns.start : columns.end]
        visible = mask.rows(positions)[:, columns.start : columns.end]
        cells.append(np.stack([pool_max(head, block) for head in weights]))
        opened.append(pool_max(visible.astype(np.float32), block) > 0)
        possible += int(visible.sum()) * len(heads)
        total += float(weights.sum())
        if without_first and columns.start == 0:
            weights = weights.copy()
            weights[:, :, 0] = 0
        found.add(weights, start, columns.start)
    links = found.links()
    return Screen(
        heads=tuple(heads),
        rows=rows,
        columns=columns,
        block=block,
        cells=np.concatenate(cells, axis=1),
        open_cells=np.concatenate(opened),
        links=links,
        possible=possible,
        weight_linked=float(links.weight.sum()) / total if total else 0.0,
        weight_on_first=on_first / (len(heads) * rows.size),
    )


class _Strongest:
    """Keeps the strongest links of what has been seen."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept = np.empty((0, 4))

    def add(self, weights: Float32[np.ndarray, "head row column"], first_row: int, first_column: int) -> None:
        flat = weights.ravel()
        # What cannot be among the strongest goes first: sorting out millions of zeros takes far longer.
        order = np.flatnonzero(flat > (self._kept[-1, 0] if len(self._kept) == self._most else FAINTEST))
        if len(order) > self._most:
            order = order[np.argpartition(flat[order], -self._most)[-self._most :]]
        head, row, column = np.unravel_index(order, weights.shape)
        new = np.stack([flat[order], head, row + first_row, column + first_column], axis=1)
        both = np.concatenate([self._kept, new])
        self._kept = both[np.argsort(-both[:, 0], kind="stable")[: self._most]]

    def links(self) -> Links:
        weight, head, query, key = self._kept.T
        return Links(
            head.astype(np.int32),
            query.astype(np.int32),
            key.astype(np.int32),
            np.ascontiguousarray(weight, np.float32),
        )
