"""The dimensions of a loaded model, counted on its own weights and seen in what it did with a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from llm_core.measures.geometry import Geometry, geometry
from llm_core.records import AttentionRecord
from llm_core.scale.sizes import AttentionShape, Dimensions
from llm_core.shapes import Stack
from llm_core.trace_record import Trace

if TYPE_CHECKING:
    from llm_core.loading import LoadedModel


def dimensions_of(model: LoadedModel, trace: Trace) -> Dimensions:
    """Measure a model.

    Args:
        model: Which model.
        trace: What it did with any text.
    """
    measured = geometry(model, trace)
    return Dimensions(
        family=model.family,
        parameters=sum(parameter.numel() for parameter in model.model.parameters()),
        matrix_parameters=_matrix_parameters(model.model),
        context=measured.token_limit,
        vocabulary=measured.vocabulary,
        attention={stack: _shape(trace, stack, measured) for stack in trace.stacks},
        d_model=measured.d_model,
    )


def _shape(trace: Trace, stack: Stack, measured: Geometry) -> AttentionShape:
    heads = measured.heads[stack]
    record = trace.record(stack, trace.layers(stack)[0])
    return AttentionShape(
        layers=measured.layers[stack],
        heads=heads,
        key_value_heads=measured.key_value_heads[stack],
        d_head=record.query.shape[-1] if isinstance(record, AttentionRecord) else measured.d_model // heads,
    )


def _matrix_parameters(network: Any) -> int:
    """Numbers in the matrices of the layers: no tables, no head, no biases, no normalisations."""
    body = network.base_model
    tables = {
        id(parameter)
        for module in network.modules()
        if isinstance(module, nn.Embedding)
        for parameter in module.parameters()
    }
    return sum(
        parameter.numel()
        for name, parameter in body.named_parameters()
        if parameter.ndim >= 2 and id(parameter) not in tables and "pooler" not in name
    )
