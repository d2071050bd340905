"""What a model knows of positions, read off its own weights and code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor

from llm_core.embeddings.position_records import (
    DistanceBias,
    PositionCode,
    PositionTable,
    RotaryAngles,
    alibi_slopes,
    sinusoids,
)
from llm_core.models.loading import LoadedModel
from llm_core.recording.alibi import has_alibi
from llm_core.shapes import Stack

FARTHEST = 64
"""Distances up to this many tokens are looked at."""

_TABLE_NAMES = {"embed_positions", "position_embeddings", "positions_embed", "wpe", "embed_position"}


def position_codes(model: LoadedModel) -> tuple[PositionCode, ...]:
    """Every way in which a model tells positions apart; empty if none is known here.

    Args:
        model: From :func:`llm_core.load_model`.
    """
    slopes = list(_alibi(model))
    # Falcon owns rotary angles that it leaves unused where it penalises distance instead.
    angles = [] if slopes else list(_rotary(model))
    return (*_tables(model), *angles, *_relative_biases(model), *slopes)


def _stack_of(model: LoadedModel, name: str) -> Stack:
    if model.family == "encoder-decoder":
        return "decoder" if "decoder" in name.split(".") else "encoder"
    return model.family


def _tables(model: LoadedModel) -> Iterator[PositionTable]:
    seen: set[tuple[Stack, int]] = set()
    for name, module in model.model.named_modules():
        if name.rpartition(".")[2] not in _TABLE_NAMES or "entity" in name:
            continue
        weight = (
            getattr(module, "weight", None) if isinstance(module, nn.Embedding) else getattr(module, "weights", None)
        )
        if not isinstance(weight, torch.Tensor) or weight.ndim != 2:
            continue
        stack = _stack_of(model, name)
        table = weight.detach().float().cpu().numpy()
        key = (stack, table.__array_interface__["data"][0])
        if key in seen:
            continue
        seen.add(key)
        # RoFormer's table of sines and cosines is not added: it holds the angles that queries and keys are turned by.
        if model.model.config.model_type != "roformer":
            table = table[_first_row(module) :]
            yield PositionTable(stack, table, learned=not _is_sinusoidal(table))


def _first_row(module: Any) -> int:
    """The row of a text's first position: some tables keep rows free at the start."""
    offset = getattr(module, "offset", None)
    if isinstance(offset, int):
        return offset
    padding = getattr(module, "padding_idx", None)
    return 0 if padding is None or not isinstance(module, nn.Embedding) else int(padding) + 1


def _is_sinusoidal(table: np.ndarray) -> bool:
    """True if a table is that of Vaswani et al., sines and cosines in turns or one half each."""
    positions, width = table.shape
    if positions < 3 or width < 4:
        return False
    expected = sinusoids(positions + 3, width)
    halves = np.concatenate([expected[:, 0::2], expected[:, 1::2]], axis=1)
    return any(
        np.allclose(table[1:], form[start + 1 : start + positions], atol=1e-3)
        for form in (expected, halves)
        for start in range(4)
    ) or _turns_evenly(table)


def _turns_evenly(table: np.ndarray) -> bool:
    """True if one half is sines and the other cosines of angles that grow evenly (other bases than 10,000)."""
    half = table.shape[1] // 2
    sine, cosine = table[1:4, :half], table[1:4, half : 2 * half]
    if not np.allclose(sine**2 + cosine**2, 1, atol=1e-3):
        return False
    steps = np.exp(1j * np.arctan2(sine, cosine))
    return bool(np.allclose(steps[1] / steps[0], steps[2] / steps[1], atol=1e-3))


def _rotary(model: LoadedModel) -> Iterator[RotaryAngles]:
    seen: set[tuple[Stack, str, bytes]] = set()
    for name, frequencies, layers in _frequencies(model):
        stack = _stack_of(model, name)
        key = (stack, layers, frequencies.tobytes())
        if key not in seen:
            seen.add(key)
            yield RotaryAngles(stack, layers, frequencies)


def _frequencies(model: LoadedModel) -> Iterator[tuple[str, np.ndarray, str]]:
    for name, buffer in model.model.named_buffers():
        last = name.rpartition(".")[2]
        if last.endswith("inv_freq") and "original" not in last and buffer.ndim == 1:
            layers = last.removesuffix("inv_freq").strip("_").replace("_", " ").replace("attention", "").strip()
            yield name, np.sort(buffer.detach().float().cpu().numpy())[::-1].copy(), layers
    for name, module in model.model.named_modules():
        table = getattr(module, "embed_positions", None)
        if isinstance(table, nn.Module):
            table = getattr(table, "weight", None) if model.model.config.model_type == "roformer" else None
        if isinstance(table, torch.Tensor) and table.ndim == 2 and len(table) > 1:
            half = table.shape[1] // 2
            first = table[1].detach().float().cpu().numpy()
            yield name, np.arctan2(first[:half], first[half : 2 * half]), ""


def _relative_biases(model: LoadedModel) -> Iterator[DistanceBias]:
    found: dict[Stack, list[tuple[np.ndarray, np.ndarray]]] = {}
    for name, module in model.model.named_modules():
        if isinstance(getattr(module, "relative_attention_bias", None), nn.Embedding):
            curve = _bias_by_distance(module)
            if curve is not None:
                found.setdefault(_stack_of(model, name), []).append(curve)
    for stack, curves in found.items():
        for layer, (distances, bias) in enumerate(curves):
            yield DistanceBias(stack, layer if len(curves) > 1 else None, distances, bias, learned=True)


def _bias_by_distance(module: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Distances and bias (head distance), computed by the module's own code."""
    length = FARTHEST + 1
    with torch.inference_mode():
        if hasattr(module, "compute_bias"):
            bias = module.compute_bias(length, length)
        elif hasattr(module, "compute_position_bias"):
            bias = module.compute_position_bias(torch.zeros(1, length, 1))
        else:
            return None
    square = bias[0].float().cpu().numpy()
    after, before = square[:, 0, :], square[:, :0:-1, 0]
    distances = np.arange(-FARTHEST, length)
    values = np.concatenate([before, after], axis=1)
    if getattr(module, "is_decoder", False):
        values, distances = values[:, :length], distances[:length]
    return distances, np.ascontiguousarray(values)


def _alibi(model: LoadedModel) -> Iterator[DistanceBias]:
    config = model.model.config
    if not has_alibi(config):
        return
    distances = np.arange(-FARTHEST, 1)
    if config.model_type == "mpt":
        bias = build_mpt_alibi_tensor(config.n_heads, FARTHEST + 1, config.attn_config.alibi_bias_max)
        values = bias.reshape(config.n_heads, FARTHEST + 1).float().numpy()
    else:
        values = (alibi_slopes(config.num_attention_heads)[:, None] * distances).astype(np.float32)
    yield DistanceBias(_stack_of(model, ""), None, distances, values, learned=False)
