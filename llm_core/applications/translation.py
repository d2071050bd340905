"""English to French with the project's small model: what is aligned with what, and which words it cannot know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from llm_core.applications.evidence import LookedAt, Part, check_one_text
from llm_core.comparison.words import words_of
from llm_core.generation.step import GenerationStep, Prompt
from llm_core.heads.guidance import ALIGNED, Guidance, aligned_share, best_unguided, can_align
from llm_core.recording.guided_heads import GuidedHead
from llm_core.text.tokens import positions_within

TRANSLATOR = "t5-mini-en-fr"


@dataclass(frozen=True)
class Aligning:
    """The head of cross-attention that a translation is aligned by.

    Attributes:
        layer: From 0.
        head: From 0.
        guidance: What is to be said of it if training guided it; None if no one did.
    """

    layer: int
    head: int
    guidance: Guidance | None


def aligning_head(steps: Sequence[GenerationStep], known: Sequence[GuidedHead]) -> Aligning:
    """The head that training guided to align; of a model without one, the head that does it best on these steps.

    Args:
        steps: Of the whole translation.
        known: The model's guided heads.
    """
    layers = steps[0].attention_layers("cross")
    queries = tuple(step.token for step in steps)

    @cache
    def shares(layer: int) -> np.ndarray:
        # Row by row, the decoder reads what was written a step before.
        read = [step.attention("cross", layer)[:, -1] for step in steps[1:]]
        if not read:
            return np.zeros(steps[0].heads("cross", layer))
        return aligned_share(np.stack(read, axis=1), queries[:-1], steps[0].prompt.source)

    best = best_unguided(known, "cross", layers, shares)
    guided = next((one for one in known if one.stack == "cross"), None)
    if guided is None:
        return Aligning(layers[0], 0, None) if best is None else Aligning(best.layer, best.head, None)
    if not can_align(queries[:-1], steps[0].prompt.source):
        return Aligning(guided.layer, guided.head, Guidance(guided, None, None, ""))
    own = float(shares(guided.layer)[guided.head])
    return Aligning(guided.layer, guided.head, Guidance(guided, own, best, ALIGNED))


def alignment(steps: Sequence[GenerationStep], layer: int, head: int) -> LookedAt:
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
