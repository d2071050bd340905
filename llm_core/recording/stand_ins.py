"""A copy of a model that shares every weight and has something else in the place of its layers.

The shared model is not changed: only the modules that lead to a list of layers are copied, shallowly.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn


class StandIn(nn.Module):
    """Takes a layer's place and answers for its attributes."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        object.__setattr__(self, "_layer", layer)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_layer"), name)


class Watched(StandIn):
    """Does what its layer does, and tells of it."""

    def __init__(self, layer: nn.Module, tell: Callable[[Any, Any], None]) -> None:
        """``tell`` is called with the state that went in, or None if that cannot be seen, and with what came out."""
        super().__init__(layer)
        object.__setattr__(self, "_tell", tell)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Called as the layer is."""
        output = object.__getattribute__(self, "_layer")(*args, **kwargs)
        self._tell(args[0] if args else kwargs.get("hidden_states"), output)
        return output


class Replaced(StandIn):
    """Does nothing of what its layer does, and gives out something else."""

    def __init__(self, layer: nn.Module, gives: Callable[[], Any]) -> None:
        super().__init__(layer)
        object.__setattr__(self, "_gives", gives)

    def forward(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """Called as the layer is, whatever that takes."""
        return self._gives()


def state_of(output: Any) -> torch.Tensor:
    """The state within what a layer gave out, which may be the first of several things."""
    return torch.as_tensor(output if isinstance(output, torch.Tensor) else output[0])


def with_state(output: Any, state: torch.Tensor) -> Any:
    """What a layer gave out, with another state in it, where the layer is."""
    state = state.to(state_of(output).device)
    return state if isinstance(output, torch.Tensor) else type(output)((state, *output[1:]))


def lists_of_layers(model: nn.Module) -> Iterator[str]:
    """Names of the outermost lists of modules, longest first."""
    lists = [(name, len(module)) for name, module in model.named_modules() if isinstance(module, nn.ModuleList)]
    outer = [(name, size) for name, size in lists if not any(name.startswith(f"{other}.") for other, _ in lists)]
    return (name for name, _ in sorted(outer, key=lambda entry: -entry[1]))


def with_layers(model: nn.Module, path: str, stand_in: Callable[[nn.Module], nn.Module]) -> nn.Module:
    """A copy of the model whose list of layers is replaced; everything else is shared.

    Args:
        model: Not changed.
        path: The list's name in the model.
        stand_in: What takes the place of a layer; the layer itself to leave it as it is.
    """
    return with_part(model, path, lambda layers: nn.ModuleList([stand_in(layer) for layer in layers]))


def with_part(model: nn.Module, path: str, stand_in: Callable[[Any], nn.Module]) -> nn.Module:
    """A copy of the model in which one module is replaced; everything else is shared.

    Args:
        model: Not changed.
        path: The module's name in the model.
        stand_in: Given the module, what takes its place.
    """
    top = _shallow(model)
    holder = top
    parents, _, last = path.rpartition(".")
    for part in parents.split(".") if parents else []:
        holder._modules[part] = _shallow(holder._modules[part])
        holder = holder._modules[part]
    holder._modules[last] = stand_in(holder._modules[last])
    return top


def _shallow(module: Any) -> Any:
    other = copy.copy(module)
    other.__dict__["_modules"] = dict(module._modules)
    return other
