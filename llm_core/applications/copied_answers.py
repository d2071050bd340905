"""Answers that could be copied from passages, as records without torch and without the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from llm_core.applications.documents import Passage
from llm_core.errors import SelectionError

SILENT = "The text does not say"
"""What the examples answer where their text holds no answer."""

LEAST_LEAD = 0.0
"""An answer's log-probability must not be below that of :data:`SILENT` by more than this; 0 is the natural border,
and nothing was tuned."""

MOST_TOKENS = 14
"""A copied answer has no more tokens."""


@dataclass(frozen=True)
class Span:
    """Words of a passage.

    Attributes:
        passage: Which of the passages read, from 0.
        start: Its first character in the passage's text.
        end: One past its last.
        log_probability: Natural logarithm of the probability that the decoder, after passage and question, writes
            exactly these words, as they stand or with a capital letter, and then ends.
    """

    passage: int
    start: int
    end: int
    log_probability: float


@dataclass(frozen=True, eq=False)
class CopiedAnswer:
    """The answers that could be copied from passages.

    Attributes:
        question: The question.
        passages: The passages, each read by itself.
        spans: What could be copied, the likeliest first, without what only repeats the question's words; at least one.
        silence: By passage, the natural logarithm of the probability of :data:`SILENT`, shape (passage,).
    """

    question: str
    passages: tuple[Passage, ...]
    spans: tuple[Span, ...]
    silence: Float64[np.ndarray, " passage"]

    def __post_init__(self) -> None:
        if not self.spans:
            raise SelectionError(
                f"Expected passages with at least one word of at most {MOST_TOKENS} tokens, got none. Choose other "
                "documents."
            )
        if self.silence.shape != (len(self.passages),):
            raise ValueError(f"Expected a number for each of {len(self.passages)} passages, got {self.silence.shape}.")
        self.silence.setflags(write=False)

    @property
    def best(self) -> Span:
        """The likeliest words that do not only repeat the question, if there are such."""
        return self.spans[0]

    @property
    def passage(self) -> Passage:
        """The passage that the likeliest words stand in."""
        return self.passages[self.best.passage]

    @property
    def text(self) -> str:
        """The likeliest words."""
        return self.passage.text[self.best.start : self.best.end]

    @property
    def lead(self) -> float:
        """By how much their log-probability is above that of :data:`SILENT` after the same passage."""
        return self.best.log_probability - float(self.silence[self.best.passage])

    @property
    def said(self) -> bool:
        """True if the passages answer the question, as far as the decoder can tell."""
        return self.lead >= LEAST_LEAD
