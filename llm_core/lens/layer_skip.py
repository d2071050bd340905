"""A model with its layers taken out, so that a state put in comes out of the last layer and meets the model's own head.

Between the last layer and the logits models do different things: a final norm, a projection, a scaling, a capped or
biased head, or none of these. None of it is imitated here. A copy of the model, which shares every weight, runs its
own code with the layers replaced by modules that hand on a state they were given. The shared model is not changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import torch
from transformers.modeling_outputs import BaseModelOutput

from llm_core.errors import UnsupportedModelError, first_line
from llm_core.models.loading import LoadedModel
from llm_core.recording.probe import PROBE_TOKENS, probe_ids
from llm_core.recording.stand_ins import Replaced, Watched, lists_of_layers, state_of, with_layers, with_state
from llm_core.recording.verification import accepted_arguments
from llm_core.shapes import Family

TOLERANCE = 1e-3
"""Largest difference allowed, as a share of the standard deviation of what is compared."""


@dataclass(frozen=True, eq=False)
class Readout:
    """The model's own way from the output of its last layer to logits.

    Attributes:
        read: States (token d_model) to logits (token vocabulary), each token by itself; threads may share it.
        layers: Number of layers whose output can be read.
        largest_difference: Largest difference from the model's own logits on a test sentence, as a share of their
            standard deviation.
    """

    read: Callable[[torch.Tensor], torch.Tensor]
    layers: int
    largest_difference: float


_FOUND: WeakKeyDictionary[LoadedModel, Readout] = WeakKeyDictionary()
"""A readout shares its model's weights and knows nothing of the record around them, so it goes when the model goes."""


def find_readout(model: LoadedModel) -> Readout:
    """Find a model's layers, and prove that reading the state above the last one gives the model's own logits.

    It is done once for each model, and kept as long as the model is.

    Raises:
        UnsupportedModelError: The model has no head that says words, or its layers cannot be taken out faithfully.
    """
    known = _FOUND.get(model)
    if known is None:
        known = _FOUND[model] = _find(model)
    return known


def _find(model: LoadedModel) -> Readout:
    network, inputs = model.network(), _probe(model)
    with torch.inference_mode():
        plain = network(**inputs, output_hidden_states=True)
    logits = getattr(plain, "logits", None)
    if logits is None or logits.ndim != 3 or logits.shape[-1] < 2:
        raise UnsupportedModelError(
            f"{model.spec.name} has no head that says words, so its layers cannot be asked what they would say. "
            "Choose a decoder, an encoder with a mask head, or an encoder-decoder."
        )
    name = "decoder_hidden_states" if model.family == "encoder-decoder" else "hidden_states"
    states = getattr(plain, name, None) or ()
    reason = "its layers cannot be found."
    for path in lists_of_layers(network):
        try:
            readout = _try(network, model.family, path, inputs, states, logits)
        except UnsupportedModelError as error:
            reason = str(error)
        except Exception as error:  # A copy of a foreign model can fail in any way; then it is not used.
            reason = first_line(error)
        else:
            if readout is not None:
                return readout
    raise UnsupportedModelError(
        f"The layers of {model.spec.name} cannot be read faithfully: {reason} Choose a model of another architecture."
    )


def _try(
    network: Any,
    family: Family,
    path: str,
    inputs: dict[str, Any],
    states: tuple[torch.Tensor, ...],
    logits: torch.Tensor,
) -> Readout | None:
    """The readout through one list of layers; None if those are not the layers between the states."""
    seen = _Seen()
    with torch.inference_mode():
        with_layers(network, path, lambda layer: Watched(layer, seen.keep))(**inputs)
    if len(seen.outputs) != len(states) - 1:
        return None
    for above, output in zip(states[1:-1], seen.outputs, strict=False):
        if above.shape != output.shape or not _difference(output, above) <= TOLERANCE:
            return None
    swap = _Swap(tuple(seen.whole))
    hollow, alone = with_layers(network, path, lambda layer: Replaced(layer, swap.next)), Lock()

    def read(state: torch.Tensor) -> torch.Tensor:
        # The state waits within the layers' stand-ins, and threads share them.
        with alone, torch.inference_mode():
            swap.begin(state[None])
            return torch.as_tensor(hollow(**_dummies(hollow, family, len(state))).logits[0])

    difference = _difference(read(seen.outputs[-1][0]), logits[0])
    if not difference <= TOLERANCE:
        raise UnsupportedModelError(f"read at the last layer they differ from the model's own by {difference:.2g}.")
    # Each token must be read by itself, since some positions are read without the others.
    last = _difference(read(seen.outputs[-1][0, -1:]), logits[0, -1:])
    if not last <= TOLERANCE:
        raise UnsupportedModelError("what it reads at a token depends on other tokens.")
    return Readout(read, len(seen.outputs), max(difference, last))


@dataclass
class _Seen:
    """What the layers gave in one pass, as it was and its state alone."""

    whole: list[Any] = field(default_factory=list)
    outputs: list[torch.Tensor] = field(default_factory=list)

    def keep(self, _: Any, output: Any) -> None:
        self.whole.append(output)
        self.outputs.append(state_of(output).clone().cpu())


@dataclass
class _Swap:
    """The state that skipped layers hand on, within outputs of the form that the layers have."""

    shapes: tuple[Any, ...]
    state: torch.Tensor | None = None
    calls: int = 0

    def begin(self, state: torch.Tensor) -> None:
        self.state, self.calls = state, 0

    def next(self) -> Any:
        whole = self.shapes[self.calls % len(self.shapes)]
        self.calls += 1
        return with_state(whole, torch.as_tensor(self.state))


def _probe(model: LoadedModel) -> dict[str, Any]:
    ids = probe_ids(model.model, model.tokenizer, min(PROBE_TOKENS, model.token_limit or PROBE_TOKENS))
    return _arguments(model.model, model.family, ids)


def _dummies(network: Any, family: Family, count: int) -> dict[str, Any]:
    return _arguments(network, family, torch.ones((1, count), dtype=torch.long))


def _arguments(network: Any, family: Family, ids: torch.Tensor) -> dict[str, Any]:
    inputs: dict[str, Any] = {"use_cache": False, "return_dict": True}
    if family == "encoder-decoder":
        config = getattr(network.get_encoder(), "config", network.config)
        width = getattr(config, "hidden_size", None) or config.d_model
        inputs |= {
            "encoder_outputs": BaseModelOutput(last_hidden_state=torch.zeros((1, 1, width))),
            "attention_mask": torch.ones((1, 1), dtype=torch.long),
            "decoder_input_ids": ids,
            "decoder_attention_mask": torch.ones_like(ids),
        }
    else:
        inputs |= {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    return accepted_arguments(network.forward, inputs)


def _difference(one: torch.Tensor, other: torch.Tensor) -> float:
    """Largest difference, as a share of the standard deviation of the second."""
    if one.shape != other.shape:
        return float("inf")
    return float((one - other).abs().max() / other.float().std().clamp(min=1e-9))
