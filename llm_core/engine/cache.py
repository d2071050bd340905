"""What was used last is kept, up to a number of entries and of bytes."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar

import numpy as np

Item = TypeVar("Item")


class BoundedCache(Generic[Item]):
    """Keeps what was used last; the newest entry always stays.

    Args:
        most_items: So many entries are kept.
        most_bytes: So many bytes, by ``size``.
        size: Bytes of an entry.
    """

    def __init__(self, most_items: int, most_bytes: int, size: Callable[[Item], int] | None = None) -> None:
        self._items: OrderedDict[Hashable, tuple[Item, int]] = OrderedDict()
        self._most_items, self._most_bytes, self._size = most_items, most_bytes, size or size_of
        self._lock = threading.Lock()
        self._bytes = 0

    def get(self, key: Hashable) -> Item | None:
        """The entry of a key, which thereby becomes the one used last."""
        with self._lock:
            known = self._items.get(key)
            if known is None:
                return None
            self._items.move_to_end(key)
            return known[0]

    def put(self, key: Hashable, item: Item) -> None:
        """Keep an entry, and let go of those used longest ago that no longer fit."""
        size = self._size(item)
        with self._lock:
            self._bytes += size - self._items.get(key, (None, 0))[1]
            self._items[key] = (item, size)
            self._items.move_to_end(key)
            while len(self._items) > 1 and (len(self._items) > self._most_items or self._bytes > self._most_bytes):
                _, (_, freed) = self._items.popitem(last=False)
                self._bytes -= freed

    def keys(self) -> list[Any]:
        """What is kept, by key, what was used last at the end."""
        with self._lock:
            return list(self._items)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._items.clear()
            self._bytes = 0

    def __len__(self) -> int:
        return len(self._items)


def size_of(value: Any) -> int:
    """About how many bytes a value takes: what it says itself, or arrays, texts and whatever holds them."""
    return _size_of(value, set())


def _size_of(value: Any, seen: set[int]) -> int:
    if isinstance(value, np.ndarray):
        base = value if value.base is None else value.base
        if id(base) in seen:
            return 0
        seen.add(id(base))
        return value.nbytes + 112
    if isinstance(value, str | bytes | bool | int | float | None):
        return sys.getsizeof(value)
    if id(value) in seen:
        return 0
    seen.add(id(value))
    said = getattr(value, "nbytes", None)
    if isinstance(said, int):
        return said
    if isinstance(value, Mapping):
        return 64 + sum(_size_of(key, seen) + _size_of(one, seen) for key, one in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return 64 + sum(_size_of(one, seen) for one in value)
    if is_dataclass(value):
        return 64 + sum(_size_of(getattr(value, one.name, None), seen) for one in fields(value))
    return sys.getsizeof(value)
