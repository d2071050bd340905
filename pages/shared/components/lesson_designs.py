"""Three architectures as squares of who looks at whom, the model in use marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from jaxtyping import UInt8
from typing_extensions import TypedDict

from llm_core.shapes import Family, Stack
from pages.shared.components import Component
from pages.shared.components.packing import TokenChip


class LessonDesign(TypedDict):
    """One square: a model's tokens, and where its target begins among them, 0 if it has none."""

    title: str
    family: Family
    model: str
    own: bool
    task: str
    sentence: str
    stacks: list[Stack]
    split: int
    tokens: list[TokenChip]


class LessonDesignsHeader(TypedDict):
    """The squares, in the order of the arrays ``cells0``, ``cells1`` ..."""

    designs: list[LessonDesign]


LessonDesignsArrays: TypeAlias = Mapping[str, UInt8[np.ndarray, "query key"]]
"""Mean weights in half percents, 255 where a token cannot look."""

lesson_designs = Component("lesson_designs", header=LessonDesignsHeader, arrays=LessonDesignsArrays)
