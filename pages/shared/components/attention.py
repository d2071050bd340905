"""The head view: lines and matrices of one layer, linked, on a canvas."""

from __future__ import annotations

from typing import NotRequired

import numpy as np
from jaxtyping import Float32, UInt8, UInt16
from typing_extensions import TypedDict

from llm_core.shapes import Stack
from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class Reading(TypedDict):
    """The text that is read; its tokens come once, with the first packet about it."""

    id: str
    tokens: NotRequired[dict[str, list[TokenChip]]]
    standalone: NotRequired[bool]


class AttentionPlace(TypedDict):
    """Where the visitor looks."""

    stack: Stack
    layer: int
    heads: list[int]
    query: int | None
    key: int | None
    rows: tuple[int, int]
    columns: tuple[int, int]
    withoutFirst: bool


class AttentionAnswer(AttentionPlace):
    """What the server has made of the visitor's choice: its number, and the part of a layer that shows it."""

    part: str
    number: int


class AttentionPart(TypedDict):
    """A part of a layer: rows and columns of a text, and the shape of the model around it."""

    id: str
    stack: Stack
    stacks: list[tuple[Stack, str]]
    stackName: str
    colour: Stack
    layers: list[int]
    layer: int
    headCount: int
    keyValueHeads: int
    rows: tuple[int, int]
    columns: tuple[int, int]
    queryCount: int
    keyCount: int
    block: int
    rulerSteps: tuple[int, int]
    querySequence: str
    keySequence: str
    possible: int
    mostLinks: int


class AttentionHeads(TypedDict):
    """Heads whose weights a packet carries, in the order of its arrays."""

    heads: list[int]
    linkCounts: list[int]
    totals: list[float]
    weightsOnFirst: list[float | None]


class AttentionHeader(TypedDict):
    """The header of a packet for the head view."""

    reading: Reading
    answer: AttentionAnswer
    part: NotRequired[AttentionPart]
    heads: NotRequired[AttentionHeads]


class AttentionArrays(TypedDict, total=False):
    """Weights as they are or in half percents; links of long texts, head after head; the row that is kept."""

    sourceTokens: UInt16[np.ndarray, " token"]
    targetTokens: UInt16[np.ndarray, " token"]
    cells: Float32[np.ndarray, "head row column"] | UInt8[np.ndarray, "head row column"]
    maps: UInt8[np.ndarray, "head row column"]
    linkQuery: UInt16[np.ndarray, " link"]
    linkKey: UInt16[np.ndarray, " link"]
    linkWeight: Float32[np.ndarray, " link"]
    row: Float32[np.ndarray, "head column"]


class AttentionHolds(TypedDict):
    """What the browser has and need not be sent again: a text, and the heads of each part."""

    reading: str
    heads: dict[str, list[int]]


class AttentionChoice(AttentionPlace):
    """What the visitor chose, counted by the browser."""

    number: int
    holds: AttentionHolds


class AttentionSends(TypedDict):
    """What the head view sends back."""

    choice: AttentionChoice


attention = Component("attention", header=AttentionHeader, arrays=AttentionArrays, sends=AttentionSends)
