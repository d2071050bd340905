"""Layers by how far up they are, so that stacks of 6 and of 30 layers can be compared."""

from __future__ import annotations

from collections.abc import Sequence


def layer_at(layers: Sequence[int], depth: float) -> int:
    """The layer at a relative depth.

    Args:
        layers: Layer numbers from the bottom up, at least one.
        depth: From 0, the first layer, to 1, the last.
    """
    return layers[round(min(max(depth, 0.0), 1.0) * (len(layers) - 1))]
