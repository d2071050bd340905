"""``trace(model, text)``: one forward pass, text in, records out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers.generation.streamers import BaseStreamer

from llm_core.errors import LlmCoreError, SelectionError, UnsupportedModelError
from llm_core.inputs import EncodedText, encode_target, encode_text
from llm_core.loading import LoadedModel
from llm_core.masks import compact_mask
from llm_core.progress import Progress, ProgressCallback, Telling, ignore_progress, within
from llm_core.recorder import Compactor, Recording, Site, recording
from llm_core.records import StoredAttention
from llm_core.shapes import Stack
from llm_core.sources import first_line
from llm_core.tokens import describe_tokens
from llm_core.trace_record import Edits, LayerRecord, Trace
from llm_core.verification import OUTPUTS, accepted_arguments, eager_layers, expected_shape


def trace(
    model: LoadedModel,
    text: str,
    target: str | None = None,
    *,
    edits: Edits | None = None,
    truncate: bool = False,
    pad_to: int | None = None,
    max_tokens: int | None = None,
    max_target_tokens: int = 64,
    progress: ProgressCallback = ignore_progress,
) -> Trace:
    """Run a model over a text once and keep what every picture needs.

    Args:
        model: From :func:`llm_core.load_model`; it is not changed and may be shared between threads.
        text: What to read.
        target: What the decoder of an encoder-decoder reads; None lets the model write it first.
        edits: Heads to switch off in this pass.
        truncate: Cut a text that is too long instead of refusing it.
        pad_to: Fill the text up with padding to this many tokens, to look at a padding mask.
        max_tokens: Take fewer tokens than the model could; None for as many as it can.
        max_target_tokens: The most tokens written when there is no target.
        progress: Told after each layer. What it raises stops the pass and reaches the caller.

    Raises:
        TextError: The text (or target) is empty, too long, or no text.
        SelectionError: The edits name a head that does not exist, a length is no length, or a target was given
            to a model without one.
        UnsupportedModelError: The edits need a recorder, and this model has an attention of its own.
    """
    if target is not None and model.family != "encoder-decoder":
        raise SelectionError(
            f"A target is what the decoder of an encoder-decoder reads, and {model.spec.name} is of the "
            f"family “{model.family}”. Leave the target out."
        )
    ablated = _checked(edits or Edits(), model)
    source = encode_text(model, text, truncate=truncate, pad_to=pad_to, max_tokens=max_tokens)
    forward: dict[str, Any] = dict(source.inputs)
    generated = model.family == "encoder-decoder" and target is None
    if generated:
        forward["decoder_input_ids"] = _write_target(
            model, source, max_target_tokens, ablated, within(progress, 0.0, 0.5)
        )
    elif target is not None:
        forward["decoder_input_ids"] = encode_target(model, target, truncate=truncate)
    if "decoder_input_ids" in forward:
        # Said explicitly, since some models take the start token for padding where both share an id.
        forward["decoder_attention_mask"] = torch.ones_like(forward["decoder_input_ids"])
    outcome = _forward(model, forward, ablated, within(progress, 0.5 if generated else 0.0, 1.0))
    target_ids = forward["decoder_input_ids"][0].tolist() if "decoder_input_ids" in forward else []
    return Trace(
        model_name=model.spec.name,
        family=model.family,
        text=source.text,
        tokens=source.tokens,
        target_tokens=describe_tokens(model.tokenizer, target_ids),
        target_generated=generated,
        layers_recorded=outcome.layers,
        states=_states(outcome.output, model),
        logits=_array(getattr(outcome.output, "logits", None)),
        method=model.method,
        largest_difference=model.check.largest_difference,
        tokens_cut=source.tokens_cut,
        seconds=outcome.seconds,
    )


@dataclass(frozen=True)
class _Outcome:
    output: Any
    layers: Mapping[Stack, Mapping[int, LayerRecord]]
    seconds: float


def _forward(
    model: LoadedModel, inputs: dict[str, Any], ablated: dict[Site, tuple[int, ...]], progress: ProgressCallback
) -> _Outcome:
    total = sum(len(places) for places in model.sites.values())
    tell = Telling(progress)
    noted = Recording(
        sites=model.sites,
        ablated=ablated,
        on_call=lambda done: tell(Progress(done / max(total, done), f"Layer {done} of {total}")),
    )
    inputs = accepted_arguments(model.model.forward, {**inputs, "use_cache": False})
    if model.method == "eager":
        inputs["output_attentions"] = True
    started = time.perf_counter()
    with _failures_explained(model, tell), torch.inference_mode(), recording(noted):
        output = model.model(**inputs, output_hidden_states=True)
    layers = _stored(model, output) if model.method == "eager" else _recorded(model, noted)
    _check_shapes(model, layers, inputs)
    return _Outcome(output, layers, time.perf_counter() - started)


def _recorded(model: LoadedModel, noted: Recording) -> Mapping[Stack, Mapping[int, LayerRecord]]:
    compact = Compactor()
    layers: dict[Stack, dict[int, LayerRecord]] = {stack: {} for stack in OUTPUTS[model.family]}
    for site, call in noted.calls:
        if site is not None:
            layers[site.stack][site.layer] = compact.record(call)
    noted.calls.clear()
    return layers


def _stored(model: LoadedModel, output: Any) -> Mapping[Stack, Mapping[int, LayerRecord]]:
    return {
        stack: {
            layer: StoredAttention(weights, compact_mask(np.asarray((weights > 0).any(axis=0))))
            for layer, weights in enumerate(eager_layers(output, name))
        }
        for stack, name in OUTPUTS[model.family].items()
    }


def _check_shapes(
    model: LoadedModel, layers: Mapping[Stack, Mapping[int, LayerRecord]], inputs: Mapping[str, Any]
) -> None:
    """Refuse attention that has no row and column for each token, as some models have from some length on."""
    for stack, records in layers.items():
        shape = expected_shape(stack, inputs)
        for layer, record in records.items():
            if (record.mask.queries, record.mask.keys) != shape:
                raise UnsupportedModelError(
                    f"At this length the attention of {model.spec.name} in layer {layer} of its {stack} has no row "
                    "and column for each token. Try a shorter text, or another model."
                )


def _states(output: Any, model: LoadedModel) -> Mapping[Stack, tuple[np.ndarray, ...]]:
    names: dict[Stack, str] = {model.family: "hidden_states"}  # type: ignore[dict-item]
    if model.family == "encoder-decoder":
        names = {"encoder": "encoder_hidden_states", "decoder": "decoder_hidden_states"}
    states = {stack: getattr(output, name, None) or () for stack, name in names.items()}
    return {stack: tuple(_array(state) for state in layers) for stack, layers in states.items()}


def _array(tensor: Any) -> Any:
    """One sequence's float32 numpy array, or None."""
    return None if tensor is None else tensor[0].detach().to("cpu", torch.float32).numpy()


