"""All heads of a stack as small pictures: the map of the Attention page."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import UInt8
from typing_extensions import TypedDict

from llm_core.shapes import Stack
from pages.shared.components import Component


class HeadMeasure(TypedDict):
    """What was measured of every head, by layer and head: None where this text does not tell, else up to ``most``.

    By layer, over how many queries each value is the mean, and what heads of a random network have; a value is withheld
    that would be the mean over fewer than ``fewest`` queries.
    """

    id: str
    label: str
    values: list[list[float | None]]
    unit: Literal["%", "bits", "tokens"]
    most: float
    help: str
    queries: list[int]
    random: list[float | None]
    fewest: int


class GuidedInGrid(TypedDict):
    """A head that training guided, and to do what."""

    layer: int
    head: int
    taught: str


class HeadGridHeader(TypedDict):
    """The header of a packet for the grid; before the heads are measured it has no measures and no roles."""

    stack: Stack
    colourName: Stack
    layers: list[int]
    heads: list[int]
    measures: list[HeadMeasure]
    roles: list[list[str]]
    rowsRead: int
    rows: int
    off: list[tuple[int, int]]
    canSwitchOff: bool
    guided: list[GuidedInGrid]


class HeadGridArrays(TypedDict):
    """The largest weight of each block of a head's matrix in half percents, heads layer by layer."""

    maps: UInt8[np.ndarray, "head row column"]


head_grid = Component("head_grid", header=HeadGridHeader, arrays=HeadGridArrays)
