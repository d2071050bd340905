"""Running a model: one forward pass, or greedy writing, with heads replaced and watched on the way."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from transformers.generation.streamers import BaseStreamer

from llm_core.errors import LlmCoreError, UnsupportedModelError, first_line, memory_error
from llm_core.finite import is_finite
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, Telling, ignore_progress
from llm_core.recording.recorder import BatchReplacement, Recording, Replacement, Site, recording
from llm_core.recording.verification import accepted_arguments
from llm_core.shapes import Stack
from llm_core.tracing.inputs import token_numbers
from llm_core.tracing.last_layers import LastLayers, watch_last_layers

Inputs: TypeAlias = Mapping[str, torch.Tensor]

_NUMBERS = (
    "logits",
    "last_hidden_state",
    "hidden_states",
    "encoder_hidden_states",
    "decoder_hidden_states",
    "encoder_last_hidden_state",
)
"""Where the library's records hold what a pass worked out."""

Replacements: TypeAlias = Mapping[Site, Replacement | BatchReplacement]


@dataclass(frozen=True, eq=False)
class Pass:
    """One forward pass.

    Attributes:
        output: The library's own output.
        noted: What the attention function was told.
        seconds: How long it took.
        last_outputs: By stack, what its last layer gave out, before a final norm, shape (batch token d_model); see
            :mod:`llm_core.tracing.last_layers`.
    """

    output: Any
    noted: Recording
    seconds: float
    last_outputs: Mapping[Stack, torch.Tensor] = field(default_factory=dict)


def forward_pass(
    model: LoadedModel,
    inputs: Inputs,
    *,
    replaced: Replacements | None = None,
    watched: Collection[Site] = (),
    keep: bool = False,
    last_layers: bool = False,
    options: Mapping[str, Any] | None = None,
    network: Any | None = None,
    progress: ProgressCallback = ignore_progress,
) -> Pass:
    """Run a model once.

    Args:
        model: Which model; it is not changed.
        inputs: ``input_ids`` and so on, each (batch token); what is recorded or kept of a pass takes a batch of one.
        replaced: Heads whose output is replaced.
        watched: Sites whose heads' output is kept.
        keep: Keep what the attention layers were given.
        last_layers: Keep what the last layers gave out; the hidden states have to be asked for.
        options: More arguments for the library's model.
        network: A copy of the model to run in its place.
        progress: Told after each layer. What it raises stops the pass.

    Raises:
        UnsupportedModelError: The model cannot be run on these inputs.
    """
    total = sum(len(places) for places in model.sites.values())
    tell = Telling(progress)
    noted = Recording(
        sites=model.sites,
        replaced=replaced or {},
        watched=watched,
        on_call=lambda done: tell(Progress(done / max(total, done), f"Layer {done} of {total}")),
        keep=keep,
    )
    arguments = accepted_arguments(model.model.forward, {**inputs, "use_cache": False})
    # Looking for a model's last layers takes a pass of its own, which belongs to no recording.
    runs = model.network() if network is None else network
    watched_network = watch_last_layers(model, runs) if last_layers else LastLayers(runs, {})
    started = time.perf_counter()
    with failures_explained(model, tell), torch.inference_mode(), recording(noted):
        output = watched_network.network(**arguments, **(options or {}))
        check_numbers(model, output)
    return Pass(output, noted, time.perf_counter() - started, watched_network.outputs(output))


def check_numbers(model: LoadedModel, output: Any) -> None:
    """Refuse what a model worked out if it holds NaN or infinity, which would otherwise be drawn.

    Every layer adds to the residual stream, so what went wrong in any of them is found there or in the logits.

    Raises:
        UnsupportedModelError: Some number is none.
    """
    kept = [getattr(output, name, None) for name in _NUMBERS]
    arrays = [array for one in kept if one is not None for array in (one if isinstance(one, tuple) else (one,))]
    if not is_finite(*(array.detach().to("cpu", torch.float32).numpy() for array in arrays)):
        raise UnsupportedModelError(
            f"{model.spec.name} works out NaN or infinity for this text, and no picture can be drawn of that. "
            "Try another text, or another model."
        )


def write_greedily(
    model: LoadedModel,
    source: Inputs,
    limit: int,
    *,
    replaced: Replacements | None = None,
    progress: ProgressCallback = ignore_progress,
) -> torch.Tensor:
    """What an encoder-decoder writes greedily for a source, as decoder inputs: start token first, no end token.

    Args:
        model: Which model; it is not changed.
        source: ``input_ids`` and ``attention_mask`` of the source, each (batch=1 token).
        limit: The most tokens to write.
        replaced: Heads whose output is replaced.
        progress: Told of each token. What it raises stops the writing.

    Returns:
        Token numbers, shape (batch=1 token).
    """
    tell = Telling(progress)

    def write(**options: Any) -> Any:
        noted = Recording(sites=model.sites, replaced=replaced or {}, keep=False)
        with torch.inference_mode(), recording(noted):
            return model.network().generate(
                input_ids=source["input_ids"],
                attention_mask=source["attention_mask"],
                max_new_tokens=limit,
                do_sample=False,
                num_beams=1,
                streamer=_TellingStreamer(limit, tell),
                **options,
            )

    with failures_explained(model, tell):
        try:
            written = write()
        except (IndexError, RuntimeError, TypeError):
            if tell.raised is not None:
                raise
            # The library's cache does not fit every decoder, for example one with more layers than its encoder.
            written = write(use_cache=False)
    ends = token_numbers(model.model.generation_config.eos_token_id)
    while written.shape[1] > 1 and int(written[0, -1]) in ends:
        written = written[:, :-1]
    return torch.as_tensor(written)


def with_target(source: Inputs, target: torch.Tensor | None) -> Inputs:
    """The inputs of a whole pass: those of the source and, for an encoder-decoder, the decoder's."""
    if target is None:
        return source
    # The mask is said explicitly, since some models take the start token for padding where both share an id.
    return {**source, "decoder_input_ids": target, "decoder_attention_mask": torch.ones_like(target)}


@contextmanager
def failures_explained(model: LoadedModel, tell: Telling) -> Iterator[None]:
    """Turn what the library raises into an error a person can act on; what the callback raises passes through."""
    try:
        yield
    except LlmCoreError:
        raise
    except Exception as error:
        if error is tell.raised:
            raise
        raise memory_error(error) or UnsupportedModelError(
            f"{model.spec.name} cannot be run on this text: {first_line(error)} Try a shorter text, or another model."
        ) from error


class _TellingStreamer(BaseStreamer):  # type: ignore[misc]
    """Tells of each token the library's ``generate`` has written; raising here stops it."""

    def __init__(self, limit: int, progress: Telling) -> None:
        self._limit = limit
        self._written = 0
        self._progress = progress

    def put(self, value: Any) -> None:  # noqa: ARG002 - the library calls it with the tokens
        self._progress(Progress(min(self._written / self._limit, 1.0), f"Writing token {self._written + 1}"))
        self._written += 1

    def end(self) -> None:
        return None