@contextmanager
def _failures_explained(model: LoadedModel, tell: Telling) -> Iterator[None]:
    """Turn what the library raises into an error a person can act on; what the callback raises passes through."""
    try:
        yield
    except LlmCoreError:
        raise
    except Exception as error:
        if error is tell.raised:
            raise
        raise UnsupportedModelError(
            f"{model.spec.name} cannot be run on this text: {first_line(error)} Try a shorter text, or another model."
        ) from error


def _checked(edits: Edits, model: LoadedModel) -> dict[Site, tuple[int, ...]]:
    """The edits by site, after making sure that each of their heads exists."""
    if not edits.ablate_heads:
        return {}
    if model.method == "eager":
        raise UnsupportedModelError(
            f"Heads of {model.spec.name} cannot be switched off: its attention does not pass through the recorder."
        )
    known = {site for places in model.sites.values() for site in places}
    ablated: dict[Site, tuple[int, ...]] = {}
    for where, heads in edits.ablate_heads.items():
        try:
            (stack, layer), chosen = where, tuple(heads)
        except (TypeError, ValueError) as error:
            raise SelectionError(
                f"Expected heads to ablate as {{(stack, layer): (head, ...)}}, got {{{where!r}: {heads!r}}}."
            ) from error
        site = Site(stack, layer)
        if site not in known:
            raise SelectionError(
                f"Expected a layer of {model.spec.name} with attention, got layer {layer!r} of {stack!r}."
            )
        ablated[site] = chosen
    return ablated


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


def _write_target(
    model: LoadedModel,
    source: EncodedText,
    limit: int,
    ablated: dict[Site, tuple[int, ...]],
    progress: ProgressCallback,
) -> torch.Tensor:
    """What the model writes greedily for a source, as decoder inputs: start token first, no end token."""
    tell = Telling(progress)

    def write(**options: Any) -> Any:
        with torch.inference_mode(), recording(Recording(sites=model.sites, ablated=ablated, keep=False)):
            return model.model.generate(
                input_ids=source.inputs["input_ids"],
                attention_mask=source.inputs["attention_mask"],
                max_new_tokens=limit,
                do_sample=False,
                num_beams=1,
                streamer=_TellingStreamer(limit, tell),
                **options,
            )

    with _failures_explained(model, tell):
        try:
            written = write()
        except (IndexError, RuntimeError, TypeError):
            if tell.raised is not None:
                raise
            # The library's cache does not fit every decoder, for example one with more layers than its encoder.
            written = write(use_cache=False)
    ends = model.model.generation_config.eos_token_id
    ends = set(ends if isinstance(ends, list) else [ends])
    while written.shape[1] > 1 and int(written[0, -1]) in ends:
        written = written[:, :-1]
    return torch.as_tensor(written)
