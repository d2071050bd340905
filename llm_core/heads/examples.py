"""Sentences worth looking at, and the question each of them asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm_core.heads.guidance import aligned_share
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token

LONGEST_SEARCHED = 160
"""Texts of more tokens open at the middle layer instead of at a head that was searched for."""


@dataclass(frozen=True)
class Example:
    """A sentence with a purpose.

    Attributes:
        question: What to look for, as a few words.
        text: The sentence.
        word: The word whose attention answers the question.
        finds: The word it should look at.
    """

    question: str
    text: str
    word: str
    finds: str


EXAMPLES = (
    Example("Who is tired?", "The cat sat on the mat because it was tired.", "it", "cat"),
    Example("Copy me", "The blue whale sang, and then the blue whale slept.", "blue", "whale"),
    Example("Two springs", "In spring, water flows from the spring below the old bridge.", "spring", "water"),
    Example("Black cat", "The black cat is sleeping under the white table.", "cat", "black"),
)


@dataclass(frozen=True)
class View:
    """A place in a trace worth opening at.

    Attributes:
        layer: From 0.
        head: From 0.
        query: Position of the token that looks, or None for all of them.
    """

    layer: int
    head: int
    query: int | None


def opening_view(trace: Trace, stack: Stack) -> View:
    """The head and token to show first: the one that answers the example's question most clearly.

    Cross-attention opens at the head in which most words of the source are looked at by some word of
    the target, with all tokens shown: an alignment is a picture of the whole sentence.
    For a text that is no example it is the strongest link between two different words that are no
    neighbours, since neighbours are what most heads look at anyway.
    """
    layers = trace.layers(stack)
    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)
    if max(len(queries), len(keys)) > LONGEST_SEARCHED:
        return View(layers[len(layers) // 2], 0, None)
    if stack == "cross":
        return _best_aligned(trace, queries, keys)
    wanted = _asked_for(trace, queries, keys)
    if not wanted.any():
        wanted = _between_words(queries, keys)
    best, weight = View(layers[len(layers) // 2], 0, None), 0.0
    for layer in layers:
        weights = np.where(wanted, trace.attention(stack, layer), 0.0)
        head, query, key = (int(i) for i in np.unravel_index(int(weights.argmax()), weights.shape))
        if weights[head, query, key] > weight:
            best, weight = View(layer, head, query), float(weights[head, query, key])
    return best


def _best_aligned(trace: Trace, queries: Sequence[Token], keys: Sequence[Token]) -> View:
    best, coverage = View(trace.layers("cross")[0], 0, None), 0.0
    for layer in trace.layers("cross"):
        covered = aligned_share(trace.attention("cross", layer), queries, keys)
        head = int(covered.argmax())
        if covered[head] > coverage:
            best, coverage = View(layer, head, None), float(covered[head])
    return best


def _asked_for(trace: Trace, queries: Sequence[Token], keys: Sequence[Token]) -> np.ndarray:
    example = next((example for example in EXAMPLES if example.text == trace.text), None)
    if example is None:
        return np.zeros((len(queries), len(keys)), bool)
    asking = np.array([token.text == example.word for token in queries])
    answer = np.array([token.text == example.finds for token in keys])
    return asking[:, None] & answer


def _between_words(queries: Sequence[Token], keys: Sequence[Token]) -> np.ndarray:
    words = [np.array([token.is_word for token in tokens]) for tokens in (queries, keys)]
    pairs = words[0][:, None] & words[1]
    distance = np.abs(np.arange(len(queries))[:, None] - np.arange(len(keys)))
    different = np.array([[one.text.lower() != other.text.lower() for other in keys] for one in queries])
    pairs &= (distance > 1) & different
    pairs[:, 0] = False
    return pairs
