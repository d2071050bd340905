"""Before a model is shared: find where its attention is, and prove that recording it is faithful.

A short sentence goes through the model twice, once recorded and once with the library's eager attention.
Only if the recomputed weights equal the library's is the model recorded from then on. So no list of
architectures is needed: what does not fit is noticed here, whatever it is called.
"""

from __future__ import annotations

import inspect
import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from llm_core.errors import UnsupportedModelError
from llm_core.recording.recorder import IMPLEMENTATION, AttentionCall, Compactor, Recording, Site, recording
from llm_core.recording.self_writing import original_of
from llm_core.shapes import Attention, Family, Stack

TOLERANCE = 1e-4

OUTPUTS: dict[Family, dict[Stack, str]] = {
    "encoder": {"encoder": "attentions"},
    "decoder": {"decoder": "attentions"},
    "encoder-decoder": {
        "encoder": "encoder_attentions",
        "decoder": "decoder_attentions",
        "cross": "cross_attentions",
    },
}
"""Where the library's output keeps each stack's eager attention."""


@dataclass(frozen=True)
class AttentionCheck:
    """A comparison with the library's eager attention, made when the model was loaded.

    Attributes:
        largest_difference: Largest absolute difference of any weight, from 0 to 1; 0 where the library's
            own weights are shown.
        tokens: Length of the sentence compared.
        layers: How many layers were compared, all stacks together.
    """

    largest_difference: float
    tokens: int
    layers: int


def verify_recorded(
    model: Any, inputs: Mapping[str, Any], family: Family
) -> tuple[Mapping[nn.Module, tuple[Site, ...]], AttentionCheck]:
    """Find the attention sites of a model that nobody shares yet, and compare them with eager attention.

    Raises:
        UnsupportedModelError: The model does not ask the recorder for its attention, or the weights differ.
    """
    first = Recording()
    with torch.inference_mode(), recording(first):
        ours = model(**inputs)
    calls = [call for _, call in first.calls]
    if not calls:
        raise UnsupportedModelError("it does not use the library's attention interface.")
    sites = _find_sites(model, family, calls, inputs)
    model.set_attn_implementation("eager")
    try:
        with torch.inference_mode():
            theirs = model(**inputs, output_attentions=True)
    finally:
        model.set_attn_implementation(IMPLEMENTATION)
    check = _compare(sites, calls, theirs, family, inputs)
    if not torch.allclose(_main_output(ours), _main_output(theirs), rtol=1e-3, atol=1e-3):
        raise UnsupportedModelError("its output changes when its attention is recorded.")
    return sites, check


def verify_eager(model: Any, inputs: Mapping[str, Any], family: Family) -> AttentionCheck:
    """Make sure that a model hands out its own attention weights, for every stack it has.

    Raises:
        UnsupportedModelError: It hands out none, or something that is no attention.
    """
    with torch.inference_mode():
        output = model(**inputs, output_attentions=True)
    layers = 0
    for stack, name in OUTPUTS[family].items():
        for weights in eager_layers(output, name):
            if weights.shape[1:] != expected_shape(stack, inputs):
                raise UnsupportedModelError("the attention it hands out has no row and column for each token.")
            if not np.abs(weights.sum(axis=-1) - 1).max() <= 1e-3:
                raise UnsupportedModelError("the rows of the attention it hands out do not sum to 1.")
            layers += 1
    return AttentionCheck(largest_difference=0.0, tokens=inputs["input_ids"].shape[1], layers=layers)


def eager_layers(output: Any, name: str) -> list[Attention]:
    """Each layer's attention (head query key) out of the library's output.

    Raises:
        UnsupportedModelError: The output has none.
    """
    layers = getattr(output, name, None) or ()
    if not layers or any(not isinstance(layer, torch.Tensor) or layer.ndim != 4 for layer in layers):
        raise UnsupportedModelError("it hands out no attention weights (head query key).")
    return [layer[0].float().cpu().numpy() for layer in layers]


