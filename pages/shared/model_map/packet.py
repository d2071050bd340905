"""What the drawing of a model map is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from llm_core.measures.model_map import MapStack, ModelMap
from llm_core.measures.parameters import Block
from llm_core.numbers import percent
from pages.shared.components.model_map import LayerRun, ModelMapHeader, ModelMapStack
from pages.shared.components.packing import pack

BLOCKS: tuple[Block, ...] = ("attention", "cross_attention", "feed_forward", "normalisation", "other")
"""Blocks of a layer, in the order in which each layer's numbers are sent."""


def map_packet(drawn: ModelMap, page: str, *, large: bool = False) -> bytes:
    """A map for a page.

    Args:
        drawn: Which model.
        page: The page's address, without a slash; empty for the front page.
        large: With words in the drawing.
    """
    measured = drawn.geometry
    header: ModelMapHeader = {
        "name": drawn.name,
        "family": drawn.family,
        "page": page,
        "large": large,
        "stacks": [_stack(stack) for stack in drawn.stacks],
        "embedding": drawn.embedding,
        "head": drawn.head,
        "total": drawn.total,
        "width": measured.d_model,
        "headWidth": measured.d_head,
        "inner": measured.d_feed_forward,
        "vocabulary": measured.vocabulary,
        "positions": measured.positions,
        "limit": measured.token_limit,
        "hasHead": measured.has_head,
    }
    return pack(header, {})


def _stack(stack: MapStack) -> ModelMapStack:
    """A stack; layers that are alike are sent once, with how many there are."""
    return {
        "stack": stack.stack,
        "heads": stack.heads,
        "shared": stack.key_value_heads,
        "crossHeads": stack.cross_heads,
        "layers": _runs(stack.layers),
        "beside": sum(stack.beside.values()),
    }


def _runs(layers: Sequence[Mapping[Block, int]]) -> list[LayerRun]:
    def numbers(layer: Mapping[Block, int]) -> tuple[int, int, int, int, int]:
        attention, cross, feed_forward, norm, other = (layer.get(block, 0) for block in BLOCKS)
        return attention, cross, feed_forward, norm, other

    return [(len(list(alike)), *each) for each, alike in groupby(map(numbers, layers))]


def table(drawn: ModelMap) -> Mapping[str, list[str]]:
    """Every block of a map with its number of layers and parameters, and the sum."""
    rows: list[tuple[str, str, int]] = [("embedding, tokens and positions", "", drawn.embedding)]
    for stack in drawn.stacks:
        prefix = f"{stack.stack}: " if len(drawn.stacks) > 1 else ""
        for block in BLOCKS:
            counts = [layer[block] for layer in stack.layers if block in layer]
            if counts:
                rows.append((prefix + NAMES[block], str(len(counts)), sum(counts)))
        if stack.beside:
            rows.append((f"{prefix}outside its layers, such as the last normalisation", "", sum(stack.beside.values())))
    if drawn.head:
        rows.append(("output head", "", drawn.head))
    if drawn.other:
        rows.append(("other", "", sum(drawn.other.values())))
    total = drawn.total
    rows.append(("all", "", total))
    return {
        "block": [name for name, _, _ in rows],
        "in layers": [layers for _, layers, _ in rows],
        "parameters": [f"{count:,}" for _, _, count in rows],
        "share": [percent(count / max(total, 1)) for _, _, count in rows],
    }


NAMES: dict[Block, str] = {
    "attention": "attention",
    "cross_attention": "cross-attention",
    "feed_forward": "feed-forward",
    "normalisation": "normalisation",
    "other": "other parts",
}
