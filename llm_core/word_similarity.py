"""How alike the vectors of a text's words are at every depth, measured on the residual stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from llm_core.alignment import character_spans
from llm_core.shapes import HiddenStates, Stack
from llm_core.trace_record import Trace
from llm_core.words import Span, words_of


@dataclass(frozen=True, eq=False)
class WordSimilarity:
    """Cosine similarity of every two words of a text, layer by layer.

    Attributes:
        words: Where each word stands in the text; words that no token stands for are left out.
        cosine: From -1 to 1, shape (layer+1 word word); index 0 is the embedding.
    """

    words: tuple[Span, ...]
    cosine: Float32[np.ndarray, "layer word word"]

    def __post_init__(self) -> None:
        self.cosine.setflags(write=False)


def word_similarity(trace: Trace, stack: Stack, *, most_words: int = 48) -> WordSimilarity:
    """Compare the words of a text by their contextual vectors; a word of several tokens is their mean.

    Args:
        trace: What a model did with a text.
        stack: The stack that reads the text: ``"encoder"``, or ``"decoder"`` for a decoder.
        most_words: Only this many words, from the start.

    Raises:
        SelectionError: The stack has no residual stream of its own.
    """
    spans = character_spans(trace.tokens, trace.text)
    words = [(word, _tokens_of(word, spans)) for word in words_of(trace.text)]
    covered = [(word, tokens) for word, tokens in words if tokens][:most_words]
    states = trace.hidden_states(stack)
    vectors = _word_vectors(states, [tokens for _, tokens in covered])
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit = vectors / np.maximum(length, np.finfo(np.float32).tiny)
    return WordSimilarity(tuple(word for word, _ in covered), np.clip(unit @ unit.transpose(0, 2, 1), -1, 1))


def _tokens_of(word: Span, spans: Sequence[Span | None]) -> list[int]:
    return [place for place, span in enumerate(spans) if span is not None and span[0] < word[1] and word[0] < span[1]]


def _word_vectors(states: HiddenStates, groups: Sequence[Sequence[int]]) -> Float32[np.ndarray, "layer word d_model"]:
    if not groups:
        return np.zeros((len(states), 0, states.shape[-1]), np.float32)
    return np.stack([states[:, list(group)].mean(axis=1) for group in groups], axis=1)
