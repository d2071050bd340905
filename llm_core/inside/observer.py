"""What a model multiplies around its attention, seen as it runs and without touching the model.

A :class:`torch.overrides.TorchFunctionMode` belongs to the thread that opened it, so a pass can be watched
while others run the same model unwatched. No hook is set and nothing of the model is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from llm_core.models.loading import LoadedModel
from llm_core.recording.recorder import AttentionCall, Recording, Site, recording


@dataclass(frozen=True, eq=False)
class LinearCall:
    """One product of a matrix of the model with what came in, ``output = input weight^T + bias``.

    Attributes:
        weight: Shape (out in), whichever way round the model stores it.
        bias: Shape (out,), or None.
        input: Shape (token in).
        output: Shape (token out).
        name: The weight's name in the model, empty if it is none of its parameters.
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    input: torch.Tensor
    output: torch.Tensor
    name: str


@dataclass(frozen=True, eq=False)
class EmbeddingCall:
    """One look-up in a table: the row ``ids[token]`` for each token.

    Attributes:
        ids: Shape (token,).
        output: Shape (token d_model).
        name: The table's name in the model.
    """

    ids: torch.Tensor
    output: torch.Tensor
    name: str


@dataclass
class Sighting:
    """One attention layer and what was multiplied right before and right after it.

    Attributes:
        site: Where it is.
        call: What the attention function was given.
        before: Linear calls since the attention layer before it.
        after: Linear calls up to the attention layer behind it.
        normed_after: What went into a norm up to there, each (token width).
        normed: What went into a norm since the attention layer before it, each (token width).
        angles: What cosines were taken of since the pass began, each (token width).
        embeddings: Tables looked up since the stack began, in order.
    """

    site: Site
    call: AttentionCall
    before: list[LinearCall]
    normed: list[torch.Tensor]
    angles: list[torch.Tensor]
    embeddings: list[EmbeddingCall]
    after: list[LinearCall] = field(default_factory=list)
    normed_after: list[torch.Tensor] = field(default_factory=list)


class _Observer(TorchFunctionMode):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.linears: list[LinearCall] = []
        self.normed: list[torch.Tensor] = []
        self.angles: list[torch.Tensor] = []
        self.embeddings: list[EmbeddingCall] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        output = func(*args, **(kwargs or {}))
        names = _ARGUMENTS.get(func)
        if names is not None:
            given = kwargs or {}
            self._note(func, [args[i] if i < len(args) else given.get(name) for i, name in enumerate(names)], output)
        return output

    def _note(self, func: Any, given: list[Any], output: torch.Tensor) -> None:
        if func is nn.functional.linear:
            came, weight, bias = given
            self._keep(came, weight, weight, bias, output)
        elif func is torch.addmm:
            bias, came, weight = given
            self._keep(came, weight, weight.T, bias, output)
        elif func in _PRODUCTS:
            came, weight = given
            if isinstance(weight, nn.Parameter) and weight.ndim == 2 and came.ndim >= 2:
                self._keep(came, weight, weight.T, None, output)
        elif func is nn.functional.embedding:
            ids, table = given
            if ids.ndim == 1 or (ids.ndim == 2 and len(ids) == 1):
                self.embeddings.append(EmbeddingCall(ids.reshape(-1), _rows(output), self._names.get(id(table), "")))
        elif func in _ANGLES:
            if given[-1].ndim >= 2:
                self.angles.append(_rows(given[-1]))
        elif given[0].ndim in {2, 3}:
            self.normed.append(_rows(given[0]))

    def _keep(self, came: Any, stored: Any, weight: Any, bias: Any, output: torch.Tensor) -> None:
        if weight.ndim == 2 and output.ndim >= 2:
            name = self._names.get(id(stored), "")
            self.linears.append(LinearCall(weight, bias, _rows(came), _rows(output), name))


_ANGLES = {torch.Tensor.cos: ("input",), torch.cos: ("input",), torch.polar: ("abs", "angle")}
_MATMULS = (torch.matmul, torch.mm, torch.Tensor.matmul, torch.Tensor.mm, torch.Tensor.__matmul__)
_PRODUCTS = dict.fromkeys(_MATMULS, ("input", "other"))
_ARGUMENTS = {
    nn.functional.linear: ("input", "weight", "bias"),
    torch.addmm: ("input", "mat1", "mat2"),
    nn.functional.embedding: ("input", "weight"),
    nn.functional.layer_norm: ("input",),
    nn.functional.rms_norm: ("input",),
    torch.Tensor.pow: ("input",),
    torch.pow: ("input",),
    **_ANGLES,
    **_PRODUCTS,
}


class Enough(Exception):  # noqa: N818 - it is a signal, not an error
    """Raised inside a pass once the layer in question has been seen."""


@dataclass
class _Watch(Recording):
    observer: _Observer | None = None
    wanted: Site | None = None
    seen: list[Sighting] = field(default_factory=list)
    on_seen: Callable[[Sighting], None] | None = None
    _stack: str = ""
    _stack_began: int = 0
    _embedded: int = 0

    def add(self, call: AttentionCall) -> Site | None:
        site = super().add(call)
        self.finish()
        if self.wanted is not None and self.seen:
            raise Enough
        watched = cast(_Observer, self.observer)
        if site is not None and site.stack not in {"cross", self._stack}:
            self._stack, self._stack_began = site.stack, self._embedded
        self._embedded = len(watched.embeddings)
        if site is not None and self.wanted in {None, site}:
            looked_up = watched.embeddings[self._stack_began :]
            self.seen.append(Sighting(site, call, watched.linears, watched.normed, list(watched.angles), looked_up))
        watched.linears, watched.normed = [], []
        return site

    def finish(self) -> None:
        """What was multiplied and normalised since the last layer seen came right after it."""
        if self.seen and not self.seen[-1].after:
            watched = cast(_Observer, self.observer)
            self.seen[-1].after, self.seen[-1].normed_after = watched.linears, watched.normed
            if self.on_seen is not None:
                self.on_seen(self.seen.pop())


def watch(
    model: LoadedModel,
    inputs: Mapping[str, Any],
    *,
    wanted: Site | None = None,
    on_call: Any = None,
    on_seen: Callable[[Sighting], None] | None = None,
) -> list[Sighting]:
    """Run a model and tell what it multiplied around each attention layer, or around one.

    Args:
        model: Not changed, may be shared.
        inputs: What its forward takes.
        wanted: The only layer to look at; the pass ends after it. None for all.
        on_call: Called after each attention layer with the number passed; may raise to stop.
        on_seen: Given each layer as soon as all around it has been seen; it is not kept then.
    """
    observer = _Observer(model.model)
    noted = _Watch(sites=model.sites, keep=False, on_call=on_call, observer=observer, wanted=wanted, on_seen=on_seen)
    try:
        with torch.inference_mode(), recording(noted), observer:
            model.network()(**inputs)
    except Enough:
        pass
    noted.finish()
    return noted.seen


def _rows(tensor: torch.Tensor) -> torch.Tensor:
    """The first sequence's (token width); a leading axis of heads or of the batch is folded in."""
    return tensor.reshape(-1, tensor.shape[-1])
