"""How much the library's key/value cache holds, measured on the cache itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from transformers.cache_utils import Cache, EncoderDecoderCache

from llm_core.generation_step import CacheLayer
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
        size = sum(tensor.nbytes for tensor in _tensors(vars(layer).values()))
        if not size:
            continue
        keys = getattr(layer, "keys", None)
        if isinstance(keys, torch.Tensor) and keys.ndim == 4:
            owners, tokens = int(keys.shape[1]), int(keys.shape[2])
        else:
            owners, tokens = heads.get((stack, number), 1), 0
        yield CacheLayer(
            stack=stack,
            layer=number,
            tokens=tokens,
            heads=heads.get((stack, number), owners),
            key_value_heads=owners,
            nbytes=size,
        )


def _tensors(values: Iterable[object]) -> Iterator[torch.Tensor]:
    """The floating-point tensors in lists and dictionaries; counters are no contents."""
    for value in values:
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
        elif isinstance(value, dict):
            yield from _tensors(value.values())
