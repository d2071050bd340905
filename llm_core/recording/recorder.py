"""The attention function that records queries, keys and values as a model runs.

transformers hands the attention of nearly every model to a function looked up by name in
``AttentionInterface``. Models that :mod:`llm_core.models.loading` loads look it up under :data:`IMPLEMENTATION`
and find :func:`recorded_attention`, which lets the library's SDPA do the work and, while a
:class:`Recording` is active *in the current context*, keeps references to what came in. The context
variable belongs to the thread, so threads that share one model never see each other's recording;
nothing of the model is ever changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from llm_core.recording.masks import MaskRecord, causal_mask, compact_mask, full_mask
from llm_core.recording.records import LOWEST, AttentionRecord, DenseBias, ToeplitzBias, check_heads
from llm_core.recording.self_writing import original_of
from llm_core.shapes import Stack

Bias: TypeAlias = ToeplitzBias | DenseBias | None

IMPLEMENTATION = "attention_explorer"


@dataclass(frozen=True)
class Site:
    """One place in a model where attention happens: a layer of a stack, counted from zero."""

    stack: Stack
    layer: int


@dataclass(frozen=True)
class AttentionCall:
    """The arguments of one call of the attention function, as the model passed them.

    Tensors have the axes (batch head query d_head), (batch key_value_head key d_head) and (batch
    key_value_head key d_value).
    """

    module: nn.Module
    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    mask: torch.Tensor | None
    position_bias: torch.Tensor | None
    scaling: float
    causal: bool
    softcap: float | None
    sink: torch.Tensor | None


@dataclass(frozen=True, eq=False)
class Replacement:
    """What some heads of a layer give out instead of their own output, before the output projection.

    Attributes:
        heads: Which heads, from 0.
        values: What each of them gives out at every position, shape (head d_value); None for zeros.
    """

    heads: tuple[int, ...]
    values: torch.Tensor | None = None

    def put_into(self, output: torch.Tensor) -> torch.Tensor:
        """All heads' output (batch query head d_value) with this in it."""
        if not self.heads:
            return output
        output = output.clone()
        heads = check_heads(self.heads, output.shape[2])
        output[:, :, heads] = 0 if self.values is None else self.values.to(output)
        return output


@dataclass(frozen=True, eq=False)
class BatchReplacement:
    """What heads of a layer give out instead of their own output, other heads in each sequence of a batch.

    Attributes:
        off: True where a sequence's head is replaced, bool, shape (batch head).
        values: What each head gives out then, shape (batch head d_value) or (1 head d_value); None for zeros.
    """

    off: torch.Tensor
    values: torch.Tensor | None = None

    def put_into(self, output: torch.Tensor) -> torch.Tensor:
        """All heads' output (batch query head d_value) with this in it."""
        instead = output.new_zeros(()) if self.values is None else self.values[:, None].to(output)
        return torch.where(self.off[:, None, :, None].to(output.device), instead, output)


@dataclass
class Recording:
    """Everything one forward pass told the attention function.

    Attributes:
        sites: The places of attention in the order in which each module is called, by module. A module
            that serves several layers is named once for each. Empty while they are being discovered.
        replaced: Heads whose output is replaced before the output projection, by site.
        watched: Sites whose heads' output is kept in ``outputs``.
        on_call: Called after each layer with the number of layers passed so far; may raise to stop the pass.
        keep: False if only the replacing and watching is wanted, not the records.
        heads: By site, how many heads it has.
        outputs: By watched site, the output of its last call before the output projection, shape (batch query
            head d_value), as it was before anything was replaced.
    """

    sites: Mapping[nn.Module, tuple[Site, ...]] = field(default_factory=dict)
    replaced: Mapping[Site, Replacement | BatchReplacement] = field(default_factory=dict)
    watched: Collection[Site] = ()
    on_call: Callable[[int], None] | None = None
    keep: bool = True
    calls: list[tuple[Site | None, AttentionCall]] = field(default_factory=list)
    heads: dict[Site, int] = field(default_factory=dict)
    outputs: dict[Site, torch.Tensor] = field(default_factory=dict)
    _passed: int = 0
    _times_called: defaultdict[nn.Module, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, call: AttentionCall) -> Site | None:
        """Keep a call and tell which site it belongs to."""
        places = self.sites.get(call.module, ())
        site = places[self._times_called[call.module] % len(places)] if places else None
        self._times_called[call.module] += 1
        self._passed += 1
        if site is not None:
            self.heads[site] = call.query.shape[1]
        if self.keep:
            self.calls.append((site, call))
        if self.on_call is not None:
            self.on_call(self._passed)
        return site

    def edited(self, site: Site | None, output: torch.Tensor) -> torch.Tensor:
        """The heads' output (batch query head d_value) with what is to be replaced replaced."""
        if site is None:
            return output
        if site in self.watched:
            self.outputs[site] = output
        replacement = self.replaced.get(site)
        return output if replacement is None else replacement.put_into(output)


_active: ContextVar[Recording | None] = ContextVar("attention_explorer_recording", default=None)


@contextmanager
def recording(into: Recording) -> Iterator[Recording]:
    """Record every attention call of this context (this thread, not others) into ``into``."""
    token = _active.set(into)
    try:
        yield into
    finally:
        _active.reset(token)


