"""How a feed-forward network's hidden numbers come about, found by what they are and not by what modules are called.

A network is ``activation(x W1) W2`` or, gated, ``(activation(x W1) * (x V)) W2`` (Shazeer 2020, arXiv 2002.05202).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from transformers.activations import ACT2FN

from llm_core.inside.norms import CLOSE
from llm_core.inside.observer import LinearCall

MOST_ROWS = 8
"""Tokens that a way of making the hidden numbers is tried on, before it is proved on all."""

NOT_TRIED = {"linear", "prelu", "xielu"}
"""Of the library's activation functions: one that changes nothing, and two with weights of their own."""


@dataclass(frozen=True, eq=False)
class Hidden:
    """Hidden numbers and how they come about.

    Attributes:
        call: The product of the hidden numbers with the second matrix.
        input: What the first matrix was multiplied with, shape (token d_model).
        function: The activation function, as the library calls it.
        before: What it was given, shape (token neuron).
        gated: What its result is multiplied with, shape (token neuron), or None.
    """

    call: LinearCall
    input: torch.Tensor
    function: str
    before: torch.Tensor
    gated: torch.Tensor | None


def find_hidden(calls: Sequence[LinearCall], width: int) -> Iterator[tuple[int, Hidden]]:
    """Every product in a row of them whose input is made as hidden numbers are, and where in the row it stands.

    Args:
        calls: What was multiplied after an attention layer, in order.
        width: ``d_model``.
    """
    for place, down in enumerate(calls):
        if not down.name or down.output.shape[1] != width:
            continue
        made = [call for call in calls[:place] if call.name and len(call.output) == len(down.input)]
        hidden = _made_by(down, made)
        if hidden is not None:
            yield place, hidden


def _made_by(down: LinearCall, calls: Sequence[LinearCall]) -> Hidden | None:
    pieces = [(call.input, piece) for call in calls for piece in _pieces(call.output, down.input.shape[1])]
    rows = torch.from_numpy(np.unique(np.linspace(0, len(down.input) - 1, MOST_ROWS).astype(int)))
    goal = down.input[rows].double()
    bound = CLOSE * float(goal.abs().max())
    best: tuple[float, Hidden] | None = None
    for name, function in _functions().items():
        for came, before in pieces:
            active = function(before[rows].double())
            others = [piece for other, piece in pieces if piece is not before and _is(other, came)]
            for other in (None, *others):
                tried = active if other is None else active * other[rows].double()
                difference = float((tried - goal).abs().max())
                if difference <= bound and (best is None or difference < best[0]):
                    best = difference, Hidden(down, came, name, before, other)
    return None if best is None or not _proved(best[1]) else best[1]


def _proved(hidden: Hidden) -> bool:
    made = _functions()[hidden.function](hidden.before.double())
    made = made if hidden.gated is None else made * hidden.gated.double()
    goal = hidden.call.input.double()
    return float((made - goal).abs().max()) <= CLOSE * float(goal.abs().max())


def _is(one: torch.Tensor, other: torch.Tensor) -> bool:
    """True if two views show the same numbers of the same tensor."""
    return one.data_ptr() == other.data_ptr() and one.shape == other.shape


def _pieces(output: torch.Tensor, width: int) -> Iterator[torch.Tensor]:
    """A product's output, or its two halves where one matrix makes both factors of a gate."""
    if output.shape[1] == width:
        yield output
    elif output.shape[1] == 2 * width:
        yield from (output[:, :width], output[:, width:], output[:, ::2], output[:, 1::2])


@cache
def _functions() -> dict[str, Callable[[torch.Tensor], torch.Tensor]]:
    """Every activation function that the library has, each once."""
    functions: dict[str, Any] = {}
    sample = torch.linspace(-12, 12, 97, dtype=torch.float64)
    for name in ("gelu", "gelu_new", "silu", "relu", *sorted(ACT2FN)):
        if name in NOT_TRIED or name in functions:
            continue
        function = ACT2FN[name]
        if not any(torch.allclose(function(sample), known(sample), atol=1e-6) for known in functions.values()):
            functions[name] = function
    return functions
