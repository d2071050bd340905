"""What a screen shows of one head's attention: a part of its matrix, thinned out to fit, and its strongest links."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32

from llm_core.figures.windows import Window, pool_max
from llm_core.heads.captions import Habit, HabitSums
from llm_core.order import largest
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Mask, Stack

MOST_CELLS = 230_000
"""The most cells that all heads of a layer have together, so that all of them can be sent before one is asked for."""

LARGEST_SIDE, SMALLEST_SIDE = 160, 32

MOST_LINKS = 300
ROWS_AT_A_TIME = 256

FAINTEST = 0.001
"""Links of less weight are never drawn."""


@dataclass(frozen=True, eq=False)
class Links:
    """The strongest links of a screen, strongest first: :data:`MOST_LINKS` whether or not the first key counts.

    Attributes:
        query: Position that looks, shape (link,).
        key: Position looked at, shape (link,).
        weight: From 0 to 1, shape (link,).
    """

    query: Int32[np.ndarray, " link"]
    key: Int32[np.ndarray, " link"]
    weight: Float32[np.ndarray, " link"]


@dataclass(frozen=True, eq=False)
class Screen:
    """A part of the attention of one head, thinned out to fit on a screen.

    Attributes:
        head: From 0.
        rows: Query positions shown.
        columns: Key positions shown.
        block: How many tokens a side one cell stands for; 1 shows every pair.
        cells: The largest weight in each cell, shape (row column), from 0 to 1.
        open_cells: True where some query of the cell may look at some key of it, shape (row column).
        links: The strongest links of the part shown.
        possible: Number of pairs in the part shown that may look.
        total: The weights of the part shown, added up.
        habits: How much goes to each fixed position, strongest first; empty where queries and keys are of two texts.
        weight_on_first: Mean share of its attention that a query shown gives the text's first key, from 0 to 1; of
            self-attention the first query is left out. None if no query is left, or the first key is not shown.
    """

    head: int
    rows: Window
    columns: Window
    block: int
    cells: Float32[np.ndarray, "row column"]
    open_cells: Bool[np.ndarray, "row column"]
    links: Links
    possible: int
    total: float
    habits: tuple[Habit, ...]
    weight_on_first: float | None

    @property
    def nbytes(self) -> int:
        """Bytes of the cells and links."""
        return self.cells.nbytes + self.open_cells.nbytes + 12 * len(self.links.weight)


def cells_a_side(heads: int) -> int:
    """The most cells a side that each head of a layer of so many heads gets."""
    return int(np.clip(np.sqrt(MOST_CELLS / heads), SMALLEST_SIDE, LARGEST_SIDE))


def block_of(heads: int, rows: Window, columns: Window) -> int:
    """How many tokens a side one cell of a layer of so many heads stands for; 1 where every pair is shown."""
    return max(1, -(-max(rows.size, columns.size) // cells_a_side(heads)))


def screens(
    trace: Trace, stack: Stack, layer: int, heads: Sequence[int], rows: Window, columns: Window
) -> tuple[Screen, ...]:
    """What to draw of some heads of a layer for a part of the text, one screen a head.

    Attention is computed some rows at a time, so that memory grows with the text and not with its square. Cells keep
    the largest weight of their block: a mean would wash sharp heads out.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        heads: Heads to show, at least one.
        rows: Query positions to show.
        columns: Key positions to show.

    Raises:
        SelectionError: There is no such stack, layer or head.
    """
    block = block_of(trace.heads(stack, layer), rows, columns)
    mask = trace.mask(stack, layer)
    sink = trace.has_sink(stack, layer)
    habits = [HabitSums(columns.start, sink=sink, alibi=trace.alibi) if stack != "cross" else None for _ in heads]
    begun = [_Begun(rows, columns, block, one) for one in habits]
    opened, possible = [], 0
    step = block * max(1, ROWS_AT_A_TIME // block)
    for start in range(rows.start, rows.end, step):
        positions = np.arange(start, min(start + step, rows.end))
        may_look = mask.rows(positions)
        visible = may_look[:, columns.start : columns.end]
        opened.append(pool_max(visible, block))
        possible += int(visible.sum())
        reached = _reached(visible, block)
        for place, weights in enumerate(trace.attention(stack, layer, heads, positions)):
            begun[place].add(weights, start, reached, may_look)
    open_cells = np.concatenate(opened)
    return tuple(
        Screen(
            head=int(head),
            rows=rows,
            columns=columns,
            block=block,
            cells=one.cells,
            open_cells=open_cells,
            links=one.links(),
            possible=possible,
            total=one.total,
            habits=one.habits(),
            weight_on_first=one.weight_on_first(),
        )
        for head, one in zip(heads, begun, strict=True)
    )


def together(parts: Sequence[Sequence[Screen]]) -> tuple[Screen, ...]:
    """Screens that were made apart from one another, so that each can be kept, one after the other."""
    return tuple(one for part in parts for one in part)


def screens_in_time(
    trace: Trace, stack: Stack, layer: int, heads: Sequence[int], rows: Window, columns: Window, seconds: float
) -> tuple[Screen, ...]:
    """The screens of as many heads, from the first on, as can be made in the time given; as :func:`screens`."""
    until = time.monotonic() + seconds
    made: list[Screen] = []
    for head in heads:
        made += screens(trace, stack, layer, [head], rows, columns)
        if time.monotonic() > until:
            break
    return tuple(made)


def _reached(visible: Bool[np.ndarray, "row column"], block: int) -> int:
    """How many columns some row may look at, in whole blocks: what lies behind need not be read."""
    seen = np.flatnonzero(visible.any(axis=0))
    last = int(seen[-1]) + 1 if len(seen) else 0
    return min(visible.shape[1], -(-last // block) * block)


class _Begun:
    """One head's screen while its rows come in."""

    def __init__(self, rows: Window, columns: Window, block: int, habits: HabitSums | None) -> None:
        self._rows, self._columns, self._block = rows, columns, block
        self._habits = habits
        self._all, self._without_first = _Strongest(MOST_LINKS), _Strongest(MOST_LINKS)
        self.cells = np.zeros((-(-rows.size // block), -(-columns.size // block)), np.float32)
        self.total, self._on_first, self._lookers = 0.0, 0.0, 0

    def add(self, weights: Float32[np.ndarray, "row key"], first_row: int, reached: int, may_look: Mask) -> None:
        columns = self._columns
        if self._habits is not None:
            self._habits.add(weights[:, columns.start : columns.end], first_row, may_look)
        if columns.start == 0:
            others = weights[1 if self._habits is not None and first_row == 0 else 0 :, 0]
            self._on_first += float(others.sum(dtype=np.float64))
            self._lookers += len(others)
        if not reached:
            return
        shown = np.ascontiguousarray(weights[:, columns.start : columns.start + reached])
        pooled = pool_max(shown, self._block)
        top = (first_row - self._rows.start) // self._block
        self.cells[top : top + pooled.shape[0], : pooled.shape[1]] = pooled
        self.total += float(shown.sum(dtype=np.float64))
        self._all.add(shown, first_row, columns.start)
        if columns.start == 0:
            shown[:, 0] = 0
            self._without_first.add(shown, first_row, 0)

    def habits(self) -> tuple[Habit, ...]:
        return () if self._habits is None else self._habits.found()

    def weight_on_first(self) -> float | None:
        return self._on_first / self._lookers if self._lookers else None

    def links(self) -> Links:
        kept = self._all.kept
        if self._columns.start == 0:
            kept = np.concatenate([kept[kept[:, 2] == 0], self._without_first.kept])
            kept = kept[np.argsort(-kept[:, 0], kind="stable")]
        weight, query, key = kept.T
        return Links(query.astype(np.int32), key.astype(np.int32), np.ascontiguousarray(weight, np.float32))


class _Strongest:
    """Keeps the strongest links of what has been seen: rows of weight, query and key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.kept = np.empty((0, 3))

    def add(self, weights: Float32[np.ndarray, "row column"], first_row: int, first_column: int) -> None:
        flat = weights.ravel()
        # What cannot be among the strongest goes first: sorting out millions of zeros takes far longer.
        order = np.flatnonzero(flat > (self.kept[-1, 0] if len(self.kept) == self._most else FAINTEST))
        order = order[largest(flat[order], self._most)]
        row, column = np.unravel_index(order, weights.shape)
        new = np.stack([flat[order], row + first_row, column + first_column], axis=1)
        both = np.concatenate([self.kept, new])
        self.kept = both[np.argsort(-both[:, 0], kind="stable")[: self._most]]
