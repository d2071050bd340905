"""A model as it is drawn small on every page: its stacks, layers and heads, and the parameters of each block."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llm_core.measures.geometry import Geometry, geometry
from llm_core.measures.parameters import Block, block_counts
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Family, Stack

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


@dataclass(frozen=True)
class MapStack:
    """One stack of layers.

    Attributes:
        stack: ``"encoder"`` or ``"decoder"``.
        heads: Query heads a layer.
        key_value_heads: Heads a layer that own keys and values.
        cross_heads: Heads of cross-attention a layer; 0 without it.
        layers: Parameters of each layer, by block; empty for a layer that has the weights of the first.
        beside: Parameters of the stack outside its layers, by block.
    """

    stack: Stack
    heads: int
    key_value_heads: int
    cross_heads: int
    layers: tuple[Mapping[Block, int], ...]
    beside: Mapping[Block, int]


@dataclass(frozen=True)
class ModelMap:
    """What the model map is drawn from.

    Attributes:
        name: The model's name.
        family: ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``.
        geometry: Its measures.
        stacks: Its stacks, in the order the text passes them.
        embedding: Parameters of tables of tokens and positions; a table that is the output head as well counts here.
        head: Parameters of what turns the last vectors into scores, as far as it is not the token table.
        other: Parameters that belong to no stack, by block.
    """

    name: str
    family: Family
    geometry: Geometry
    stacks: tuple[MapStack, ...]
    embedding: int
    head: int
    other: Mapping[Block, int]

    @property
    def total(self) -> int:
        """Every parameter, tied ones once."""
        layered = sum(sum(layer.values()) for stack in self.stacks for layer in stack.layers)
        beside = sum(sum(stack.beside.values()) for stack in self.stacks)
        return self.embedding + self.head + layered + beside + sum(self.other.values())


def counts_of(model: Any) -> dict[str, int]:
    """The parameters of a library model by ``"stack.layer.block"``, with ``-`` for what a block does not belong to."""
    return {
        f"{one.stack or '-'}.{'-' if one.layer is None else one.layer}.{one.block}": one.parameters
        for one in block_counts(model)
    }


def map_of(name: str, family: Family, measured: Geometry, counts: Mapping[str, int]) -> ModelMap:
    """Put a map together.

    Args:
        name: The model's name.
        family: Its family.
        measured: From :func:`llm_core.measures.geometry.geometry`.
        counts: From :func:`counts_of`.
    """
    only: Stack = "encoder" if family == "encoder" else "decoder"
    layered: dict[Stack, dict[int, dict[Block, int]]] = {
        stack: defaultdict(dict) for stack in measured.layers if stack != "cross"
    }
    beside: dict[Stack, dict[Block, int]] = {stack: {} for stack in layered}
    outside: dict[Any, int] = defaultdict(int)
    for place, count in counts.items():
        where, layer, block = place.split(".")
        stack: Any = where if where != "-" else None if family == "encoder-decoder" else only
        if block in {"embedding", "head"} or stack not in layered:
            outside[block] += count
        elif layer == "-":
            beside[stack][block] = beside[stack].get(block, 0) + count  # type: ignore[index, call-overload]
        else:
            layered[stack][int(layer)][block] = count  # type: ignore[index]
    embedding, head = outside.pop("embedding", 0), outside.pop("head", 0)
    return ModelMap(
        name=name,
        family=family,
        geometry=measured,
        stacks=tuple(_stack(stack, measured, layers, beside[stack]) for stack, layers in layered.items()),
        embedding=embedding,
        head=head,
        other=dict(outside),
    )


def model_map(model: LoadedModel, trace: Trace) -> ModelMap:
    """Draw up the map of a loaded model.

    Args:
        model: From :func:`llm_core.load_model`.
        trace: What it did with any text.
    """
    return map_of(model.spec.name, model.family, geometry(model, trace), counts_of(model.model))


WORD = "a"
"""Read once by a model whose map is drawn, since its heads show in what it does."""


def map_of_model(model: LoadedModel) -> ModelMap:
    """The map of a loaded model that has read nothing yet.

    Args:
        model: From :func:`llm_core.load_model`.
    """
    from llm_core.tracing.trace import trace

    return model_map(model, trace(model, WORD, WORD if model.family == "encoder-decoder" else None))


def _stack(
    stack: Stack, measured: Geometry, layers: Mapping[int, Mapping[Block, int]], beside: Mapping[Block, int]
) -> MapStack:
    count = max(measured.layers[stack], *(layer + 1 for layer in layers), 1)
    return MapStack(
        stack=stack,
        heads=measured.heads[stack],
        key_value_heads=measured.key_value_heads[stack],
        cross_heads=measured.heads.get("cross", 0) if stack == "decoder" else 0,
        layers=tuple(dict(layers.get(layer, {})) for layer in range(count)),
        beside=dict(beside),
    )
