"""Which key each query may look at, in memory that grows with the text and not with its square.

A mask of a Transformer is nearly always, for each query, one run of keys (all of them, those up to
itself, a window, a chunk) minus keys that nobody may look at (padding). Two integers a query and one
bit a key say that exactly. A mask that is not of this form is kept as packed bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Int32, Integer, UInt8

from llm_core.errors import SelectionError
from llm_core.shapes import Mask, QueryPositions

MaskKind: TypeAlias = Literal["full", "causal", "sliding window", "other"]


@dataclass(frozen=True, eq=False)
class MaskRecord:
    """Which key each query may look at.

    Attributes:
        first: First key of each query's run, shape (query,).
        end: One past the last key of each query's run, shape (query,).
        visible: Keys that anybody may look at, shape (key,); padding is False.
        packed: Only for masks that are not one run a query: the whole mask, packed eight keys a
            byte, shape (query, ceil(key / 8)).
    """

    first: Int32[np.ndarray, " query"]
    end: Int32[np.ndarray, " query"]
    visible: Bool[np.ndarray, " key"]
    packed: UInt8[np.ndarray, "query key_byte"] | None = None

    def __post_init__(self) -> None:
        if self.first.shape != self.end.shape or self.first.ndim != 1:
            raise ValueError(
                f"Expected one first and one end per query, got shapes {self.first.shape} and {self.end.shape}."
            )
        for array in (self.first, self.end, self.visible, self.packed):
            if array is not None:
                array.setflags(write=False)

    @property
    def queries(self) -> int:
        """Number of queries."""
        return len(self.first)

    @property
    def keys(self) -> int:
        """Number of keys."""
        return len(self.visible)

    @property
    def looks_ahead(self) -> bool:
        """True if any query may look at a key behind its own place, in a square mask."""
        if self.packed is not None:
            blocks = _blocks(self.queries)
            return any(bool(np.triu(self.rows(block), block.start + 1).any()) for block in blocks)
        open_before = np.append(0, np.cumsum(self.visible))
        start = np.minimum(np.maximum(self.first, np.arange(1, self.queries + 1)), self.keys)
        return bool((open_before[np.maximum(self.end, start)] > open_before[start]).any())

    def rows(self, queries: Integer[np.ndarray, " query"] | slice = slice(None)) -> Mask:
        """True where a query may look, shape (query key), for the chosen query rows."""
        if self.packed is not None:
            chosen = self.packed[queries]
            return np.unpackbits(chosen, axis=-1, count=self.keys).astype(bool)
        key = np.arange(self.keys, dtype=np.int32)
        first, end = self.first[queries][:, None], self.end[queries][:, None]
        return (key >= first) & (key < end) & self.visible

    def span(self, queries: Integer[np.ndarray, " query"]) -> slice:
        """The keys between which all that some queries may look at lies; all keys if one of them sees none."""
        first, end = self.first[queries], self.end[queries]
        if not queries.size or (first >= end).any():
            return slice(0, self.keys)
        return slice(int(first.min()), int(end.max()))

    @property
    def has_padding(self) -> bool:
        """True if some keys are closed to every query."""
        return not bool(self.visible.all())

    @property
    def kind(self) -> MaskKind:
        """The mask's shape in the field's words, padding aside."""
        seen = np.flatnonzero(self.visible)
        if self.packed is not None or not seen.size:
            return "other"
        looking = np.flatnonzero(self.first < self.end)
        first = np.maximum(self.first[looking] - seen[0], 0)
        end = np.minimum(self.end, seen[-1] + 1)[looking]
        if first.any():
            runs_move_on = np.isin(np.diff(first), (0, 1)).all() and np.isin(np.diff(end), (0, 1)).all()
            return "sliding window" if runs_move_on else "other"
        if (end == seen[-1] + 1).all():
            return "full"
        upper_left = looking + 1
        return "causal" if (end == np.minimum(upper_left, seen[-1] + 1)).all() else "other"


def full_mask(queries: int, keys: int) -> MaskRecord:
    """Every query may look at every key."""
    return MaskRecord(
        first=np.zeros(queries, np.int32),
        end=np.full(queries, keys, np.int32),
        visible=np.ones(keys, bool),
    )


def causal_mask(queries: int, keys: int) -> MaskRecord:
    """Query ``i`` may look at keys ``0`` to ``i`` (aligned at the upper left, as SDPA does)."""
    end = np.minimum(np.arange(1, queries + 1, dtype=np.int32), np.int32(keys))
    return MaskRecord(first=np.zeros(queries, np.int32), end=end, visible=np.ones(keys, bool))


def compact_mask(mask: Mask) -> MaskRecord:
    """Keep a boolean mask, True where a query may look, without its quadratic size if possible.

    Args:
        mask: Shape (query key).
    """
    visible = np.asarray(mask.any(axis=0))
    some = mask.any(axis=1)
    first = np.where(some, mask.argmax(axis=1), 0).astype(np.int32)
    end = np.where(some, mask.shape[1] - mask[:, ::-1].argmax(axis=1), 0).astype(np.int32)
    record = MaskRecord(first=first, end=end, visible=visible)
    if all(np.array_equal(record.rows(rows), mask[rows]) for rows in _blocks(len(mask))):
        return record
    return MaskRecord(first=first, end=end, visible=visible, packed=np.packbits(mask, axis=1))


def _blocks(queries: int, size: int = 512) -> list[slice]:
    return [slice(start, start + size) for start in range(0, queries, size)]


def check_rows(queries: QueryPositions, count: int) -> Int32[np.ndarray, " query"]:
    """Row numbers as an array, or a SelectionError that says which rows exist."""
    try:
        rows = np.asarray(queries)
    except ValueError as error:
        raise SelectionError(f"Expected a list of query positions, got {queries!r}.") from error
    if rows.ndim != 1 or (rows.size and not np.issubdtype(rows.dtype, np.integer)):
        raise SelectionError(f"Expected a list of query positions, got {queries!r}.")
    if rows.size and (rows.min() < 0 or rows.max() >= count):
        raise SelectionError(f"Expected query positions from 0 to {count - 1}, got {sorted(set(rows.tolist()))}.")
    return rows.astype(np.int32)
