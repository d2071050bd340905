"""The norms of a model as formulas, found by what they do to numbers and not by the class they are of.

LayerNorm: Ba, Kiros and Hinton 2016. RMSNorm: Zhang and Sennrich 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from torch import nn

Kind = Literal["LayerNorm", "RMSNorm"]

CLOSE = 2e-4
"""Numbers that agree within this share of the largest are taken for the same: float32 rounds in between."""

CLOSE_IN_HALF = 1e-3
"""The same for numbers that were kept in half precision, as in the traces that ship with the app."""


@dataclass(frozen=True, eq=False)
class Norm:
    """``gain * (x - mean) / sqrt(variance + epsilon) + shift`` over the last axis; RMSNorm takes no mean off.

    Attributes:
        kind: ``"LayerNorm"`` or ``"RMSNorm"``.
        name: Where it is in the model.
        gain: Shape (width,), or (head width) where each head has its own.
        shift: Like gain, or None.
        epsilon: Added to the variance.
    """

    kind: Kind
    name: str
    gain: np.ndarray
    shift: np.ndarray | None
    epsilon: float

    def __post_init__(self) -> None:
        self.gain.setflags(write=False)
        if self.shift is not None:
            self.shift.setflags(write=False)

    @property
    def width(self) -> int:
        """Size of the axis it normalises."""
        return self.gain.shape[-1]

    def head(self, head: int) -> Norm:
        """The norm as one head has it."""
        if self.gain.ndim == 1:
            return self
        shift = None if self.shift is None else self.shift[head]
        return Norm(self.kind, self.name, self.gain[head], shift, self.epsilon)

    def mean(self, x: np.ndarray) -> np.ndarray:
        """What is taken off, with the last axis kept; 0 for RMSNorm."""
        return x.mean(axis=-1, keepdims=True) if self.kind == "LayerNorm" else np.zeros_like(x[..., :1])

    def spread(self, x: np.ndarray) -> np.ndarray:
        """What is divided by, with the last axis kept."""
        return np.sqrt(np.square(x - self.mean(x)).mean(axis=-1, keepdims=True) + self.epsilon)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Normalise the last axis."""
        unit = (x - self.mean(x)) / self.spread(x) * self.gain
        return unit if self.shift is None else unit + self.shift


def norms_of(model: nn.Module, name: str = "") -> Iterator[Norm]:
    """Every formula that a norm inside a module may have; which of them it is shows when it is tried.

    Args:
        model: A model or a part of it.
        name: The part's name in the model.
    """
    for inner, module in model.named_modules(prefix=name):
        if "norm" not in type(module).__name__.lower() or any(True for _ in module.children()):
            continue
        weight = getattr(module, "weight", None)
        if weight is None or weight.ndim > 2:
            continue
        gain = _array(weight)
        bias = getattr(module, "bias", None)
        shift = None if bias is None else _array(bias)
        epsilon = next(
            (float(getattr(module, key)) for key in ("eps", "variance_epsilon", "epsilon") if hasattr(module, key)), 0.0
        )
        for kind in ("LayerNorm", "RMSNorm"):
            yield Norm(kind, inner, gain, shift, epsilon)
            yield Norm(kind, inner, 1 + gain, shift, epsilon)


def norms_near(model: nn.Module, width: int, near: str) -> list[Norm]:
    """A model's norms of a width, those that lie nearest in the model to a named part first."""

    def shared(norm: Norm) -> int:
        parts = zip(norm.name.split("."), near.split("."), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], parts))

    return sorted((norm for norm in norms_of(model) if norm.gain.shape == (width,)), key=shared, reverse=True)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """True if two arrays agree but for rounding, that of the precision in which the second was kept."""
    if one.shape != other.shape:
        return False
    largest = max(float(np.abs(other).max(initial=0)), 1e-30)
    close = CLOSE_IN_HALF if kept_in_half(other) else CLOSE
    return float(np.abs(one - other).max(initial=0)) <= close * largest


def kept_in_half(numbers: np.ndarray) -> bool:
    """True if no number of an array has more digits than half precision holds."""
    with np.errstate(over="ignore"):
        return bool(np.array_equal(numbers, numbers.astype(np.float16).astype(numbers.dtype)))


def _array(parameter: Any) -> np.ndarray:
    return parameter.detach().double().cpu().numpy().copy()
