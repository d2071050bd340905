"""Inside a head: one query token against all keys, number by number, in steps."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias

import numpy as np
from jaxtyping import Float32, Int32, UInt8
from typing_extensions import TypedDict

from llm_core.recording.masks import MaskKind
from llm_core.shapes import Stack
from pages.shared.components import Component
from pages.shared.components.packing import TokenChip

Step: TypeAlias = Literal[
    "vector", "project", "norm", "position", "match", "score", "softmax", "mix", "output", "check"
]
TableKind: TypeAlias = Literal["token", "position", "other"]


class InsideNorm(TypedDict):
    """A norm: its formula, its width, and for the vector shown what is taken off and what is divided by."""

    kind: Literal["LayerNorm", "RMSNorm"]
    width: int
    mean: NotRequired[float]
    spread: NotRequired[float]


class InsideRotation(TypedDict):
    """Rotary position: which numbers are pairs, how many are turned, and what they are stretched by."""

    pairing: Literal["halves", "neighbours"]
    width: int
    factor: float


class InsideBiases(TypedDict):
    """Whether the projections have a bias; those that could not be told are left out."""

    query: NotRequired[bool]
    key: NotRequired[bool]
    value: NotRequired[bool]
    output: NotRequired[bool]


class InsideFactors(TypedDict):
    """What projected vectors are multiplied by, 1 in nearly every model."""

    query: float
    key: float
    value: float


class InsideHeader(TypedDict):
    """Where the picture looks, the tokens it names, and the constants its numbers go through."""

    stack: Stack
    stacks: list[tuple[Stack, str]]
    layers: list[int]
    layer: int
    head: int
    headCount: int
    keyValueHead: int
    sharing: list[int]
    query: int
    queryCount: int
    keyCount: int
    queryStart: int
    queryTokens: list[TokenChip]
    queryToken: TokenChip
    keyTokens: list[TokenChip]
    key: int
    leftOut: int
    weightLeftOut: float
    closed: int
    steps: list[Step]
    step: Step
    number: int
    waiting: bool
    standalone: bool
    scaling: float
    headWidth: int
    softcap: float | None
    sink: float | None
    sinkExponential: float
    largest: float
    total: float
    mask: MaskKind
    padded: bool
    differences: list[tuple[str, float]]
    differenceShare: float | None
    biasByDistance: bool
    biases: InsideBiases
    norm: InsideNorm | None
    queryNorm: InsideNorm | None
    keyNorm: InsideNorm | None
    factors: InsideFactors
    tables: list[TableKind]
    beginningNorm: str | None
    rotation: InsideRotation | None


class InsideNumbers(TypedDict):
    """The numbers of one query token and of the keys shown that every model has."""

    positions: Int32[np.ndarray, " key"]
    query: Float32[np.ndarray, " d_head"]
    keys: Float32[np.ndarray, "key d_head"]
    values: Float32[np.ndarray, "key d_value"]
    dots: Float32[np.ndarray, " key"]
    scaled: Float32[np.ndarray, " key"]
    visible: UInt8[np.ndarray, " key"]
    scores: Float32[np.ndarray, " key"]
    exponentials: Float32[np.ndarray, " key"]
    weights: Float32[np.ndarray, " key"]
    rest: Float32[np.ndarray, " d_value"]
    output: Float32[np.ndarray, " d_value"]


class InsideArrays(InsideNumbers, total=False):
    """The numbers of one query token and of the keys shown; what the model has none of is left out."""

    tables: Float32[np.ndarray, "table width"]
    first: Float32[np.ndarray, " d_model"]
    residual: Float32[np.ndarray, " d_model"]
    input: Float32[np.ndarray, " d_model"]
    products: Float32[np.ndarray, " d_model"]
    queryProjected: Float32[np.ndarray, " d_head"]
    queryNormed: Float32[np.ndarray, " d_head"]
    queryAngles: Float32[np.ndarray, " pair"]
    keysProjected: Float32[np.ndarray, "key d_head"]
    keysNormed: Float32[np.ndarray, "key d_head"]
    keyAngles: Float32[np.ndarray, "key pair"]
    frequencies: Float32[np.ndarray, " pair"]
    valuesProjected: Float32[np.ndarray, "key d_value"]
    capped: Float32[np.ndarray, " key"]
    bias: Float32[np.ndarray, " key"]
    contribution: Float32[np.ndarray, " d_model"]
    contributionNorms: Float32[np.ndarray, " head"]
    attentionOutput: Float32[np.ndarray, " d_model"]


class InsideChoice(TypedDict):
    """What the visitor chose, counted by the browser; no key stands for the strongest."""

    stack: Stack
    layer: int
    heads: list[int]
    query: int
    key: int | None
    step: Step
    number: int


class InsideSends(TypedDict):
    """What the picture of a head sends back."""

    choice: InsideChoice


inside_head = Component("inside_head", header=InsideHeader, arrays=InsideArrays, sends=InsideSends)
