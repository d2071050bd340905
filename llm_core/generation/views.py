"""Which head to show first beside a text that is being written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llm_core.generation.step import GenerationStep
from llm_core.heads.examples import View
from llm_core.shapes import Stack

MOST_SEARCHED = 24
"""So many steps, spread over the text, are searched for a head worth showing."""

MOST_KEYS = 512
"""Longer texts open at the middle layer instead."""


def opening_head(steps: Sequence[GenerationStep], stack: Stack) -> View:
    """The head whose attention says most about the words that are written.

    In cross-attention it is the head in which most source words are looked at while some word is written; elsewhere
    the one that, while words are written, looks most at one earlier word that is neither the first token (where
    many heads put what they have no use for) nor the token itself.
    """
    layers = steps[0].attention_layers(stack)
    keys = steps[-1].key_tokens(stack)
    middle = View(layers[len(layers) // 2], 0, None)
    if len(keys) > MOST_KEYS:
        return middle
    chosen = [step for step in steps if step.token.is_word][:: max(1, len(steps) // MOST_SEARCHED)]
    if stack == "encoder":
        chosen = chosen[:1]
    best, score = middle, 0.0
    for layer in layers:
        found = _scores(chosen, stack, layer) if chosen else np.zeros(1)
        head = int(found.argmax())
        if found[head] > score:
            best, score = View(layer, head, None), float(found[head])
    return best


def _scores(steps: Sequence[GenerationStep], stack: Stack, layer: int) -> np.ndarray:
    """How much each head of a layer is worth showing, shape (head,)."""
    rows = []
    for step in steps:
        words = np.array([token.is_word for token in step.key_tokens(stack)])
        weights = np.where(words, step.attention(stack, layer), 0.0)
        if stack == "cross":
            rows.append(weights[:, 0])
        elif stack == "encoder":
            weights[:, :, 0] = 0.0
            count = weights.shape[1]
            weights[:, np.arange(count), np.arange(count)] = 0.0
            rows.append(weights.max(axis=2).mean(axis=1))
        else:
            weights[:, :, 0] = weights[:, :, -1] = 0.0
            rows.append(weights[:, 0].max(axis=1))
    if stack == "cross":
        return np.asarray(np.stack(rows).max(axis=0).sum(axis=1))
    return np.asarray(np.stack(rows).mean(axis=0))
