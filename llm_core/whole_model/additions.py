"""How much each block of a layer adds to the residual stream, relative to the stream it adds to.

Nothing is read off names. What a block gives out is taken for what it adds only if the stream above is the stream
below plus that, plain (GPT-2, LLaMA, T5), normalised first (Gemma 2) or normalised afterwards (BERT).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.inside.norms import Norm
from llm_core.inside.sums import reaches


@dataclass(frozen=True, eq=False)
class Addition:
    """What one block adds.

    Attributes:
        stream: What it is added to, shape (token d_model).
        added: What is added, shape (token d_model).
    """

    stream: np.ndarray
    added: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """Length of what is added over length of the stream, shape (token,)."""
        return np.linalg.norm(self.added, axis=1) / np.maximum(np.linalg.norm(self.stream, axis=1), 1e-12)


@dataclass(frozen=True, eq=False)
class Passed:
    """What was seen of one layer as a text went through it; every array has the shape (token d_model).

    Attributes:
        below: The stream below the layer.
        attention: What the layer's attention (self, then cross) gave out.
        later: What was multiplied after that: the network's output is one of these.
        above: The stream above the layer, as far as it is known.
        normed: What went into norms after the layer's attention.
        norms: Norms of the model that may stand here.
    """

    below: np.ndarray
    attention: Sequence[np.ndarray]
    later: Sequence[np.ndarray]
    above: Sequence[np.ndarray]
    normed: Sequence[np.ndarray]
    norms: Sequence[Norm]

    @property
    def goals(self) -> list[np.ndarray]:
        """Where the sum of all that the layer adds may be seen again."""
        return [*self.above, *self.normed]


def find_additions(layer: Passed) -> tuple[Addition, ...] | None:
    """What each attention and then the feed-forward network of a layer adds, or None if that is not what happened."""
    for network in reversed(layer.later):
        summed = _plain(layer.below, [*layer.attention, network])
        if _reaches_one(summed[-1].stream, network, layer.goals):
            return summed
    return _normed_first(layer) or _normed_after(layer)


def _plain(stream: np.ndarray, parts: Sequence[np.ndarray]) -> tuple[Addition, ...]:
    made = []
    for part in parts:
        made.append(Addition(stream, part))
        stream = stream + part
    return tuple(made)


def _normed_first(layer: Passed) -> tuple[Addition, ...] | None:
    stream, made = layer.below, []
    for part in layer.attention:
        ways = _normalised(part, layer.norms)
        added = next((way for way in ways if _reaches_one(stream, way, layer.normed)), None)
        if added is None:
            return None
        made.append(Addition(stream, added))
        stream = stream + added
    for network in reversed(layer.later):
        for added in _normalised(network, layer.norms):
            if _reaches_one(stream, added, layer.goals):
                return (*made, Addition(stream, added))
    return None


def _normed_after(layer: Passed) -> tuple[Addition, ...] | None:
    # Which norm follows is not told by its name: each is tried, and what went into the next norm decides.
    ways: list[tuple[np.ndarray, tuple[Addition, ...]]] = [(layer.below, ())]
    for part in layer.attention:
        ways = [
            (norm(stream + part), (*made, Addition(stream, part)))
            for stream, made in ways
            if _reaches_one(stream, part, layer.normed)
            for norm in layer.norms
        ]
    for network in reversed(layer.later):
        for stream, made in ways:
            if _reaches_one(stream, network, layer.normed):
                return (*made, Addition(stream, network))
    return None


def _normalised(part: np.ndarray, norms: Sequence[Norm]) -> Iterator[np.ndarray]:
    yield part
    for norm in norms:
        made = norm(part)
        # Of two formulas for one norm, the wrong one may give nothing, and nothing fits everywhere.
        if made.any():
            yield made


def _reaches_one(stream: np.ndarray, added: np.ndarray, known: Sequence[np.ndarray]) -> bool:
    return any(reaches(stream, added, one) for one in known)
