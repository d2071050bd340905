"""What surrounds one attention layer, as records without torch: matrices, norms, rotation, inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from llm_core.errors import UnsupportedModelError
from llm_core.inside.norms import Norm
from llm_core.inside.rotations import Rotation
from llm_core.recording.records import AttentionRecord, StoredAttention
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token

Part = Literal["query", "key", "value"]
Kind = Literal["token", "position", "other"]
"""What a table is looked up by: the token, its position, or something else."""

PARTS: tuple[Part, ...] = ("query", "key", "value")


@dataclass(frozen=True, eq=False)
class Projection:
    """A matrix of the model, or the part of a fused one that serves one purpose.

    Attributes:
        name: The weight's name in the model.
        weight: Shape (out in); shares the model's memory, read-only.
        bias: Shape (out,), or None.
        starts: Where each head's numbers begin among the outputs (for the output projection: inputs), by head.
        width: How many numbers a head has.
        norm: What each head's (or the whole layer's) numbers are normalised by afterwards, or None.
        factor: What they are multiplied by afterwards, 1 in nearly every model.
    """

    name: str
    weight: np.ndarray
    bias: np.ndarray | None
    starts: tuple[int, ...]
    width: int
    norm: Norm | None = None
    factor: float = 1.0

    def __post_init__(self) -> None:
        self.weight.setflags(write=False)
        if self.bias is not None:
            self.bias.setflags(write=False)

    def place(self, head: int) -> slice:
        """Which numbers belong to a head."""
        return slice(self.starts[head], self.starts[head] + self.width)


@dataclass(frozen=True, eq=False)
class Projections:
    """What was found around one attention layer; None for what could not be told.

    Attributes:
        query: Makes the queries; ``starts`` by head.
        key: Makes the keys; ``starts`` by key/value head.
        value: Makes the values; ``starts`` by key/value head.
        output: Takes all heads' outputs, side by side, to the layer's output; ``starts`` by head, along its
            input axis: ``output.weight[:, output.place(head)]`` has the shape (d_model d_value).
        rotation: The rotary position between projection and softmax, or None.
    """

    query: Projection | None
    key: Projection | None
    value: Projection | None
    output: Projection | None
    rotation: Rotation | None


@dataclass(frozen=True, eq=False)
class EmbeddingTable:
    """One of the tables whose rows add up to a token's first vector.

    Attributes:
        name: Its name in the model.
        kind: ``"token"`` (looked up by the token), ``"position"`` (by its position), or ``"other"``.
        vectors: The row of each token, shape (token d_model), times what the model multiplies it by.
    """

    name: str
    kind: Kind
    vectors: np.ndarray


@dataclass(frozen=True, eq=False)
class Beginning:
    """How a stack's first vectors come about: tables added up and, in some models, normalised.

    Attributes:
        tables: What is added.
        norm: What the sum is normalised by, or None.
    """

    tables: tuple[EmbeddingTable, ...]
    norm: Norm | None


@dataclass(frozen=True, eq=False)
class ObservedLayer:
    """Everything about one attention layer that one of its heads can be worked out from.

    Attributes:
        model_name: The model's name.
        stack: ``"encoder"``, ``"decoder"`` or ``"cross"``.
        layer: From 0.
        module: The attention module's name in the model.
        query_tokens: The tokens that look.
        key_tokens: The tokens looked at.
        record: Queries, keys, values, mask and bias as they entered the softmax.
        projections: The matrices around it.
        inputs: By ``"query"``, ``"key"`` and ``"value"``: what its matrix was multiplied with, shape
            (token d_model); only for those that were found.
        residual: What the norm before the layer was given, shape (query d_model), or None where the layer takes its
            input as it is, or the norm was not found.
        norm: That norm.
        beginning: How the first vectors of the queries' stack come about, or None if that was not found.
        first: Those first vectors, shape (query d_model), or None.
        heads_output: What the output projection was given by the library: all heads' outputs side by side,
            shape (query width), or None if it was not found.
        output: What the output projection made of it in the library, shape (query d_model), or None.
    """

    model_name: str
    stack: Stack
    layer: int
    module: str
    query_tokens: tuple[Token, ...]
    key_tokens: tuple[Token, ...]
    record: AttentionRecord
    projections: Projections
    inputs: Mapping[Part, np.ndarray]
    residual: np.ndarray | None
    norm: Norm | None
    beginning: Beginning | None
    first: np.ndarray | None
    heads_output: np.ndarray | None
    output: np.ndarray | None

    def __post_init__(self) -> None:
        for array in [*self.inputs.values(), self.residual, self.first, self.heads_output, self.output]:
            if array is not None:
                array.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, the model's own weights left out."""
        arrays = [*self.inputs.values(), self.residual, self.first, self.heads_output, self.output]
        return self.record.nbytes + sum(array.nbytes for array in arrays if array is not None)


def recorded_layer(trace: Trace, stack: Stack, layer: int) -> ObservedLayer:
    """What a trace alone tells of a layer: queries, keys and values as recorded, the first vectors, and no matrices.

    Raises:
        SelectionError: There is no such stack or layer.
        UnsupportedModelError: The model keeps its queries and keys to itself.
    """
    states = trace.states.get("decoder" if stack == "cross" else stack)
    return ObservedLayer(
        model_name=trace.model_name,
        stack=stack,
        layer=layer,
        module="",
        query_tokens=trace.query_tokens(stack),
        key_tokens=trace.key_tokens(stack),
        record=attention_record(trace, stack, layer),
        projections=Projections(None, None, None, None, None),
        inputs={},
        residual=None,
        norm=None,
        beginning=None,
        first=states[0] if states else None,
        heads_output=None,
        output=None,
    )


def attention_record(trace: Trace, stack: Stack, layer: int) -> AttentionRecord:
    """A traced layer's queries, keys and values.

    Raises:
        SelectionError: There is no such stack or layer.
        UnsupportedModelError: The model keeps its queries and keys to itself.
    """
    record = trace.record(stack, layer)
    if isinstance(record, StoredAttention):
        raise UnsupportedModelError(
            f"{trace.model_name} has an attention of its own that hands out its weights but not its queries and keys, "
            "so its steps cannot be followed. Choose another model."
        )
    return record


def head_outputs(record: AttentionRecord, query: int) -> np.ndarray:
    """Each head's weighted sum of values for one query, shape (head d_value)."""
    weights = record.weights(None, [query])[:, 0]
    shared = record.heads // record.key_value_heads
    return np.stack([weights[head] @ record.value[head // shared] for head in range(record.heads)])
