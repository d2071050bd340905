"""Keys and values of one attention layer, kept once while a text grows token by token."""

from __future__ import annotations

from typing import Any

import numpy as np

from llm_core.shapes import Key, Value


class GrowingKeys:
    """Rows are only ever added, so every step of a generation can look at its own beginning of the same memory.

    A step that ends at token ``n`` reads the first ``n`` rows; what later steps add lies behind them.
    """

    def __init__(self, key: np.ndarray, value: np.ndarray) -> None:
        self.length = key.shape[1]
        self._key, self._value = np.array(key, np.float32), np.array(value, np.float32)

    def append(self, key: np.ndarray, value: np.ndarray) -> None:
        """Add the rows of new tokens, shapes (key_value_head key d_head) and (key_value_head key d_value)."""
        end = self.length + key.shape[1]
        if end > self._key.shape[1]:
            self._key, self._value = _with_room(self._key, self.length, end), _with_room(self._value, self.length, end)
        self._key[:, self.length : end] = key
        self._value[:, self.length : end] = value
        self.length = end

    def first(self, count: int) -> tuple[Key, Value]:
        """Keys and values of the first tokens, read-only views."""
        key, value = self._key[:, :count], self._value[:, :count]
        key.setflags(write=False)
        value.setflags(write=False)
        return key, value

    def bytes_of(self, tokens: int) -> int:
        """Bytes that the keys and values of some tokens take."""
        heads, _, width = self._key.shape
        return heads * tokens * (width + self._value.shape[2]) * self._key.itemsize

    def __getstate__(self) -> dict[str, Any]:
        key, value = self.first(self.length)
        return {"length": self.length, "_key": np.array(key), "_value": np.array(value)}


def _with_room(rows: np.ndarray, used: int, wanted: int) -> np.ndarray:
    larger = np.empty((rows.shape[0], max(wanted, used + used // 2 + 16), rows.shape[2]), np.float32)
    larger[:, :used] = rows[:, :used]
    return larger
