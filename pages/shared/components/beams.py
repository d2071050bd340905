"""A beam search as a tree: which texts were kept, which were let go, and what each scored."""

from __future__ import annotations

from typing_extensions import TypedDict

from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class BeamToken(TokenChip, TypedDict):
    """A token that a beam could go on with; :class:`llm_core.generation.beam_tree.BeamNode` describes the fields.

    ``fate`` says what became of it in words.
    """

    number: int
    parent: int | None
    depth: int
    rank: int
    logProbability: float
    added: float
    score: float
    survived: bool
    finished: bool
    fate: str
    finalScore: float | None


class FoundText(TypedDict):
    """A text that the search ended with, its final score, and the node of its last token."""

    tokens: list[TokenChip]
    score: float
    node: int


class BeamsHeader(TypedDict):
    """The header of a packet for the tree: nodes by number, texts from the best on.

    ``changed`` is True if tokens add something else to the scores than their log-probabilities.
    """

    nodes: list[BeamToken]
    texts: list[FoundText]
    lengthPenalty: float
    changed: bool


beams = Component("beams", header=BeamsHeader)
