"""One text through two or three models, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float32, UInt8
from typing_extensions import TypedDict

from llm_core.shapes import Family, Stack
from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class SourceToken(TokenChip):
    """A token of the text, and the numbers of the pieces of text that it stands for."""

    links: Sequence[int]


class TargetToken(TokenChip):
    """A token of what a decoder wrote, and the place of the source token it was written for, if that is known."""

    source: int | None


class ScoredToken(TokenChip):
    """A token with its probability from 0 to 1."""

    probability: float


class ComparedWord(TypedDict):
    """A word that a model read, and the numbers of the pieces of text that it stands for."""

    text: str
    links: list[int]


class ObjectiveExample(TypedDict):
    """An example of what a model is trained to do."""

    given: str
    answer: str


class TrainingObjective(TypedDict):
    """What a model is trained to do, with examples made of the text."""

    name: str
    sentence: str
    examples: list[ObjectiveExample]


class NearestHead(TypedDict):
    """The head that fits a role best, and the array that holds its weights.

    Its score is the mean over ``queries``; a head of a random network scores ``random``, None if not known.
    """

    layer: int
    head: int
    score: float
    queries: int
    random: float | None
    array: str
    note: str


class TooFewQueries(TypedDict):
    """A role that fewer queries than ``fewest`` tell of, so that no head is named."""

    queries: int
    fewest: int


class ComparedStack(TypedDict):
    """A stack of a model; a cell of its matrices stands for ``block`` x ``block`` tokens."""

    stack: Stack
    label: str
    layers: Sequence[int]
    queries: int
    keys: int
    block: int
    maskOf: list[int]
    mask: str
    directions: Sequence[str]
    nearest: Mapping[str, NearestHead | TooFewQueries | None]


class HiddenWord(TypedDict):
    """A word that is hidden from a model, what it reads around it, and what it puts there."""

    word: str
    before: str
    after: str
    unseen: str
    candidates: list[ScoredToken]
    probability: float | None
    reason: str


class ParameterCount(TypedDict):
    """How many parameters the blocks of one kind have."""

    name: str
    count: int


class EmptyPane(TypedDict):
    """A pane with nothing to show: its model is being run, or cannot be had."""

    name: str
    error: str
    note: str


class ReadyPane(EmptyPane):
    """A model and what it did with a text; ``across`` is the earlier pane where the same model reads another text."""

    family: Family
    about: str
    objective: TrainingObjective
    source: list[SourceToken]
    target: list[TargetToken]
    words: list[ComparedWord]
    stacks: list[ComparedStack]
    blank: HiddenWord | None
    following: list[ScoredToken]
    written: list[ScoredToken]
    parameters: list[ParameterCount]
    measures: list[tuple[str, str]]
    costs: list[tuple[str, str]]
    across: int | None


class ComparedText(TypedDict):
    """A text, the panes that read it, and its pieces: each a part of the text and the number of the piece."""

    panes: list[int]
    pieces: list[tuple[str, int]]


class HeadRole(TypedDict):
    """A role that a head can have."""

    name: str
    meaning: str


class ComparedDifference(TypedDict):
    """A row of the table of differences: a value for each pane compared, and what follows from them."""

    name: str
    values: Sequence[str]
    sentence: str


class ComparisonView(TypedDict, total=False):
    """What is looked at: how far up from 0 to 1, a role, two words."""

    depth: float
    role: str
    pair: Sequence[str]


class ComparisonFacts(TypedDict):
    """All that is compared, apart from the arrays."""

    panes: Sequence[EmptyPane | ReadyPane]
    texts: list[ComparedText]
    roles: list[HeadRole]
    differences: list[ComparedDifference]
    compared: list[int]
    pair: tuple[str, str] | None


class ComparisonHeader(ComparisonFacts):
    """The header of a packet for the comparison; another version means that more than the view has changed."""

    version: str
    view: ComparisonView


ComparisonArrays = Mapping[str, UInt8[np.ndarray, "..."] | Float32[np.ndarray, "..."]]
"""By pane and stack (``p0.encoder.``): ``masks`` (mask row column), ``overview`` (layer row column), ``shares``
(layer direction), ``entropy`` (layer), ``3.1`` the weights of layer 3, head 1 (row column). By pane (``p0.``):
``cosine`` (layer word word) of its words, ``across`` (layer word word) with those of another pane."""


class ComparisonChoice(TypedDict):
    """What the visitor looks at."""

    depth: float
    role: str
    pair: Sequence[str] | None


class ComparisonSends(TypedDict):
    """What the comparison sends back."""

    view: ComparisonChoice


architectures = Component("architectures", header=ComparisonHeader, arrays=ComparisonArrays, sends=ComparisonSends)
