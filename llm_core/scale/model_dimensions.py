"""The dimensions of a loaded model, counted on its own weights and seen in what it did with a text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from torch import nn

from llm_core.measures.geometry import Geometry, geometry
from llm_core.measures.kept import kept_numbers
from llm_core.recording.records import AttentionRecord
from llm_core.recording.trace_record import Trace
from llm_core.scale.attention_shape import AttentionShape
from llm_core.scale.sizes import Dimensions
from llm_core.shapes import Stack

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


def dimensions_of(model: LoadedModel, trace: Trace) -> Dimensions:
    """Measure a model.

    What it keeps while it writes is what the library's cache keeps.

    Args:
        model: Which model.
        trace: What it did with any text.
    """
    measured = geometry(model, trace)
    kept = kept_numbers(model) or {}
    unused = _unused_share(model.model)
    parameters = sum(parameter.numel() for parameter in model.model.parameters())
    return Dimensions(
        family=model.family,
        parameters=parameters,
        active_parameters=parameters - round(_in_experts(model.model) * unused),
        matrix_parameters=_matrix_parameters(model.model, unused),
        context=measured.token_limit,
        vocabulary=measured.vocabulary,
        attention={stack: _shape(model, trace, stack, measured, kept.get(stack)) for stack in trace.stacks},
        d_model=measured.d_model,
    )


def _shape(model: LoadedModel, trace: Trace, stack: Stack, measured: Geometry, kept: int | None) -> AttentionShape:
    heads = measured.heads[stack]
    record = trace.record(stack, trace.layers(stack)[0])
    d_head = d_value = measured.d_model // heads
    if isinstance(record, AttentionRecord):
        d_head, d_value = record.query.shape[-1], record.value.shape[-1]
    windows = _windows(model.model) if stack == "decoder" else []
    shape = AttentionShape(
        layers=measured.layers[stack],
        heads=heads,
        key_value_heads=measured.key_value_heads[stack],
        d_head=d_head,
        d_value=None if d_value == d_head else d_value,
        window=max(windows, default=None),
        windowed_layers=len(windows),
    )
    return shape if kept in (None, shape.cached_numbers(1)) else replace(shape, kept=kept)


def _windows(network: Any) -> list[int]:
    """The window of each layer that has one, as the library would keep its keys and values."""
    from transformers import DynamicCache

    layers = DynamicCache(config=network.config).layers
    return [layer.sliding_window for layer in layers if getattr(layer, "is_sliding", False)]


def _matrix_parameters(network: Any, unused: float) -> int:
    """Numbers in the matrices that one token is multiplied with: no tables, no head, no biases, no normalisations."""
    body = network.base_model
    tables = {
        id(parameter)
        for module in network.modules()
        if isinstance(module, nn.Embedding)
        for parameter in module.parameters()
    }
    matrices = {
        name: parameter.numel()
        for name, parameter in body.named_parameters()
        if parameter.ndim >= 2 and id(parameter) not in tables and "pooler" not in name and not name.endswith("bias")
    }
    experts = sum(count for name, count in matrices.items() if _is_expert(name))
    return sum(matrices.values()) - round(experts * unused)


def _in_experts(network: Any) -> int:
    """Numbers in the networks of which each token is sent to some."""
    return sum(parameter.numel() for name, parameter in network.named_parameters() if _is_expert(name))


def _is_expert(name: str) -> bool:
    # A shared expert is called "shared_expert" or "shared_experts", and every token passes it.
    return "experts" in name.split(".")


def _unused_share(network: Any) -> float:
    """Which share of a mixture's experts one token is not sent to; 0 without a mixture."""
    config = network.config.get_text_config(decoder=True)
    names = ("num_local_experts", "n_routed_experts", "num_experts", "moe_num_experts")
    count = next((told for name in names if isinstance(told := getattr(config, name, None), int) and told > 1), None)
    used = getattr(config, "num_experts_per_tok", None)
    return 1 - used / count if count and isinstance(used, int) else 0.0
