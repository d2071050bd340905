"""What is asked of a large record where it is: rows, blocks, fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from llm_core.generation.step import StepLayer
from llm_core.shapes import Attention


def inside(whole: Any, path: Sequence[str | int]) -> Any:
    """What stands at a path within a record: attributes by name, entries of mappings and sequences by key."""
    found = whole
    for step in path:
        by_key = isinstance(found, Mapping) or isinstance(step, int)
        found = found[step] if by_key else getattr(found, str(step))
    return found


def rows(array: np.ndarray, index: Any) -> Any:
    """What an index takes of an array, as an array of its own; all of it for None."""
    taken = array if index is None else np.asarray(array)[_index(index)]
    return np.array(taken) if isinstance(taken, np.ndarray) else taken


def _index(index: Any) -> Any:
    if isinstance(index, tuple) and index and index[0] == "slice":
        return slice(*index[1:])
    if isinstance(index, tuple) and index and index[0] == "several":
        return tuple(map(_index, index[1:]))
    return index


def weights(record: Any, heads: Sequence[int], queries: Sequence[int] | None) -> Attention:
    """Attention of a layer's record, or of a step's layer, float32, shape (head query key)."""
    record = record.record if isinstance(record, StepLayer) else record
    found: Attention = record.weights(heads, None if queries is None else np.asarray(queries, np.int64))
    return found


def fields_of(record: Any, names: Sequence[str]) -> dict[str, Any]:
    """Fields of a record by name."""
    record = record.record if isinstance(record, StepLayer) else record
    return {name: getattr(record, name) for name in names}
