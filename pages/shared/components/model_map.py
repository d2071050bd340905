"""The model in use as a small drawing that shows where the page looks and leads to other places."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import TypedDict

from llm_core.measures.geometry import Positions
from llm_core.shapes import Family, Stack
from pages.shared.components import Component

LayerRun: TypeAlias = tuple[int, int, int, int, int, int]
"""How many layers are alike, and the parameters of each: attention, cross-attention, feed-forward, norms, others."""


class ModelMapStack(TypedDict):
    """A stack: heads of a layer, heads that own keys and values, heads of cross-attention, layers, what is beside."""

    stack: Stack
    heads: int
    shared: int
    crossHeads: int
    layers: list[LayerRun]
    beside: int


class ModelMapHeader(TypedDict):
    """The header of a packet for the model map: the page it stands on, and the model in numbers."""

    name: str
    family: Family
    page: str
    large: bool
    stacks: list[ModelMapStack]
    embedding: int
    head: int
    total: int
    width: int
    headWidth: int | None
    inner: int | None
    vocabulary: int
    positions: Positions
    limit: int | None
    hasHead: bool


class ModelMapGo(TypedDict):
    """A block was chosen, with its layer and head where it has them."""

    block: Literal["embedding", "attention", "feed_forward", "head"]
    stack: Stack | None
    layer: int | None
    head: int | None


class ModelMapSends(TypedDict):
    """What the map sends back."""

    go: ModelMapGo


model_map = Component("model_map", header=ModelMapHeader, sends=ModelMapSends)
