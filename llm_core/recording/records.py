"""What one attention layer was given, kept so that its weights can be computed when asked for.

Arrays here are read-only numpy arrays on the CPU. They hold no torch object and no model, so a record
pickles, crosses processes and is safe to share between threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Integer

from llm_core.errors import SelectionError
from llm_core.recording.masks import MaskRecord, check_rows
from llm_core.shapes import Attention, Key, Query, QueryPositions, Value

LOWEST = float(np.finfo(np.float32).min)


@dataclass(frozen=True, eq=False)
class ToeplitzBias:
    """A position bias that depends on the distance from query to key only (T5, ALiBi).

    Attributes:
        diagonals: The bias by distance, shape (head, query + key - 1): entry
            ``query_count - 1 + key - query`` belongs to the pair (query, key). Added to the scaled scores.
        queries: Number of queries.
    """

    diagonals: Float32[np.ndarray, "head distance"]
    queries: int

    def __post_init__(self) -> None:
        self.diagonals.setflags(write=False)

    def rows(self, head: int, queries: Integer[np.ndarray, " query"]) -> Float32[np.ndarray, "query key"]:
        """The bias of some query rows of one head, shape (query key)."""
        line = self.diagonals[head if len(self.diagonals) > 1 else 0]
        keys = len(line) - self.queries + 1
        return np.lib.stride_tricks.sliding_window_view(line, keys)[self.queries - 1 - queries]


@dataclass(frozen=True, eq=False)
class DenseBias:
    """A bias of the scores with no structure that could be kept in less.

    Attributes:
        values: Shape (head query key), or one head that serves all. Added to the scaled scores.
    """

    values: Attention

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    def rows(self, head: int, queries: Integer[np.ndarray, " query"]) -> Float32[np.ndarray, "query key"]:
        """The bias of some query rows of one head, shape (query key)."""
        return self.values[head if len(self.values) > 1 else 0][queries]


@dataclass(frozen=True, eq=False)
class AttentionRecord:
    """Queries, keys and values of one attention layer, as they entered the softmax.

    ``softmax(softcap(query · key * scaling) + bias)`` over the keys that the mask leaves open is the layer's
    attention (Vaswani et al. 2017, section 3.2.1; relative bias: Raffel et al. 2020, section 2.1;
    softcap: Gemma 2, 2024; sink: gpt-oss, 2025).

    Attributes:
        query: After position encoding, shape (head query d_head).
        key: After position encoding, before key/value heads are repeated, shape (key_value_head key d_head).
        value: Shape (key_value_head key d_value).
        mask: Which key each query may look at.
        scaling: Factor on the dot products, usually ``d_head ** -0.5``; 1.0 in T5.
        bias: Position bias added to the scaled scores, or None.
        softcap: Scores are squashed into (-softcap, softcap) by a tanh, or None.
        sink: One learned score per head that competes in the softmax without being a token, shape (head,), or
            None. Rows of such a layer sum to less than 1.
    """

    query: Query
    key: Key
    value: Value
    mask: MaskRecord
    scaling: float
    bias: ToeplitzBias | DenseBias | None = None
    softcap: float | None = None
    sink: Float32[np.ndarray, " head"] | None = None

    def __post_init__(self) -> None:
        heads, queries, width = self.query.shape
        key_value_heads, keys, key_width = self.key.shape
        if key_width != width or heads % key_value_heads or self.value.shape[:2] != self.key.shape[:2]:
            raise ValueError(
                "Expected query (head query d_head), key (key_value_head key d_head) and value "
                "(key_value_head key d_value) with heads a multiple of key_value_heads, got "
                f"{self.query.shape}, {self.key.shape} and {self.value.shape}."
            )
        if (self.mask.queries, self.mask.keys) != (queries, keys):
            raise ValueError(
                f"Expected a mask of {queries} queries and {keys} keys, got one of "
                f"{self.mask.queries} and {self.mask.keys}."
            )
        for array in (self.query, self.key, self.value, self.sink):
            if array is not None:
                array.setflags(write=False)

    @property
    def heads(self) -> int:
        """Number of query heads."""
        return self.query.shape[0]

    @property
    def key_value_heads(self) -> int:
        """Number of heads that own keys and values."""
        return self.key.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays this record refers to."""
        return self.query.nbytes + self.key.nbytes + self.value.nbytes

    def weights(self, heads: Sequence[int] | None = None, queries: QueryPositions | None = None) -> Attention:
        """The attention of some heads and query rows, computed now.

        Args:
            heads: Heads in the order wanted, each from 0; None for all.
            queries: Query positions in the order wanted, each from 0; None for all.

        Returns:
            float32, shape (head query key). Rows sum to 1, or to less if the layer has a sink.

        Raises:
            SelectionError: A head or query does not exist.
        """
        chosen = check_heads(heads, self.heads)
        count = self.mask.queries
        rows = np.arange(count, dtype=np.int32) if queries is None else check_rows(queries, count)
        keys = self.mask.span(rows)
        ceiling = np.where(self.mask.rows(rows)[:, keys], np.float32(np.inf), np.float32(LOWEST))
        attention = np.zeros((len(chosen), len(rows), self.mask.keys), np.float32)
        for place, head in enumerate(chosen):
            self._head_weights(head, rows, keys, ceiling, out=attention[place, :, keys])
        return attention

    def _head_weights(self, head: int, rows: np.ndarray, keys: slice, ceiling: np.ndarray, out: np.ndarray) -> None:
        key = self.key[head * self.key_value_heads // self.heads, keys]
        np.matmul(self.query[head, rows], key.T, out=out)
        out *= np.float32(self.scaling)
        if self.softcap is not None:
            np.tanh(out / np.float32(self.softcap), out=out)
            out *= np.float32(self.softcap)
        if self.bias is not None:
            out += self.bias.rows(head, rows)[:, keys]
        np.minimum(out, ceiling, out=out)
        highest = out.max(axis=-1, keepdims=True)
        if self.sink is not None:
            np.maximum(highest, self.sink[head], out=highest)
        out -= highest
        np.exp(out, out=out)
        total = out.sum(axis=-1, keepdims=True)
        if self.sink is not None:
            total += np.exp(self.sink[head] - highest)
        out /= total


@dataclass(frozen=True, eq=False)
class StoredAttention:
    """Attention that a model computed itself, for models whose queries and keys cannot be recorded.

    Attributes:
        attention: Shape (head query key); rows sum to 1.
        mask: Which key each query may look at, read off the weights: True where any head puts weight.
    """

    attention: Attention
    mask: MaskRecord

    def __post_init__(self) -> None:
        self.attention.setflags(write=False)

    @property
    def heads(self) -> int:
        """Number of query heads."""
        return self.attention.shape[0]

    @property
    def key_value_heads(self) -> int:
        """Number of heads; a stored layer does not tell grouped heads."""
        return self.heads

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays this record refers to."""
        return self.attention.nbytes

    def weights(self, heads: Sequence[int] | None = None, queries: QueryPositions | None = None) -> Attention:
        """The attention of some heads and query rows; see :meth:`AttentionRecord.weights`."""
        chosen = self.attention[check_heads(heads, self.heads)]
        return chosen if queries is None else chosen[:, check_rows(queries, self.mask.queries)]


def check_heads(heads: Sequence[int] | None, count: int) -> list[int]:
    """Head numbers as a list, or a SelectionError that says which heads exist."""
    if heads is None:
        return list(range(count))
    if not isinstance(heads, Iterable):
        raise SelectionError(f"Expected a list of heads from 0 to {count - 1}, got {heads!r}.")
    chosen = list(heads)
    if any(not isinstance(head, int | np.integer) or not 0 <= head < count for head in chosen):
        raise SelectionError(f"Expected heads from 0 to {count - 1}, got {chosen}.")
    return [int(head) for head in chosen]