def recorded_attention(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """The library's SDPA attention, observed; the signature is the library's attention interface.

    Returns:
        Output before the output projection, (batch query head d_value), and None for the weights.
    """
    active = _active.get()
    softcap, sink = kwargs.get("softcap"), kwargs.get("s_aux")
    if active is None and softcap is None and sink is None:
        output, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
        return output, None

    scaling, is_causal = kwargs.get("scaling"), kwargs.get("is_causal")
    module_is_causal = bool(getattr(module, "is_causal", True) if is_causal is None else is_causal)
    call = AttentionCall(
        module=original_of(module),
        query=query,
        key=key,
        value=value,
        mask=attention_mask,
        position_bias=kwargs.get("position_bias"),
        scaling=query.shape[-1] ** -0.5 if scaling is None else float(scaling),
        causal=attention_mask is None and query.shape[2] > 1 and module_is_causal,
        softcap=softcap,
        sink=sink,
    )
    if softcap is not None or sink is not None:
        output = _attention_beyond_sdpa(call)
    else:
        output, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    if active is not None:
        output = active.edited(active.add(call), output)
    return output, None


def _attention_beyond_sdpa(call: AttentionCall) -> torch.Tensor:
    """Attention with what SDPA refuses or ignores: capped scores (Gemma 2) and learned sinks (gpt-oss)."""
    groups = call.query.shape[1] // call.key.shape[1]
    key, value = repeat_kv(call.key, groups), repeat_kv(call.value, groups)
    scores = call.query @ key.transpose(2, 3) * call.scaling
    if call.softcap is not None:
        scores = torch.tanh(scores / call.softcap) * call.softcap
    if call.position_bias is not None:
        scores = scores + call.position_bias
    if call.mask is None and call.causal:
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, torch.finfo(scores.dtype).min)
    elif call.mask is not None and call.mask.dtype == torch.bool:
        scores = scores.masked_fill(~call.mask, torch.finfo(scores.dtype).min)
    elif call.mask is not None:
        scores = scores + call.mask
    if call.sink is not None:
        sink = call.sink.reshape(1, -1, 1, 1).expand(*scores.shape[:3], 1)
        scores = torch.cat([scores, sink.to(scores.dtype)], dim=-1)
    weights = scores.float().softmax(dim=-1).to(value.dtype)[..., : key.shape[2]]
    return (weights @ value).transpose(1, 2).contiguous()


class Compactor:
    """Turns the calls of one pass into records; masks and biases that layers share are converted once."""

    def __init__(self, batch_row: int = 0) -> None:
        self._row = batch_row
        self._shared: dict[object, tuple[AttentionCall, MaskRecord, Bias]] = {}

    def record(self, call: AttentionCall) -> AttentionRecord:
        """One layer's record, as read-only numpy arrays that share the model's memory where they can."""
        mask, bias = self.mask_and_bias(call)
        return AttentionRecord(
            query=_array(call.query[self._row]),
            key=_array(call.key[self._row]),
            value=_array(call.value[self._row]),
            mask=mask,
            scaling=call.scaling,
            bias=bias,
            softcap=call.softcap,
            sink=None if call.sink is None else _array(call.sink.reshape(-1)),
        )

    def mask_and_bias(self, call: AttentionCall) -> tuple[MaskRecord, Bias]:
        """Which keys each query of a call may look at, and the bias of its scores."""
        queries, keys = call.query.shape[2], call.key.shape[2]
        name = (id(call.mask), id(call.position_bias), queries, keys, call.causal)
        if name not in self._shared:
            position = call.position_bias
            bias = None if position is None else self._of_row(position, keys)
            if call.mask is None:
                mask = causal_mask(queries, keys) if call.causal else full_mask(queries, keys)
            else:
                mask, bias = _split_mask(self._of_row(call.mask, keys), bias, queries)
            # The call is kept as well: while it lives, no other tensor can take its id.
            self._shared[name] = (call, mask, None if bias is None else _compact_bias(_array(bias)))
        return self._shared[name][1:]

    def _of_row(self, tensor: torch.Tensor, keys: int) -> torch.Tensor:
        """One sequence's (head query key) out of a tensor whose batch axis may be shared."""
        return tensor[min(self._row, len(tensor) - 1), ..., :keys]


def _split_mask(mask: torch.Tensor, bias: torch.Tensor | None, queries: int) -> tuple[MaskRecord, torch.Tensor | None]:
    """Take a mask (head query key) apart into what is open to any head, and a bias for the rest."""
    if mask.dtype == torch.bool:
        visible = mask
    else:
        visible = mask > LOWEST / 2
        added = mask.masked_fill(~visible, 0)
        if bool(added.any()):
            bias = added if bias is None else bias + added
    open_to_any = visible.any(dim=0)
    if not bool((visible == open_to_any).all()):
        closed = torch.zeros(visible.shape, device=visible.device).masked_fill(~visible, LOWEST)
        bias = closed if bias is None else (bias + closed).clamp(min=LOWEST)
    return compact_mask(open_to_any.expand(queries, -1).cpu().numpy()), bias


def _compact_bias(values: np.ndarray) -> Bias:
    if not values.any():
        return None
    queries = values.shape[1]
    if queries > 1 and np.array_equal(values[:, 1:, 1:], values[:, :-1, :-1]):
        upward = values[:, :0:-1, 0]
        return ToeplitzBias(np.concatenate([upward, values[:, 0]], axis=1), queries)
    return DenseBias(values)


def _array(tensor: torch.Tensor) -> np.ndarray:
    """float32 numpy, sharing memory unless a view keeps much more alive than it shows."""
    array = tensor.detach().to("cpu", torch.float32)
    if array.untyped_storage().nbytes() > 1.5 * array.numel() * array.element_size():
        array = array.clone()
    return array.numpy()


AttentionInterface.register(IMPLEMENTATION, recorded_attention)
AttentionMaskInterface.register(IMPLEMENTATION, sdpa_mask)
