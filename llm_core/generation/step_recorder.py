"""From the attention calls of one decoding step to records of that step, without keeping the cache again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from llm_core.errors import UnsupportedModelError
from llm_core.generation.growing_keys import GrowingKeys
from llm_core.generation.step import StepLayer, StepRecord
from llm_core.models.loading import LoadedModel
from llm_core.recording.masks import MaskRecord, compact_mask
from llm_core.recording.recorder import AttentionCall, Bias, Compactor, Recording, Site
from llm_core.recording.records import DenseBias, StoredAttention
from llm_core.recording.trace_record import LayerRecord
from llm_core.recording.verification import OUTPUTS, eager_layers
from llm_core.shapes import Stack

SAME = 1e-4
"""Keys of earlier tokens that differ by no more than this are the same keys computed again."""


class StepRecorder:
    """Keeps what the last token of each decoding step looked at; keys and values are added to, never copied.

    Args:
        model: The model that decodes.
        cached: True if a step only passes the newest token through the model.
    """

    def __init__(self, model: LoadedModel, *, cached: bool) -> None:
        self._model = model
        self._cached = cached
        self._memories: dict[Site, GrowingKeys] = {}

    def step(self, noted: Recording, output: Any, tokens: int) -> Mapping[Stack, Mapping[int, StepRecord]]:
        """The attention of the last token, by stack and layer.

        Args:
            noted: The calls of this step's forward pass.
            output: Its output, for models that hand out whole matrices.
            tokens: How many tokens the decoder has read, this step's included.

        Raises:
            UnsupportedModelError: The attention has no column for each token.
        """
        if self._model.method == "eager":
            return self._stored(output, tokens)
        layers: dict[Stack, dict[int, StepRecord]] = {
            stack: {} for stack in OUTPUTS[self._model.family] if stack != "encoder"
        }
        last = _LastRows()
        for site, call in noted.calls:
            if site is not None and site.stack != "encoder":
                layers[site.stack][site.layer] = self._layer(site, last.of(call), last, tokens)
        noted.calls.clear()
        return layers

    def _layer(self, site: Site, call: AttentionCall, last: _LastRows, tokens: int) -> StepLayer:
        mask, bias = last.compact.mask_and_bias(call)
        seen = call.key.shape[2] if site.stack == "cross" else tokens
        mask, bias = _from_the_first_token(mask, bias, seen)
        return StepLayer(
            query=np.array(_array(call.query)),
            memory=self._memory(site, call, seen),
            keys=seen,
            mask=mask,
            scaling=call.scaling,
            bias=bias,
            softcap=call.softcap,
            sink=None if call.sink is None else call.sink.detach().float().reshape(-1).cpu().numpy(),
        )

    def _memory(self, site: Site, call: AttentionCall, tokens: int) -> GrowingKeys:
        known = self._memories.get(site)
        if known is not None and site.stack == "cross":
            return known
        key, value = _array(call.key), _array(call.value)
        new = tokens - (known.length if known else 0)
        if not 0 <= new <= key.shape[1] <= tokens:
            raise self._unaligned(site.stack, site.layer)
        if known is not None and not self._cached:
            before = known.first(known.length)[0]
            if not np.allclose(before, key[:, : known.length], atol=SAME):
                known = None
        if known is None:
            known = self._memories[site] = GrowingKeys(key, value)
        elif new:
            known.append(key[:, -new:], value[:, -new:])
        return known

    def _stored(self, output: Any, tokens: int) -> Mapping[Stack, Mapping[int, StepRecord]]:
        layers: dict[Stack, dict[int, StepRecord]] = {}
        for stack, name in OUTPUTS[self._model.family].items():
            if stack == "encoder":
                continue
            layers[stack] = {}
            try:
                matrices = eager_layers(output, name)
            except UnsupportedModelError as error:
                raise UnsupportedModelError(
                    f"While {self._model.spec.name} writes, {error} Choose another model, or trace the text instead."
                ) from error
            for layer, weights in enumerate(matrices):
                missing = 0 if stack == "cross" else tokens - weights.shape[2]
                if missing < 0:
                    raise self._unaligned(stack, layer)
                row = np.pad(weights[:, -1:], ((0, 0), (0, 0), (missing, 0)))
                layers[stack][layer] = StoredAttention(row, compact_mask(np.asarray((row > 0).any(axis=0))))
        return layers

    def _unaligned(self, stack: Stack, layer: int) -> UnsupportedModelError:
        return UnsupportedModelError(
            f"While {self._model.spec.name} writes, the attention in layer {layer} of its {stack} has no column for "
            "each token. Choose another model, or trace the text instead."
        )


def encoder_records(model: LoadedModel, noted: Recording, encoder_output: Any) -> Mapping[int, LayerRecord]:
    """The encoder's attention by layer, from the pass that ``generate`` makes before its first step."""
    if model.method == "eager":
        weights = eager_layers(encoder_output, "attentions")
        return {
            layer: StoredAttention(row, compact_mask(np.asarray((row > 0).any(axis=0))))
            for layer, row in enumerate(weights)
        }
    compact = Compactor()
    return {
        site.layer: compact.record(call) for site, call in noted.calls if site is not None and site.stack == "encoder"
    }


class _LastRows:
    """Cuts calls down to their last query; masks and biases that layers share stay shared."""

    def __init__(self) -> None:
        self.compact = Compactor()
        self._cuts: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def of(self, call: AttentionCall) -> AttentionCall:
        if call.query.shape[2] == 1:
            return call
        return replace(
            call,
            query=call.query[:, :, -1:],
            mask=self._cut(call.mask),
            position_bias=self._cut(call.position_bias),
            causal=False,
        )

    def _cut(self, whole: torch.Tensor | None) -> torch.Tensor | None:
        if whole is None:
            return None
        if id(whole) not in self._cuts:
            # The whole is kept as well: while it lives, no other tensor can take its id.
            self._cuts[id(whole)] = (whole, whole[..., -1:, :])
        return self._cuts[id(whole)][1]


def _from_the_first_token(mask: MaskRecord, bias: Bias, tokens: int) -> tuple[MaskRecord, Bias]:
    """Count keys from the text's first token where a sliding window's cache has dropped the first ones."""
    dropped = tokens - mask.keys
    if dropped <= 0:
        return mask, bias
    row = np.zeros((1, tokens), bool)
    row[:, dropped:] = mask.rows()
    moved = compact_mask(row)
    if bias is None:
        return moved, None
    heads = len(bias.values) if isinstance(bias, DenseBias) else len(bias.diagonals)
    values = np.zeros((heads, 1, tokens), np.float32)
    for head in range(heads):
        values[head, :, dropped:] = bias.rows(head, np.zeros(1, np.int32))
    return moved, DenseBias(values)


def _array(tensor: torch.Tensor) -> np.ndarray:
    """The first sequence of a batch as float32 numpy, sharing memory if it can."""
    if tensor.dtype != torch.float32 or not tensor.is_cpu:
        tensor = tensor.to("cpu", torch.float32)
    return tensor.numpy()[0]
