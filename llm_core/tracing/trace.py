"""``trace(model, text)``: one forward pass, text in, records out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from llm_core.errors import UnsupportedModelError
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.recording.alibi import has_alibi
from llm_core.recording.masks import compact_mask
from llm_core.recording.recorder import Compactor, Recording, Site
from llm_core.recording.records import StoredAttention
from llm_core.recording.trace_record import Edits, LayerRecord, Trace
from llm_core.recording.verification import OUTPUTS, eager_layers, expected_shape
from llm_core.shapes import Stack
from llm_core.tracing.ablation import replacements
from llm_core.tracing.inputs import EncodedText, check_target, encode_target, encode_text
from llm_core.tracing.last_layers import states_of
from llm_core.tracing.logit_rows import ONLY_LAST, logit_rows, rows_only
from llm_core.tracing.passes import forward_pass, with_target, write_greedily


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
    whole_logits: bool = True,
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
        whole_logits: False to have the logits of long texts worked out row by row when somebody looks
            (:class:`llm_core.tracing.logit_rows.LogitRows`); such a trace keeps hold of the model.
        progress: Told after each layer. What it raises stops the pass and reaches the caller.

    Raises:
        TextError: The text (or target) is empty, too long, or no text.
        SelectionError: The edits name a head that does not exist, a length is no length, or a target was given
            to a model without one.
        UnsupportedModelError: The edits need a recorder, and this model has an attention of its own.
    """
    check_target(model, target)
    source = encode_text(model, text, truncate=truncate, pad_to=pad_to, max_tokens=max_tokens)
    target_ids = None if target is None else encode_target(model, target, truncate=truncate)
    return trace_encoded(
        model,
        source,
        target_ids,
        edits=edits,
        max_target_tokens=max_target_tokens,
        whole_logits=whole_logits,
        progress=progress,
    )


def trace_encoded(
    model: LoadedModel,
    source: EncodedText,
    target: torch.Tensor | None = None,
    *,
    edits: Edits | None = None,
    max_target_tokens: int = 64,
    whole_logits: bool = True,
    progress: ProgressCallback = ignore_progress,
) -> Trace:
    """Run a model over tokens once; see :func:`trace`.

    Args:
        model: From :func:`llm_core.load_model`.
        source: What to read, as the model takes it.
        target: Decoder inputs of an encoder-decoder, shape (batch=1 token); None lets the model write them first.
        edits: Heads to switch off in this pass.
        max_target_tokens: The most tokens written when there is no target.
        whole_logits: See :func:`trace`.
        progress: Told after each layer.
    """
    edits = edits or Edits()
    generated = model.family == "encoder-decoder" and target is None
    first = 0.4 if edits.ablation == "mean" and edits.ablate_heads else 0.0
    second = first + (1 - first) / 2 if generated else first
    replaced = replacements(
        model,
        edits,
        source.inputs,
        target,
        max_target_tokens=max_target_tokens,
        progress=within(progress, 0.0, first),
    )
    if generated:
        written = within(progress, first, second)
        target = write_greedily(model, source.inputs, max_target_tokens, replaced=replaced, progress=written)
    inputs = with_target(source.inputs, target)
    options: dict[str, Any] = {"output_hidden_states": True}
    if model.method == "eager":
        options["output_attentions"] = True
    by_row = not whole_logits and rows_only(model, len(source.tokens))
    done = forward_pass(
        model,
        inputs,
        replaced=replaced,
        keep=True,
        last_layers=True,
        options={**options, **(ONLY_LAST if by_row else {})},
        progress=within(progress, second, 1.0),
    )
    layers = _stored(model, done.output) if model.method == "eager" else _recorded(model, done.noted)
    _check_shapes(model, layers, inputs)
    states = _states(done.output, model)
    logits = _array(getattr(done.output, "logits", None))
    if by_row:
        logits = logit_rows(model, states["decoder"][-1], logits[-1])
        if logits is None:
            return trace_encoded(model, source, target, edits=edits, progress=progress)
    return Trace(
        model_name=model.spec.name,
        family=model.family,
        text=source.text,
        tokens=source.tokens,
        target_tokens=model.reader.sequence([] if target is None else target[0].tolist()),
        target_generated=generated,
        layers_recorded=layers,
        states=states,
        last_outputs=_last_outputs(done.last_outputs, states),
        logits=logits,
        method=model.method,
        largest_difference=model.check.largest_difference,
        tokens_cut=source.tokens_cut,
        seconds=done.seconds,
        revision=model.spec.revision,
        edits=edits,
        guided_heads=model.guided_heads,
        alibi=has_alibi(model.model.config),
    )


