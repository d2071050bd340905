"""How much each block of a layer adds to the residual stream, relative to the stream it adds to.

Nothing is read off names. What a block gives out is taken for what it adds only if the stream above is the stream
below plus that, plain (GPT-2, LLaMA, T5), normalised first (Gemma 2) or normalised afterwards (BERT).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.inside.norms import Norm, same


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


def find_additions(
    below: np.ndarray,
    attention: Sequence[np.ndarray],
    later: Sequence[np.ndarray],
    above: Sequence[np.ndarray],
    normed: Sequence[np.ndarray],
    norms: Sequence[Norm],
) -> tuple[Addition, ...] | None:
    """What each attention and then the feed-forward network of a layer adds, or None if that is not what happened.

    Args:
        below: The stream below the layer, shape (token d_model).
        attention: What the layer's attention (self, then cross) gave out, each like ``below``.
        later: What was multiplied after that, each like ``below``: the network's output is one of these.
        above: The stream above the layer, as far as it is known, each like ``below``.
        normed: What went into norms after the layer's attention, each like ``below``.
        norms: Those of the model that may stand here.
    """
    goals = [*above, *normed]
    for network in reversed(later):
        summed = _plain(below, [*attention, network])
        if _is_one_of(summed[-1].stream + summed[-1].added, goals):
            return summed
    found = _normed_first(below, attention, later, goals, normed, norms)
    return found or _normed_after(below, attention, later, normed, norms)


def _plain(stream: np.ndarray, parts: Sequence[np.ndarray]) -> tuple[Addition, ...]:
    made = []
    for part in parts:
        made.append(Addition(stream, part))
        stream = stream + part
    return tuple(made)


def _normed_first(
    below: np.ndarray,
    attention: Sequence[np.ndarray],
    later: Sequence[np.ndarray],
    goals: Sequence[np.ndarray],
    normed: Sequence[np.ndarray],
    norms: Sequence[Norm],
) -> tuple[Addition, ...] | None:
    stream, made = below, []
    for part in attention:
        added = next((way for way in _normalised(part, norms) if _is_one_of(stream + way, normed)), None)
        if added is None:
            return None
        made.append(Addition(stream, added))
        stream = stream + added
    for network in reversed(later):
        for added in _normalised(network, norms):
            if _is_one_of(stream + added, goals):
                return (*made, Addition(stream, added))
    return None


def _normed_after(
    below: np.ndarray,
    attention: Sequence[np.ndarray],
    later: Sequence[np.ndarray],
    normed: Sequence[np.ndarray],
    norms: Sequence[Norm],
) -> tuple[Addition, ...] | None:
    # Which norm follows is not told by its name: each is tried, and what went into the next norm decides.
    ways: list[tuple[np.ndarray, tuple[Addition, ...]]] = [(below, ())]
    for part in attention:
        ways = [
            (norm(stream + part), (*made, Addition(stream, part)))
            for stream, made in ways
            if _is_one_of(stream + part, normed)
            for norm in norms
        ]
    for network in reversed(later):
        for stream, made in ways:
            if _is_one_of(stream + network, normed):
                return (*made, Addition(stream, network))
    return None


def _normalised(part: np.ndarray, norms: Sequence[Norm]) -> Iterator[np.ndarray]:
    yield part
    for norm in norms:
        made = norm(part)
        # Of two formulas for one norm, the wrong one may give nothing, and nothing fits everywhere.
        if made.any():
            yield made


def _is_one_of(vectors: np.ndarray, known: Sequence[np.ndarray]) -> bool:
    return any(same(vectors, one) for one in known)
