"""How a feed-forward network's output joins the residual stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.inside.norms import Norm, same
from llm_core.inside.sums import reaches


@dataclass(frozen=True, eq=False)
class Landing:
    """``stream = norm_of_sum(base + factor * norm_of_output(output))``; a norm that is None does nothing.

    Attributes:
        base: What the output is added to, shape (token d_model).
        norm_of_output: What the output is normalised by before it is added (Gemma 2, OLMo 2), or None.
        factor: What it is multiplied by, 1 in nearly every model.
        norm_of_sum: What the sum is normalised by at once (BERT: "post-norm"), or None.
    """

    base: np.ndarray
    norm_of_output: Norm | None = None
    factor: float = 1.0
    norm_of_sum: Norm | None = None

    def __post_init__(self) -> None:
        self.base.setflags(write=False)

    def added(self, output: np.ndarray) -> np.ndarray:
        """What is added to the stream for an output (... d_model)."""
        return self.factor * (output if self.norm_of_output is None else self.norm_of_output(output))

    def stream(self, position: int, output: np.ndarray) -> np.ndarray:
        """The stream above the layer at a position, for outputs (... d_model) of the network there."""
        total = self.base[position] + self.added(output)
        return total if self.norm_of_sum is None else self.norm_of_sum(total)


def find_landing(
    output: np.ndarray,
    came: np.ndarray,
    bases: Sequence[np.ndarray],
    above: np.ndarray | None,
    normed: Sequence[np.ndarray],
    norms: Sequence[Norm],
) -> Landing | None:
    """How an output reached the stream; None if it did not, as it is or normalised, so that more must belong to it.

    Args:
        output: Of the feed-forward network, shape (token d_model).
        came: What its first matrix was multiplied with, shape (token d_model).
        bases: What it may have been added to, each (token d_model).
        above: The stream above the layer as the library hands it out, or None.
        normed: What went into norms behind it, each (token d_model).
        norms: The model's norms of that width.
    """
    for base in (came, *bases):
        for landing in _ways(base, output, above, normed, norms):
            added = landing.added(output)
            if above is not None and reaches(base, added, above):
                return landing
            if not any(reaches(base, added, seen) or reaches(_centred(base), _centred(added), seen) for seen in normed):
                continue
            if base is not came or landing.norm_of_output is not None:
                return landing
            # The network was given what it is added to, so no norm stands before it and one must follow.
            total = base + added
            after = next((norm for norm in norms if above is not None and same(norm(total), above)), None)
            if after is not None:
                return Landing(base, norm_of_sum=after, factor=landing.factor)
    return None


def _ways(
    base: np.ndarray,
    output: np.ndarray,
    above: np.ndarray | None,
    normed: Sequence[np.ndarray],
    norms: Sequence[Norm],
) -> Iterator[Landing]:
    yield Landing(base)
    square = float(np.sum(output * output))
    for seen in (*(() if above is None else (above,)), *normed):
        factor = float(np.sum((seen - base) * output)) / square if square else 1.0
        if np.isfinite(factor) and abs(factor) > 1e-3:
            yield Landing(base, factor=factor)
    if any(same(output, seen) for seen in normed):
        yield from (Landing(base, norm_of_output=norm) for norm in norms)


def _centred(vectors: np.ndarray) -> np.ndarray:
    return vectors - vectors.mean(axis=-1, keepdims=True)