def trace_without(
    model: LoadedModel,
    text: str,
    plain: Trace,
    edits: Edits,
    *,
    truncate: bool = False,
    max_tokens: int | None = None,
    whole_logits: bool = True,
    progress: ProgressCallback = ignore_progress,
) -> Trace:
    """The same tokens read once more with heads switched off, row by row what ``plain`` has.

    An encoder-decoder reads the target of ``plain`` again, even if it would write another one without these heads.

    Args:
        model: The model of ``plain``.
        text: What ``plain`` was asked to read.
        plain: A trace with all heads, of a text without padding.
        edits: Heads to switch off.
        truncate: Whether a text that is too long was to be cut.
        max_tokens: The most tokens that ``plain`` was to have.
        whole_logits: See :func:`trace`.
        progress: Told after each layer.

    Raises:
        SelectionError: The edits name a head that does not exist.
        UnsupportedModelError: The edits need a recorder, and this model has an attention of its own.
    """
    source = encode_text(model, text, truncate=truncate, pad_to=None, max_tokens=max_tokens)
    target = torch.tensor([[token.id for token in plain.target_tokens]]) if plain.target_tokens else None
    return trace_encoded(model, source, target, edits=edits, whole_logits=whole_logits, progress=progress)


def _recorded(model: LoadedModel, noted: Recording) -> Mapping[Stack, Mapping[int, LayerRecord]]:
    compact = Compactor()
    layers: dict[Stack, dict[int, LayerRecord]] = {stack: {} for stack in OUTPUTS[model.family]}
    for site, call in noted.calls:
        if site is not None:
            layers[site.stack][site.layer] = compact.record(call)
    noted.calls.clear()
    expected = {site for places in model.sites.values() for site in places}
    if expected != {Site(stack, layer) for stack, records in layers.items() for layer in records}:
        raise UnsupportedModelError(
            f"{model.spec.name} computes its attention in another way at this length, so it cannot be recorded. "
            "Try a text of another length, or another model."
        )
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
    stacks: tuple[Stack, ...] = ("encoder", "decoder") if model.family == "encoder-decoder" else (model.family,)
    states = {stack: states_of(output, stack) for stack in stacks}
    # Some models (Gemma 3n) run several streams side by side; which of them is the residual stream they do not tell.
    one = {stack: layers if all(state.ndim == 3 for state in layers) else () for stack, layers in states.items()}
    return {stack: tuple(_array(state) for state in layers) for stack, layers in one.items()}


def _last_outputs(
    outputs: Mapping[Stack, torch.Tensor], states: Mapping[Stack, tuple[np.ndarray, ...]]
) -> Mapping[Stack, np.ndarray]:
    """What the last layers gave out; the last hidden state itself where no norm follows, so that it is kept once."""
    found = {stack: _array(output) for stack, output in outputs.items() if states[stack]}
    return {
        stack: states[stack][-1] if np.array_equal(output, states[stack][-1]) else output
        for stack, output in found.items()
    }


def _array(tensor: Any) -> Any:
    """One sequence's float32 numpy array, or None."""
    return None if tensor is None else tensor[0].detach().to("cpu", torch.float32).numpy()
