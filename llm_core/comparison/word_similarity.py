"""How alike the vectors of a text's words are at every depth, measured on the residual stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from llm_core.comparison.alignment import character_spans
from llm_core.comparison.words import Span, words_of
from llm_core.recording.trace_record import Trace
from llm_core.shapes import HiddenStates


@dataclass(frozen=True, eq=False)
class WordSimilarity:
    """Cosine similarity of every two words of a text, layer by layer.

    Attributes:
        words: Where each word stands in the text; words that no token stands for are left out.
        cosine: From -1 to 1, shape (layer+1 word word); index 0 is the embedding, and the last is what comes out of the
            last layer, before a final norm. One row less where that is not known.
    """

    words: tuple[Span, ...]
    cosine: Float32[np.ndarray, "layer word word"]

    def __post_init__(self) -> None:
        self.cosine.setflags(write=False)


MOST_WORDS = 48
"""Of longer texts this many words are compared, from the start."""


def word_similarity(trace: Trace) -> WordSimilarity:
    """Compare the words of a text by their contextual vectors; a word of several tokens is their mean.

    The vectors are those of the stack that reads the text: the decoder of a decoder, otherwise the encoder.

    Raises:
        SelectionError: The stack has no residual stream that was kept.
    """
    words, unit = _unit_vectors(trace)
    return WordSimilarity(words, _cosine(unit, unit))


def words_across(one: Trace, other: Trace) -> Float32[np.ndarray, "layer word other_word"]:
    """Cosine similarity of every word of a text with every word of another that the same model read.

    Args:
        one: What the model did with one text.
        other: What it did with the other.

    Returns:
        From -1 to 1, shape (layer+1 word word); words are those that :func:`word_similarity` tells.

    Raises:
        SelectionError: The stack has no residual stream that was kept.
    """
    return _cosine(_unit_vectors(one)[1], _unit_vectors(other)[1])


def _unit_vectors(trace: Trace) -> tuple[tuple[Span, ...], Float32[np.ndarray, "layer word d_model"]]:
    spans = character_spans(trace.tokens, trace.text)
    words = [(word, _tokens_of(word, spans)) for word in words_of(trace.text)]
    covered = [(word, tokens) for word, tokens in words if tokens][:MOST_WORDS]
    vectors = _word_vectors(trace.residual_stream(trace.stacks[0]), [tokens for _, tokens in covered])
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return tuple(word for word, _ in covered), vectors / np.maximum(length, np.finfo(np.float32).tiny)


def _cosine(one: np.ndarray, other: np.ndarray) -> Float32[np.ndarray, "layer word other_word"]:
    return np.clip(one @ other.transpose(0, 2, 1), -1, 1)


def _tokens_of(word: Span, spans: Sequence[Span | None]) -> list[int]:
    return [place for place, span in enumerate(spans) if span is not None and span[0] < word[1] and word[0] < span[1]]


def _word_vectors(states: HiddenStates, groups: Sequence[Sequence[int]]) -> Float32[np.ndarray, "layer word d_model"]:
    if not groups:
        return np.zeros((len(states), 0, states.shape[-1]), np.float32)
    return np.stack([states[:, list(group)].mean(axis=1) for group in groups], axis=1)
