"""Find the feed-forward network of a layer as the model runs it."""

from __future__ import annotations

from typing import Any

import numpy as np

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.feed_forward.hidden_neurons import Hidden, find_hidden
from llm_core.feed_forward.landing import Landing, find_landing
from llm_core.feed_forward.neuron_record import ObservedFeedForward
from llm_core.inside.norms import CLOSE, norms_near
from llm_core.inside.observer import LinearCall, Sighting
from llm_core.inside.second_look import watch_again
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.recording.recorder import Site
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack


def observe_feed_forward(
    model: LoadedModel, trace: Trace, stack: Stack, layer: int, *, progress: ProgressCallback = ignore_progress
) -> ObservedFeedForward:
    """Run a model over a traced text once more, up to one layer, and keep its feed-forward network's neurons.

    Nothing is read off names. A product behind the layer's attention is the network's second matrix if what went
    into it is an activation function of what another matrix made (times what a third made, in a gated network),
    and if what came out is all that was added to the residual stream there.

    Args:
        model: The model that was traced; it is not changed and may be shared between threads.
        trace: What to read, made without edits.
        stack: ``"encoder"`` or ``"decoder"``.
        layer: From 0.
        progress: Told after each layer. What it raises stops the pass.

    Raises:
        SelectionError: There is no such layer, or the trace is not of this model or has edits.
        UnsupportedModelError: The layer has no feed-forward network that can be told neuron by neuron, for example a
            mixture of experts.
    """
    if stack == "cross":
        raise SelectionError("Cross-attention has no feed-forward network of its own. Ask for that of the decoder.")
    trace.record(stack, layer)
    if model.method == "eager":
        raise UnsupportedModelError(
            f"{model.spec.name} has an attention of its own that cannot be watched as it runs, so its feed-forward "
            "networks cannot be told apart. Choose another model."
        )
    crossed = stack == "decoder" and "cross" in trace.stacks and layer in trace.layers("cross")
    sighting = watch_again(model, trace, Site("cross" if crossed else stack, layer), progress=progress)
    states = trace.stream_states(stack) if trace.stream_is_whole(stack) else trace.states.get(stack, ())
    below, above = (states[row] if row < len(states) else None for row in (layer, layer + 1))
    hidden, landing = _find(model, sighting, below, above, layer, stack)
    observed = ObservedFeedForward(
        model_name=trace.model_name,
        stack=stack,
        layer=int(layer),
        tokens=trace.query_tokens(stack),
        name=hidden.call.name,
        function=hidden.function,
        before=_array(hidden.before),
        gated=None if hidden.gated is None else _array(hidden.gated),
        activations=_array(hidden.call.input),
        vectors=hidden.call.weight.detach().float().cpu().numpy(),
        bias=None if hidden.call.bias is None else hidden.call.bias.detach().float().cpu().numpy(),
        output=_array(hidden.call.output),
        landing=landing,
    )
    # Where experts are added into the same tensor (Llama 4), what reached the stream is not the sum of these neurons.
    if not observed.largest_difference <= CLOSE:
        raise _not_told(model, layer, stack)
    return observed


def _find(
    model: LoadedModel, sighting: Sighting, below: np.ndarray | None, above: np.ndarray | None, layer: int, stack: Stack
) -> tuple[Hidden, Landing]:
    if above is None:
        raise UnsupportedModelError(f"{model.spec.name} does not hand out the vectors above layer {layer}.")
    shape = above.shape
    calls = [call for call in sighting.after if len(call.output) == shape[0]]
    normed = [_double(seen) for seen in sighting.normed_after if seen.shape == shape]
    for place, hidden in find_hidden(calls, shape[1]):
        bases = [*normed, *_beside_attention(below, calls[:place])]
        norms = norms_near(model.model, shape[1], hidden.call.name)
        landing = find_landing(_double(hidden.call.output), _double(hidden.input), bases, above, normed, norms)
        if landing is not None:
            return hidden, landing
    raise _not_told(model, layer, stack)


def _not_told(model: LoadedModel, layer: int, stack: Stack) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"No feed-forward network was found in layer {layer} of the {stack} of {model.spec.name} whose neurons alone "
        "make up what the layer adds after its attention; a mixture of experts, for one, sends each token through "
        "networks of its own. Choose another layer or another model."
    )


def _beside_attention(below: np.ndarray | None, calls: list[LinearCall]) -> list[np.ndarray]:
    """The stream below the layer plus what attention may have added, for layers that do both at once."""
    if below is None:
        return []
    return [below + _double(call.output) for call in calls if call.output.shape == below.shape]


def _double(tensor: Any) -> np.ndarray:
    return tensor.detach().double().cpu().numpy()


def _array(tensor: Any) -> np.ndarray:
    return tensor.detach().float().cpu().numpy().copy()
