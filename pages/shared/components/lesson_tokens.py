"""A text as the tokens that a model makes of it, each with its id."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class LessonSequence(TypedDict):
    """What one side of a model reads, and how many more tokens it has than are shown."""

    name: Literal["source", "target"]
    title: str
    tokens: list[TokenChip]
    more: int


class LessonTokensHeader(TypedDict):
    """One sequence, or two for an encoder-decoder."""

    sequences: list[LessonSequence]


lesson_tokens = Component("lesson_tokens", header=LessonTokensHeader)