def accepted_arguments(forward: Callable[..., Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Only the arguments that a model's forward names, or that its keyword arguments are known to take."""
    names = inspect.signature(forward).parameters
    always = {"input_ids", "attention_mask", "decoder_input_ids"}
    return {name: value for name, value in inputs.items() if name in names or name in always}


def expected_shape(stack: Stack, inputs: Mapping[str, Any]) -> tuple[int, int]:
    """Queries and keys of a stack, one for each token."""
    source = inputs["input_ids"].shape[1]
    target = inputs["decoder_input_ids"].shape[1] if "decoder_input_ids" in inputs else source
    return (source if stack == "encoder" else target), (source if stack in {"encoder", "cross"} else target)


def _find_sites(
    model: Any, family: Family, calls: list[AttentionCall], inputs: Mapping[str, Any]
) -> Mapping[nn.Module, tuple[Site, ...]]:
    by_stack: dict[Stack, list[nn.Module]] = defaultdict(list)
    encoder: set[nn.Module] = set()
    if family == "encoder-decoder":
        encoder = {original_of(module) for module in model.get_encoder().modules()}
    source = inputs["input_ids"].shape[1]
    for call in calls:
        if family != "encoder-decoder":
            stack = cast(Stack, family)
        elif call.module in encoder:
            stack = "encoder"
        else:
            stack = "cross" if call.key.shape[2] == source else "decoder"
        by_stack[stack].append(call.module)
    sites: dict[nn.Module, tuple[Site, ...]] = defaultdict(tuple)
    for stack, modules in by_stack.items():
        for place, module in enumerate(modules):
            sites[module] += (Site(stack, _layer_numbers(modules)[place]),)
    return dict(sites)


def _layer_numbers(modules: list[nn.Module]) -> list[int]:
    """The model's own layer numbers if it has them, since some layers may have no attention; else the order."""
    own = [getattr(module, "layer_idx", None) for module in modules]
    numbers = [number for number in own if isinstance(number, int)]
    if len(numbers) == len(modules) and len(set(numbers)) == len(modules):
        return numbers
    return list(range(len(modules)))


def _compare(
    sites: Mapping[nn.Module, tuple[Site, ...]],
    calls: list[AttentionCall],
    output: Any,
    family: Family,
    inputs: Mapping[str, Any],
) -> AttentionCheck:
    compact = Compactor()
    replay = Recording(sites=sites)
    ours: dict[Stack, list[Attention]] = defaultdict(list)
    for call in calls:
        site = replay.add(call)
        if site is not None:
            ours[site.stack].append(compact.record(call).weights())
    largest, compared = 0.0, 0
    for stack, name in OUTPUTS[family].items():
        theirs = eager_layers(output, name)
        if len(theirs) != len(ours[stack]):
            raise UnsupportedModelError(
                f"{len(ours[stack])} layers of {stack} attention were recorded where the library has {len(theirs)}."
            )
        for mine, library in zip(ours[stack], theirs, strict=True):
            if mine.shape != library.shape or mine.shape[1:] != expected_shape(stack, inputs):
                raise UnsupportedModelError(
                    f"recorded {mine.shape} where the library has {library.shape} and there are "
                    f"{expected_shape(stack, inputs)} tokens."
                )
            difference = float(np.abs(mine - library).max())
            if not math.isfinite(difference):
                raise UnsupportedModelError(
                    "it is not made of numbers (NaN or infinity), so some setting of its config.json cannot be right."
                )
            if not difference <= TOLERANCE:
                raise UnsupportedModelError(f"recorded attention differs from the library's by {difference:.2g}.")
            largest = max(largest, difference)
            compared += 1
    return AttentionCheck(largest_difference=largest, tokens=calls[0].query.shape[2], layers=compared)


def _main_output(output: Any) -> torch.Tensor:
    logits = getattr(output, "logits", None)
    return cast(torch.Tensor, output.last_hidden_state if logits is None else logits).float()
