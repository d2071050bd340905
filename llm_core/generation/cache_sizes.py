"""How much the library's key/value cache holds, measured on the cache itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer, DynamicSlidingWindowLayer, EncoderDecoderCache

from llm_core.generation.step import CacheLayer
from llm_core.shapes import Stack


def cache_layers(cache: object, heads: Mapping[tuple[Stack, int], int]) -> tuple[CacheLayer, ...]:
    """What each layer of a cache holds now; nothing for a model that keeps no cache of the library's kind.

    Args:
        cache: What the model keeps between two steps.
        heads: Query heads by stack and layer, where they are known.
    """
    if isinstance(cache, EncoderDecoderCache):
        parts: tuple[tuple[Stack, Any], ...] = (
            ("decoder", cache.self_attention_cache),
            ("cross", cache.cross_attention_cache),
        )
    else:
        parts = (("decoder", cache),)
    return tuple(layer for stack, part in parts if isinstance(part, Cache) for layer in _of(part, stack, heads))


def _of(cache: Any, stack: Stack, heads: Mapping[tuple[Stack, int], int]) -> Iterator[CacheLayer]:
    for number, layer in enumerate(cache.layers):
        keys = getattr(layer, "keys", None)
        if type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) and isinstance(keys, torch.Tensor):
            size = keys.nbytes + layer.values.nbytes
        else:
            size = _bytes(vars(layer).values())
        if not size:
            continue
        if isinstance(keys, torch.Tensor) and keys.ndim == 4:
            _, owners, tokens, _ = keys.shape
        else:
            owners, tokens = heads.get((stack, number), 1), 0
        yield CacheLayer(stack, number, tokens, heads.get((stack, number), owners), owners, size)


def _bytes(values: Iterable[object]) -> int:
    """Bytes of the floating-point tensors among values and in lists and dictionaries; counters are no contents."""
    total = 0
    for value in values:
        if isinstance(value, torch.Tensor):
            total += value.nbytes if value.is_floating_point() else 0
        elif isinstance(value, list | tuple):
            total += _bytes(value)
        elif isinstance(value, dict):
            total += _bytes(value.values())
    return total
