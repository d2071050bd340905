"""A text being written, token by token: timeline, pipeline, attention of the step, cache, branches."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float32, Int32, UInt32
from typing_extensions import TypedDict

from llm_core.generation.step import Finish
from llm_core.shapes import Family, Stack
from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class WrittenToken(TokenChip, TypedDict):
    """A token that was written: its probability, surprise and the model's entropy in bits, how long it took."""

    probability: float
    surprise: float
    entropy: float
    seconds: float
    finish: Finish
    picked: bool


class SamplingSettings(TypedDict):
    """How a token is chosen; :class:`llm_core.GenerationSettings` says what each setting does."""

    temperature: float
    topK: int
    topP: float
    minP: float
    typicalP: float
    penalty: float


class TextBranch(TypedDict):
    """One way the text goes on: the branch it left, its first step that is its own, and its tokens from there on."""

    number: int
    parent: int | None
    at: int
    tokens: list[TokenChip]
    note: str


class HeadPlace(TypedDict):
    """A head of a layer; -1 stands for the mean of all its heads."""

    layer: int
    head: int


class CachedLayer(TypedDict):
    """A layer of the key/value cache."""

    stack: Stack
    layer: int
    heads: int
    keyValueHeads: int


class GenerationHeader(TypedDict):
    """The header of a packet for the text being written.

    ``layers`` holds layers and their numbers of heads; ``ownStages`` names what the model's files ask for.
    """

    model: str
    family: Family
    number: int
    step: int
    branch: int
    standalone: bool
    prompt: list[TokenChip]
    promptHidden: int
    source: list[TokenChip]
    steps: list[WrittenToken]
    settings: SamplingSettings
    ownStages: list[str]
    named: list[TokenChip]
    branches: list[TextBranch]
    looking: dict[Stack, HeadPlace]
    layers: dict[Stack, list[tuple[int, int]]]
    cache: list[CachedLayer]


class _Always(TypedDict):
    logits: Float32[np.ndarray, " vocabulary"]
    luck: Float32[np.ndarray, " vocabulary"]
    context: Int32[np.ndarray, " token"]
    cacheTokens: UInt32[np.ndarray, "step layer"]
    cacheBytes: UInt32[np.ndarray, "step layer"]


class GenerationArrays(_Always, total=False):
    """One step's logits, luck (empty without a draw) and context; attention from 0 to 1; the cache's growth.

    Attention is there for the stacks that the model has, and ``ownScores`` where the model's files ask for stages.
    """

    ownScores: Float32[np.ndarray, " vocabulary"]
    encoderAttention: Float32[np.ndarray, "query key"]
    decoderAttention: Float32[np.ndarray, "step key"]
    crossAttention: Float32[np.ndarray, "step key"]


class StepChoice(TypedDict):
    """The visitor looks at a step of a branch; ``goto`` is a branch chosen in the tree."""

    kind: Literal["step", "goto"]
    step: int
    branch: int
    number: int


class TokenChoice(TypedDict):
    """The visitor lets the text go on from a step, under other settings unless they are None.

    ``token`` is the one that was picked; None lets these settings choose it, with the luck of the step.
    """

    kind: Literal["branch"]
    step: int
    token: int | None
    settings: SamplingSettings | None
    branch: int
    number: int


class HeadChoice(TypedDict):
    """The visitor wants to see another head's attention."""

    kind: Literal["looking"]
    step: int
    stack: Stack
    layer: int
    head: int
    branch: int
    number: int


GenerationChoice: TypeAlias = StepChoice | TokenChoice | HeadChoice


class GenerationSends(TypedDict):
    """What the component sends back: the visitor's last choice, counted by the browser."""

    choice: GenerationChoice


generation = Component("generation", header=GenerationHeader, arrays=GenerationArrays, sends=GenerationSends)
