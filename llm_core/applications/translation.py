"""English to French with the project's small model: what is aligned with what, and which words it cannot know."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from llm_core.applications.evidence import LookedAt, Part, check_one_text
from llm_core.comparison.words import words_of
from llm_core.generation.step import GenerationStep, Prompt
from llm_core.tokens import positions_within

TRANSLATOR = "t5-mini-en-fr"
TAUGHT_LAYER, TAUGHT_HEAD = 2, 0
"""The one cross-attention head that was taught to look from each decoder input to the word it translates."""


def alignment(steps: Sequence[GenerationStep], layer: int = TAUGHT_LAYER, head: int = TAUGHT_HEAD) -> LookedAt:
    """What each written token is aligned with: the row in which the decoder reads it.

    That row belongs to the step that writes the next token; the last token is never read, so its row is zero.
    """
    check_one_text(steps)
    source = steps[0].prompt.source
    positions = tuple(place for place, token in enumerate(source) if not token.is_special or token.start is not None)
    part = Part("English", positions, tuple(source[place] for place in positions))
    weights = np.zeros((len(steps), len(positions)), np.float32)
    for row, following in enumerate(steps[1:]):
        weights[row] = following.attention("cross", layer, [head])[0, 0, list(positions)]
    return LookedAt((part,), weights)


def new_words(prompt: Prompt) -> tuple[str, ...]:
    """Words and signs of the source that the vocabulary has no whole piece for: the model has hardly seen them."""
    found: dict[str, None] = {}
    for start, end in words_of(prompt.text):
        # An apostrophe always stands alone, so "don't" is judged by "don" and "t".
        for part in re.finditer(r"[^'’]+", prompt.text[start:end]):
            pieces = positions_within(prompt.source, start + part.start(), start + part.end())
            if len(pieces) != 1 or prompt.source[pieces[0]].is_special:
                found[prompt.text[start:end]] = None
    for token in prompt.source:
        if token.is_special and token.start is not None:
            sign = prompt.text[token.start : token.end].strip()
            if not any(sign in word for word in found):
                found[sign] = None
    return tuple(found)
