"""Finding a layer's output projection by watching what the model does with its attention's output.

Libraries name and store it in many ways. Whatever it is called, it is the first multiplication whose input is
exactly the heads' output side by side: a mode of PyTorch that belongs to this thread sees every function the
model calls, and nothing of the model is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from llm_core.contributions import OutputProjection
from llm_core.loading import LoadedModel
from llm_core.recorder import Recording, Site, recording
from llm_core.shapes import Stack
from llm_core.verification import probe_inputs


def output_projections(model: LoadedModel) -> Mapping[tuple[Stack, int], OutputProjection]:
    """The output projection of every attention layer in which it can be found, by (stack, layer).

    A short sentence goes through the model once. A layer is left out if it changes its heads' output before it
    projects it (with a gate or a normalisation), or projects it in a way that is not recognised. The arrays share
    the model's memory: keep them no longer than the model.

    Args:
        model: From :func:`llm_core.load_model`; it is not changed.
    """
    sites = frozenset(site for places in model.sites.values() for site in places)
    if not sites:
        return {}
    noted = Recording(sites=model.sites, watched=sites, keep=False)
    inputs = probe_inputs(model.model, model.tokenizer, model.family)
    watching = _Watching(noted)
    with torch.inference_mode(), recording(noted), watching:
        model.model(**inputs)
    return {(site.stack, site.layer): found for site, found in watching.found.items()}


class _Watching(TorchFunctionMode):
    """Compares the input of every multiplication with the heads' output of the layer that attended last."""

    def __init__(self, noted: Recording) -> None:
        super().__init__()
        self._noted = noted
        self.found: dict[Site, OutputProjection] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        waiting = list(self._noted.outputs.items())
        product = _as_product(func, args, kwargs or {}) if waiting else None
        if product is not None:
            given, weight, bias = product
            for site, heads in waiting:
                found = _projection(heads, given, weight, bias, result)
                if found is not None:
                    self.found.setdefault(site, found)
                    del self._noted.outputs[site]
                    break
        return result


Product = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]


def _as_product(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Product | None:
    """Input (... in), weight (in out) and bias of a multiplication with a matrix, or None if it is none."""
    try:
        if func is torch.nn.functional.linear:
            given, weight, bias = (*args, kwargs.get("bias"), None)[:3]
            return given, weight.T, bias
        if func is torch.addmm:
            bias, given, weight = args
            return given, weight, bias
        if func in {torch.matmul, torch.mm, torch.Tensor.matmul, torch.Tensor.mm, torch.Tensor.__matmul__}:
            given, weight = args
            return (given, weight, None) if weight.ndim == 2 else None
    except (AttributeError, TypeError, ValueError):
        return None
    return None


def _projection(
    heads: torch.Tensor, given: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, result: torch.Tensor
) -> OutputProjection | None:
    """The projection, if what was multiplied is the heads' output (batch query head d_value) side by side."""
    count, width = heads.shape[-2:]
    if given.numel() != heads.numel() or weight.shape[0] != count * width or given.shape[-1] != weight.shape[0]:
        return None
    if not torch.equal(given.reshape(-1, count * width), heads.reshape(-1, count * width)):
        return None
    by_head = weight.reshape(count, width, -1)
    summed = torch.einsum("bqhd,hdm->bqm", heads, by_head)
    summed = summed if bias is None else summed + bias
    return OutputProjection(
        weight=by_head.detach().float().numpy(),
        bias=None if bias is None else bias.detach().float().numpy(),
        largest_difference=float((summed.reshape(-1) - result.reshape(-1)).abs().max()),
    )
