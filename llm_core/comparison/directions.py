"""Where attention goes: back, to itself, forward, to the first token; in cross-attention to words or to marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float32

from llm_core.heads.attention_blocks import AttentionBlock, attention_blocks
from llm_core.recording.trace_record import Trace
from llm_core.shapes import QueryPositions, Stack
from llm_core.text.tokens import Token

Direction: TypeAlias = Literal["first token", "back", "itself", "forward", "words", "marks"]

SELF_DIRECTIONS: tuple[Direction, ...] = ("first token", "back", "itself", "forward")
"""``"first token"`` is what later tokens give the first one; ``"back"`` is all earlier tokens but the first."""

CROSS_DIRECTIONS: tuple[Direction, ...] = ("words", "marks")
"""``"words"`` are tokens of the source with a letter or digit; ``"marks"`` are punctuation and special tokens."""


@dataclass(frozen=True, eq=False)
class Directions:
    """Shares of the attention of each head of a stack, averaged over the tokens that look.

    Attributes:
        layers: Layer numbers, one for each row.
        names: One for each direction; :data:`SELF_DIRECTIONS` or :data:`CROSS_DIRECTIONS`.
        shares: From 0 to 1, shape (layer head direction). They add up to 1 for each head, or to less where a layer
            has a learned sink; NaN where a layer has fewer heads than others.
    """

    layers: tuple[int, ...]
    names: tuple[Direction, ...]
    shares: Float32[np.ndarray, "layer head direction"]

    def __post_init__(self) -> None:
        self.shares.setflags(write=False)

    @property
    def by_layer(self) -> Float32[np.ndarray, "layer direction"]:
        """Means over heads, shape (layer direction)."""
        return np.nanmean(self.shares, axis=1)

    def overall(self, name: Direction) -> float:
        """One direction's share, averaged over layers and heads, from 0 to 1."""
        return float(np.nanmean(self.shares[..., self.names.index(name)]))


def directions(trace: Trace, stack: Stack, *, queries: QueryPositions | None = None) -> Directions:
    """Where the attention of every head of a stack goes, read a few rows at a time.

    Args:
        trace: What a model did with a text.
        stack: One of ``trace.stacks``.
        queries: Positions of the queries to read, from 0; None for all. A spread sample makes long texts fast.

    Raises:
        SelectionError: There is no such stack or query.
    """
    sums = DirectionSums(trace, stack)
    for layer in trace.layers(stack):
        for block in attention_blocks(trace, stack, layer, queries=queries):
            sums.add(block)
    return sums.directions()


class DirectionSums:
    """Adds up directions block by block, for those who read the same blocks for something else as well."""

    def __init__(self, trace: Trace, stack: Stack) -> None:
        self._layers = trace.layers(stack)
        self._names = CROSS_DIRECTIONS if stack == "cross" else SELF_DIRECTIONS
        self._padding = np.array([token.is_padding for token in trace.query_tokens(stack)], bool)
        keys = trace.key_tokens(stack)
        self._is_word = np.array([token.is_word for token in keys], bool)
        self._first = first_position(keys)
        self._sums = {
            layer: np.zeros((trace.heads(stack, layer), len(self._names)), np.float64) for layer in self._layers
        }
        self._rows = dict.fromkeys(self._layers, 0)

    def add(self, block: AttentionBlock) -> None:
        """Take a block into account; each row of a layer should come once."""
        looking = ~self._padding[block.queries]
        weights, rows = block.weights[:, looking], block.queries[looking]
        if self._names == CROSS_DIRECTIONS:
            masks = [self._is_word[None], ~self._is_word[None]]
        else:
            masks = self._self_masks(rows)
        for place, mask in enumerate(masks):
            chosen = np.broadcast_to(mask, weights.shape[1:]).astype(np.float32)
            self._sums[block.layer][:, place] += np.einsum("hqk,qk->h", weights, chosen, dtype=np.float64)
        self._rows[block.layer] += len(rows)

    def directions(self) -> Directions:
        """The shares over all blocks added so far."""
        most = max(len(sums) for sums in self._sums.values())
        shares = np.full((len(self._layers), most, len(self._names)), np.nan, np.float32)
        for place, layer in enumerate(self._layers):
            sums = self._sums[layer]
            shares[place, : len(sums)] = sums / max(self._rows[layer], 1)
        return Directions(self._layers, self._names, shares)

    def _self_masks(self, rows: np.ndarray) -> list[np.ndarray]:
        key = np.arange(len(self._is_word))
        row = rows[:, None]
        first = (key == self._first) & (row > self._first)
        return [first, (key < row) & ~first, key == row, key > row]


def first_position(tokens: Sequence[Token]) -> int:
    """Position of the first token that is no padding."""
    return next((place for place, token in enumerate(tokens) if not token.is_padding), 0)
