"""One head and one query token, worked out number by number from what entered the layer.

Each step is computed in float64 from the step before it (:mod:`llm_core.inside.head_arithmetic`), so a page can show
input, formula and result side by side, and what comes out is compared with what the library computed for the same text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from llm_core.inside.layer_record import ObservedLayer
from llm_core.inside.norms import Norm
from llm_core.inside.rotations import Rotation


@dataclass(frozen=True, eq=False)
class Path:
    """How vectors of one head come about: projected, normalised, multiplied, turned.

    Attributes:
        projected: ``x W^T + bias``, shape (... width), or None where the projection could not be told: the path
            then begins with :attr:`result`, as it was recorded.
        norm: What it is normalised by, or None.
        normed: After that norm, or None.
        factor: What it is multiplied by then, 1 in nearly every model.
        result: What enters the dot product or, for values, the sum, shape (... width).
    """

    projected: np.ndarray | None
    norm: Norm | None
    normed: np.ndarray | None
    factor: float
    result: np.ndarray


@dataclass(frozen=True, eq=False)
class Scores:
    """From dot products to weights, each (key,).

    Attributes:
        dots: Query times key, added up.
        scaled: Times the scaling.
        capped: Squashed into a range by a tanh, or None.
        bias: What is added for the position, or None.
        visible: True where the query may look.
        masked: Scaled, capped, with bias; the lowest number there is where the query may not look.
        exponentials: ``exp(masked - largest)``.
        sink: A learned score that takes part in the softmax without being a token, or None.
        sink_exponential: The same for the sink, 0 without one.
        total: Sum of all exponentials.
        weights: ``exponentials / total``.
    """

    dots: np.ndarray
    scaled: np.ndarray
    capped: np.ndarray | None
    bias: np.ndarray | None
    visible: np.ndarray
    masked: np.ndarray
    exponentials: np.ndarray
    sink: float | None
    sink_exponential: float
    total: float
    weights: np.ndarray

    @property
    def largest(self) -> float:
        """The score that is taken off before the exponential, so that it cannot overflow."""
        highest = float(self.masked.max())
        return highest if self.sink is None else max(highest, self.sink)


@dataclass(frozen=True)
class Differences:
    """Largest absolute difference from the library's own numbers for the same text; None where it has none.

    Attributes:
        query: From the query that the library's attention was given.
        key: From its keys.
        value: From its values.
        weights: From the weights of the library's eager attention.
        head_output: From what the library's attention handed to the output projection.
        attention_output: From what the output projection made of it.
        share: The largest of these as a share of the largest number that it was compared with, so that numbers of all
            sizes are judged alike; None where nothing was compared.
    """

    query: float | None
    key: float | None
    value: float | None
    weights: float | None
    head_output: float | None
    attention_output: float | None
    share: float | None

    def items(self) -> Iterator[tuple[str, float]]:
        """Those that could be compared, by name."""
        for field in fields(self):
            difference = getattr(self, field.name)
            if difference is not None and field.name != "share":
                yield field.name, difference

    @property
    def largest(self) -> float:
        """The largest of all."""
        return max((difference for _, difference in self.items()), default=0.0)


@dataclass(frozen=True, eq=False)
class WorkedHead:
    """Every number of one head for one query token.

    Attributes:
        layer: The layer it belongs to.
        head: From 0.
        query_position: Position of the token that looks.
        key_value_head: The head whose keys and values it uses.
        sharing: The query heads that use the same keys and values, this one among them.
        residual: The token's vector before the layer's norm, shape (d_model,), or None; see
            :class:`~llm_core.inside.layer_record.ObservedLayer`.
        input: What the query projection is multiplied with, shape (d_model,), or None if it was not found.
        query: The query; vectors have the shape (d_head,).
        keys: The keys; (key d_head).
        values: The values; (key d_value).
        scaling: Factor on the dot products.
        softcap: Bound of the scores, or None.
        scores: From dot products to weights.
        output: The values' weighted sum, shape (d_value,).
        contribution: What the output projection makes of it, shape (d_model,), its bias left out; None if the
            projection was not found.
        contribution_norms: Length of every head's contribution, shape (head,), or None.
        attention_output: All heads' contributions and the bias, shape (d_model,), or None.
        differences: From the library's own numbers.
    """

    layer: ObservedLayer
    head: int
    query_position: int
    key_value_head: int
    sharing: tuple[int, ...]
    residual: np.ndarray | None
    input: np.ndarray | None
    query: Path
    keys: Path
    values: Path
    scaling: float
    softcap: float | None
    scores: Scores
    output: np.ndarray
    contribution: np.ndarray | None
    contribution_norms: np.ndarray | None
    attention_output: np.ndarray | None
    differences: Differences

    @property
    def rotation(self) -> Rotation | None:
        """The rotary position, or None."""
        return self.layer.projections.rotation

    @property
    def weights(self) -> np.ndarray:
        """The attention of the query token, shape (key,)."""
        return self.scores.weights

    def products(self, key: int) -> np.ndarray:
        """Query times key, number by number, shape (d_head,); they add up to the dot product."""
        return self.query.result * self.keys.result[key]
