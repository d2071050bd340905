"""One attention layer as a model ran it: what came in, through which matrices, and what the library made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.inside.first_vectors import find_beginning
from llm_core.inside.norms import Norm, norms_near, same
from llm_core.inside.observer import Sighting, watch
from llm_core.inside.projections import (
    Found,
    find_output,
    find_projection,
    output_call,
    rotation_between,
)
from llm_core.layer_record import PARTS, ObservedLayer, Projections, attention_record
from llm_core.loading import LoadedModel
from llm_core.passes import failures_explained
from llm_core.progress import Progress, ProgressCallback, Telling, ignore_progress
from llm_core.recorder import Compactor, Site
from llm_core.shapes import Stack
from llm_core.trace_record import Trace
from llm_core.verification import accepted_arguments


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
    if model.spec.name != trace.model_name:
        raise SelectionError(f"Expected a trace of {model.spec.name}, got one of {trace.model_name}.")
    sighting = _sighting(model, trace, Site(stack, layer), progress)
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


def _sighting(model: LoadedModel, trace: Trace, site: Site, progress: ProgressCallback) -> Sighting:
    total = max(sum(len(places) for places in model.sites.values()), 1)
    tell = Telling(progress)
    arguments = accepted_arguments(model.model.forward, {**_inputs(model, trace), "use_cache": False})
    with failures_explained(model, tell):
        seen = watch(
            model,
            arguments,
            wanted=site,
            on_call=lambda done: tell(Progress(min(done / total, 1.0), f"Layer {done} of {total}")),
        )
    if not seen:
        raise UnsupportedModelError(f"{model.spec.name} did not come by layer {site.layer} of its {site.stack} again.")
    return seen[0]


def _inputs(model: LoadedModel, trace: Trace) -> dict[str, torch.Tensor]:
    """The traced tokens as the model takes them, with what else its tokenizer makes of the text."""
    ids = torch.tensor([[token.id for token in trace.tokens]])
    inputs = dict(model.tokenizer(trace.text, return_tensors="pt", verbose=False))
    if not torch.equal(inputs["input_ids"], ids):
        inputs = {"input_ids": ids}
    inputs["attention_mask"] = torch.tensor([[int(not token.is_padding) for token in trace.tokens]])
    if trace.target_tokens:
        target = torch.tensor([[token.id for token in trace.target_tokens]])
        inputs |= {"decoder_input_ids": target, "decoder_attention_mask": torch.ones_like(target)}
    return inputs


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
