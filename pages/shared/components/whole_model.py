"""The whole model: one picture from the text to what comes out, whose blocks open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired, TypeAlias

import numpy as np
from jaxtyping import Float32
from typing_extensions import TypedDict

from llm_core.shapes import Family
from llm_core.whole_model.blocks import Part
from pages.shared.components import Component
from pages.shared.components.packing import TokenChip

SequenceName: TypeAlias = Literal["source", "target"]
"""The text that is read, or the one that an encoder-decoder writes."""

StreamStack: TypeAlias = Literal["encoder", "decoder"]
"""A stack with a residual stream of its own; cross-attention adds to the decoder's."""


class WholeModelRow(TokenChip):
    """A row of the picture: its first token, that token's position, how many tokens share the row, and the last.

    ``rests`` marks a token on which heads rest when they find nothing to take over.
    """

    position: int
    count: int
    last: TokenChip
    rests: bool


class WholeModelSequence(TypedDict):
    """The rows of a sequence; pooled if some row stands for more than one token."""

    rows: list[WholeModelRow]
    tokens: int
    pooled: bool


class WholeModelStack(TypedDict):
    """A stack, the sequence whose streams pass it, its layers, and those of them with cross-attention."""

    stack: StreamStack
    sequence: SequenceName
    layers: list[int]
    cross: list[int] | None


class WholeModelTokensOut(TypedDict):
    """What comes out of a model with an output head: by row, its likeliest tokens."""

    kind: Literal["tokens"]
    sequence: SequenceName
    title: str
    before: list[str]
    rows: list[list[TokenChip]]


class WholeModelVectorsOut(TypedDict):
    """What comes out of an encoder without an output head, and what that means."""

    kind: Literal["vectors"]
    sequence: SequenceName
    title: str
    short: str
    meaning: str


class WholeModelLegend(TypedDict):
    """A kind of stroke and what it means."""

    kind: Literal["stream", "encoder", "decoder", "cross", "network", "dots"]
    words: str


class WholeModelEndings(TypedDict):
    """The likeliest tokens after (or at) the chosen token, with their probabilities."""

    token: TokenChip
    before: str
    tokens: list[tuple[TokenChip, float]]


class WholeModelWay(TypedDict):
    """Where the link of an open block leads: a page, what its address says besides model and text, the whole of it."""

    page: Literal["attention", "embeddings", "generation"]
    own: dict[str, str]
    href: str
    words: NotRequired[str]


class WholeModelLitRow(TypedDict):
    """A row of the picture."""

    sequence: SequenceName
    row: int


class WholeModelPlace(TypedDict):
    """Where the visitor is: the open block, its head, the token whose path stays lit; and which choice that answers."""

    block: str | None
    head: int | None
    token: WholeModelLitRow | None
    number: int


class InsideProblem(TypedDict):
    """Why there is nothing to show inside a block."""

    kind: Literal["problem"]
    block: str
    problem: str


class InsideAttention(TypedDict):
    """Inside an attention block: a head, and the tokens whose queries and keys are shown."""

    kind: Literal["attention"]
    block: str
    head: int
    heads: int
    query: int
    queryPositions: list[int]
    keyPositions: list[int]
    queryTokens: list[TokenChip]
    keyTokens: list[TokenChip]
    caption: str
    note: str


class WholeModelNeuron(TypedDict):
    """A neuron, what it adds, the tokens whose logits gain most and least by it, and by how much all do on average."""

    index: int
    activation: float
    adds: float
    share: float
    mean: float | None
    up: list[tuple[TokenChip, float]] | None
    down: list[tuple[TokenChip, float]] | None


class InsideNetwork(TypedDict):
    """Inside a feed-forward block: the neurons that add most for a token."""

    kind: Literal["feed_forward"]
    block: str
    token: TokenChip
    count: int
    share: float
    neurons: list[WholeModelNeuron]
    note: str


class WholeModelTable(TypedDict):
    """A table whose row is added into a first vector."""

    name: str
    words: str


class InsideEmbedding(TypedDict):
    """Inside an embedding block: the rows of tables whose sum is a token's first vector."""

    kind: Literal["embedding"]
    block: str
    token: TokenChip
    width: int
    tables: list[WholeModelTable]
    firstName: str
    firstWords: str
    note: str


class WholeModelCandidate(TypedDict):
    """A token of the vocabulary."""

    id: int
    token: TokenChip


class InsideOutput(TypedDict):
    """Inside the output block: the tokens likeliest to come out."""

    kind: Literal["output"]
    block: str
    token: TokenChip
    before: str
    words: str
    candidates: list[WholeModelCandidate]
    note: str


class InsideVectors(TypedDict):
    """Inside the output block of an encoder without an output head."""

    kind: Literal["vectors"]
    block: str
    token: TokenChip
    words: str
    note: str


InsideBlock: TypeAlias = (
    InsideProblem | InsideAttention | InsideNetwork | InsideEmbedding | InsideOutput | InsideVectors
)
"""What is inside a block, by ``kind``."""


class WholeModelOverview(TypedDict):
    """What the picture shows before anything opens, the same for every visitor."""

    model: str
    text: str
    family: Family
    sequences: dict[SequenceName, WholeModelSequence]
    stacks: list[WholeModelStack]
    output: WholeModelTokensOut | WholeModelVectorsOut
    legend: list[WholeModelLegend]
    leftOut: list[str]
    aside: str
    hint: str
    caption: str
    complete: bool


class WholeModelHeader(WholeModelOverview):
    """The header of a packet for the whole model.

    ``version`` names the picture, which is built anew when it changes; ``reading`` what was read by which model.
    """

    version: str
    reading: str
    fileName: str
    standalone: bool
    chosenRow: int
    endings: WholeModelEndings | None
    ways: dict[Part, WholeModelWay]
    place: WholeModelPlace
    detail: InsideBlock | None
    insides: list[InsideBlock]


WholeModelArrays: TypeAlias = Mapping[str, Float32[np.ndarray, "row column"] | Float32[np.ndarray, " number"]]
"""By name:

``links.<stack>.<layer>.attention``: query row, key row and weight, by link, weakest first.
``first.<stack>``: the first numbers of each row's first vector.
``adds.<stack>``, ``adds.network.<stack>``: by layer and row, how much attention or the feed-forward network adds,
relative to the stream; -1 where that is not known.
``candidates``: by row, the probabilities of its likeliest tokens; ``last``: the first numbers of its last vector.
``d.<name>``: what belongs to ``detail``; ``0.<name>``, ``1.<name>``: to the first and second of ``insides``.
"""


class WholeModelToken(TypedDict):
    """A token of a sequence."""

    sequence: SequenceName
    position: int


class WholeModelChoice(TypedDict):
    """What the visitor chose, counted by the browser."""

    block: str | None
    head: int | None
    token: WholeModelToken | None
    number: int


class WholeModelLeave(TypedDict):
    """The link of an open block was followed: the kind of block, and the count of the browser."""

    kind: Part
    number: int


class WholeModelSends(TypedDict):
    """What the picture sends back."""

    choice: WholeModelChoice
    way: WholeModelLeave


whole_model = Component("whole_model", header=WholeModelHeader, arrays=WholeModelArrays, sends=WholeModelSends)
