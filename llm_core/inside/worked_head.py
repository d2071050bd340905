"""One head and one query token, worked out number by number from what entered the layer.

Each step is computed in float64 from the step before it (:mod:`llm_core.inside.head_arithmetic`), so a page can show
input, formula and result side by side, and what comes out is compared with what the library computed for the same text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from llm_core.inside.layer_record import Kind, ObservedLayer, Part
from llm_core.inside.norms import Norm
from llm_core.inside.rotations import Rotation
from llm_core.recording.masks import MaskKind
from llm_core.recording.records import ToeplitzBias
from llm_core.shapes import Stack
from llm_core.text.tokens import Token


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
class TableRow:
    """The row of a table that is part of one token's first vector.

    Attributes:
        name: The table's name in the model.
        kind: What it is looked up by; see :class:`~llm_core.inside.layer_record.EmbeddingTable`.
        vector: Shape (d_model,).
    """

    name: str
    kind: Kind
    vector: np.ndarray


@dataclass(frozen=True, eq=False)
class HeadLayer:
    """What is told of the layer of a worked head, without its matrices: it is small and travels.

    Attributes:
        model_name: The model's name.
        stack: ``"encoder"``, ``"decoder"`` or ``"cross"``.
        layer: From 0.
        query_tokens: The tokens that look.
        key_tokens: The tokens looked at.
        heads: Number of query heads.
        mask: The kind of its mask; see :class:`llm_core.recording.masks.MaskRecord`.
        padded: True if padding is closed to all.
        bias_by_distance: True if what is added for the position depends on the distance alone.
        biases: For each projection that was found, whether it has a bias.
        norm: The norm before the layer, or None.
        tables: The rows that the query token's first vector is the sum of; empty if that was not found.
        tables_norm: What that sum is normalised by, or None.
        first: That first vector, shape (d_model,), or None.
        rotation: The rotary position, or None.
    """

    model_name: str
    stack: Stack
    layer: int
    query_tokens: tuple[Token, ...]
    key_tokens: tuple[Token, ...]
    heads: int
    mask: MaskKind
    padded: bool
    bias_by_distance: bool
    biases: Mapping[Part | Literal["output"], bool]
    norm: Norm | None
    tables: tuple[TableRow, ...]
    tables_norm: Norm | None
    first: np.ndarray | None
    rotation: Rotation | None


def layer_of_head(layer: ObservedLayer, query: int) -> HeadLayer:
    """What is told of a layer where one of its heads is worked out for a query."""
    made, beginning = layer.projections, layer.beginning
    found = {"query": made.query, "key": made.key, "value": made.value, "output": made.output}
    return HeadLayer(
        model_name=layer.model_name,
        stack=layer.stack,
        layer=layer.layer,
        query_tokens=layer.query_tokens,
        key_tokens=layer.key_tokens,
        heads=layer.record.heads,
        mask=layer.record.mask.kind,
        padded=layer.record.mask.has_padding,
        bias_by_distance=isinstance(layer.record.bias, ToeplitzBias),
        biases={name: one.bias is not None for name, one in found.items() if one is not None},  # type: ignore[misc]
        norm=layer.norm,
        tables=()
        if beginning is None
        else tuple(TableRow(table.name, table.kind, table.vectors[query]) for table in beginning.tables),
        tables_norm=None if beginning is None else beginning.norm,
        first=None if layer.first is None else np.asarray(layer.first[query]),
        rotation=made.rotation,
    )


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
        strongest_products: The query's strongest number taken apart: weight times input, shape (d_model,),
            its bias left out; None if the projection was not found.
        output: The values' weighted sum, shape (d_value,).
        contribution: What the output projection makes of it, shape (d_model,), its bias left out; None if the
            projection was not found.
        contribution_norms: Length of every head's contribution, shape (head,), or None.
        attention_output: All heads' contributions and the bias, shape (d_model,), or None.
        differences: From the library's own numbers.
    """

    layer: HeadLayer
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
    strongest_products: np.ndarray | None
    output: np.ndarray
    contribution: np.ndarray | None
    contribution_norms: np.ndarray | None
    attention_output: np.ndarray | None
    differences: Differences

    @property
    def rotation(self) -> Rotation | None:
        """The rotary position, or None."""
        return self.layer.rotation

    @property
    def weights(self) -> np.ndarray:
        """The attention of the query token, shape (key,)."""
        return self.scores.weights

    def products(self, key: int) -> np.ndarray:
        """Query times key, number by number, shape (d_head,); they add up to the dot product."""
        return self.query.result * self.keys.result[key]
