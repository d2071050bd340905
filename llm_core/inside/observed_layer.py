"""One attention layer as a model ran it: what came in, through which matrices, and what the library made of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from llm_core.errors import SelectionError
from llm_core.inside.first_vectors import find_beginning
from llm_core.inside.layer_record import PARTS, ObservedLayer, Projections, attention_record
from llm_core.inside.norms import Norm, norms_near, same
from llm_core.inside.observer import Sighting
from llm_core.inside.projections import (
    Found,
    find_output,
    find_projection,
    output_call,
    rotation_between,
)
from llm_core.inside.second_look import watch_again
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.recording.recorder import Compactor, Site
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack


def observe_layer(
    model: LoadedModel, trace: Trace, stack: Stack, layer: int, *, progress: ProgressCallback = ignore_progress
) -> ObservedLayer:
    """Run a model over a traced text once more, up to one attention layer, and keep what is around that layer.

    Args:
        model: The model that was traced; it is not changed and may be shared between threads.
        trace: What to read, made without edits.
        stack: One of the trace's stacks.
        layer: From 0.
        progress: Told after each layer. What it raises stops the pass.

    Raises:
        SelectionError: There is no such stack or layer, or the trace is not of this model or has edits.
        UnsupportedModelError: The model keeps its queries and keys to itself.
    """
    traced = attention_record(trace, stack, layer)
    sighting = watch_again(model, trace, Site(stack, layer), progress=progress)
    record = Compactor().record(sighting.call)
    if record.query.shape != traced.query.shape or not same(record.query, traced.query):
        raise SelectionError(
            f"Running {model.spec.name} again gave other queries than the trace has. Trace the text without edits."
        )
    found = {part: find_projection(sighting, record, part) for part in PARTS}
    made = output_call(sighting, record)
    module = _name_of(model, sighting)
    residual, norm = _before(model, sighting, found["query"], _state(trace, stack, layer), module)
    first, beginning = find_beginning(model, sighting, trace, stack)
    return ObservedLayer(
        model_name=trace.model_name,
        stack=stack,
        layer=layer,
        module=module,
        query_tokens=trace.query_tokens(stack),
        key_tokens=trace.key_tokens(stack),
        record=record,
        projections=Projections(
            **{part: match.projection if match else None for part, match in found.items()},
            output=find_output(sighting, record),
            rotation=rotation_between(sighting, record, found["query"], found["key"]),
        ),
        inputs={part: _array(match.call.input) for part, match in found.items() if match is not None},
        residual=residual,
        norm=norm,
        beginning=beginning,
        first=first,
        heads_output=None if made is None else _array(made.input),
        output=None if made is None else _array(made.output),
    )


def _state(trace: Trace, stack: Stack, layer: int) -> np.ndarray | None:
    """The residual stream below a layer, as the library hands it out."""
    states = trace.states.get(stack, ())
    return states[layer] if layer < len(states) else None


def _before(
    model: LoadedModel, sighting: Sighting, query: Found | None, state: np.ndarray | None, module: str
) -> tuple[np.ndarray | None, Norm | None]:
    """What the norm before the layer was given, and that norm; neither where the layer takes the stream as it is."""
    if query is None:
        return None, None
    came = _array(query.call.input)
    if state is not None and same(came, state):
        return None, None
    candidates = norms_near(model.model, came.shape[1], module)
    for given in reversed(sighting.normed):
        if given.shape == came.shape and given is not query.call.input:
            before = _array(given).astype(np.float64)
            for norm in candidates:
                if same(norm(before[-4:]), came[-4:]) and same(norm(before), came):
                    return _array(given), norm
    return None, None


def _name_of(model: LoadedModel, sighting: Sighting) -> str:
    return next((name for name, module in model.model.named_modules() if module is sighting.call.module), "")


def _array(tensor: Any) -> np.ndarray:
    return tensor.detach().float().cpu().numpy().copy()
