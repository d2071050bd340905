"""What the last layer of a stack gives out, as it is and not as the library hands it out.

The library's last hidden state has been through the final norm where a model has one (GPT-2, LLaMA, T5), and has not
where every layer ends in a norm (BERT); the states between the layers never have. To compare them, the last layer's own
output is needed. A copy of the model that shares every weight sees it in the same pass: the last module of a list of
layers is replaced by one that calls it and keeps what went in and what came out. Nothing is read off names: a list
counts as a stack's layers if what went into its last one is the last state but one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from llm_core.models.loading import LoadedModel
from llm_core.recording.probe import probe_inputs
from llm_core.recording.stand_ins import Watched, lists_of_layers, state_of, with_layers
from llm_core.shapes import Stack

TOLERANCE = 1e-5
"""Largest difference between what goes into a last layer and the state below it, as a share of its largest number."""

_FOUND: WeakKeyDictionary[LoadedModel, Mapping[Stack, str]] = WeakKeyDictionary()


@dataclass
class _Seen:
    """What went into a layer and what came out of it, shape (batch token d_model) or with the first two exchanged."""

    given: torch.Tensor | None = None
    gave: torch.Tensor | None = None

    def keep(self, given: Any, output: Any) -> None:
        # Compared with what the whole model gives out, which is in the machine's memory.
        self.given = given.cpu() if isinstance(given, torch.Tensor) else None
        # What comes after may work in place.
        self.gave = state_of(output).clone().cpu()


class LastLayers:
    """A network whose last layers are watched for one pass.

    Attributes:
        network: What to run.
    """

    def __init__(self, network: Any, paths: Mapping[Stack, str]) -> None:
        self.network = network
        self._seen: dict[Stack, _Seen] = {}
        for stack, path in paths.items():
            self._watch(stack, path)

    def _watch(self, stack: Stack, path: str) -> None:
        last = self.network.get_submodule(path)[-1]
        self._seen[stack] = seen = _Seen()
        watched = Watched(last, seen.keep)
        self.network = with_layers(self.network, path, lambda layer: watched if layer is last else layer)

    def outputs(self, output: Any) -> dict[Stack, torch.Tensor]:
        """By stack, what its last layer gave out, shape (batch token d_model); only where that is certain.

        Args:
            output: What the library returned of the pass.
        """
        found: dict[Stack, torch.Tensor] = {}
        for stack, seen in self._seen.items():
            states = states_of(output, stack)
            if seen.given is not None and seen.gave is not None and len(states) > 1:
                below = states[-2]
                for given, gave in _both_ways(seen.given, seen.gave):
                    if gave.shape == below.shape and _same(given, below):
                        found[stack] = gave
                        break
        return found


def states_of(output: Any, stack: Stack) -> tuple[torch.Tensor, ...]:
    """The hidden states of a stack in the library's record of a pass; none if it hands none out."""
    names = (f"{stack}_hidden_states", "hidden_states")
    return next((states for name in names if (states := getattr(output, name, None))), ())


def watch_last_layers(model: LoadedModel, network: Any) -> LastLayers:
    """A network to run instead of the one given, which is the model's or a copy of it; neither is changed."""
    paths = _FOUND.get(model)
    if paths is None:
        paths = _FOUND[model] = _find(model, network)
    elif model.writes_to_itself and paths:
        _prepare(model, network)
    return LastLayers(network, paths)


def _prepare(model: LoadedModel, network: Any) -> Any:
    """One short pass; the library puts what collects its states in place when they are first asked for.

    It looks for the layers where they belong, so that has to be done before one of them is replaced.
    """
    with torch.inference_mode():
        inputs = probe_inputs(model.model, model.tokenizer, model.family)
        return network(**inputs, output_hidden_states=True), inputs


def _find(model: LoadedModel, network: Any) -> Mapping[Stack, str]:
    """By stack, the list of layers whose last one is certain; a stack of which none is has no entry."""
    stacks: tuple[Stack, ...] = ("encoder", "decoder") if model.family == "encoder-decoder" else (model.family,)
    found: dict[Stack, str] = {}
    try:
        plain, inputs = _prepare(model, network)
        for path in lists_of_layers(network):
            layers = list(network.get_submodule(path))
            if not layers or type(layers[-1]).forward is nn.Module.forward:
                continue
            for stack in stacks:
                if stack not in found and _fits(network, stack, path, inputs, plain):
                    found[stack] = path
    except Exception:  # A copy of a foreign model can fail in any way; then it is not used.
        return {}
    return found


def _fits(network: Any, stack: Stack, path: str, inputs: Mapping[str, Any], plain: Any) -> bool:
    """True if a list's last layer stands on top of a stack, and watching it changes nothing."""
    watched = LastLayers(network, {stack: path})
    try:
        with torch.inference_mode():
            again = watched.network(**inputs, output_hidden_states=True)
    except Exception:  # As above.
        return False
    before, after = states_of(plain, stack), states_of(again, stack)
    unchanged = len(before) == len(after) and all(_same(one, other) for one, other in zip(before, after, strict=True))
    return unchanged and stack in watched.outputs(again)


def _both_ways(given: torch.Tensor, gave: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """As they are and, since some models (XLNet) work with the tokens' axis first, the other way round."""
    yield given, gave
    if given.ndim == gave.ndim == 3:
        yield given.transpose(0, 1), gave.transpose(0, 1)


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.shape != other.shape:
        return False
    return bool((one - other).abs().max() <= TOLERANCE * other.abs().max())
