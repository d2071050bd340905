"""What an answer is written from, and what it looked at in it, as records without torch and without the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from llm_core.applications.documents import Passage
from llm_core.errors import SelectionError
from llm_core.generation.conversation import Conversation
from llm_core.generation.settings import GenerationSettings
from llm_core.text.tokens import Token

TASK = "Answer the question with one short sentence. Use only this text."
MOST_TOKENS = 48
"""An answer has no more tokens."""

SETTINGS = GenerationSettings(max_new_tokens=MOST_TOKENS, temperature=0)
"""Always the likeliest token: an answer from a text leaves nothing to chance."""


@dataclass(frozen=True)
class Reading:
    """What the decoder is given to answer from.

    Attributes:
        question: The question.
        passages: The passages, in the order in which they stand in the prompt.
    """

    question: str
    passages: tuple[Passage, ...]

    def __post_init__(self) -> None:
        if not self.passages:
            raise SelectionError("Expected at least one passage to answer from, got none.")

    @property
    def conversation(self) -> Conversation:
        """The task, the passages and the question as one message of a user."""
        texts = "\n\n".join(passage.text for passage in self.passages)
        return Conversation(f"{TASK}\n\nText: {texts}\n\nQuestion: {' '.join(self.question.split())}")

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where each passage stands in the user's message: first and one past last character."""
        spans, start = [], len(f"{TASK}\n\nText: ")
        for passage in self.passages:
            spans.append((start, start + len(passage.text)))
            start += len(passage.text) + len("\n\n")
        return tuple(spans)


@dataclass(frozen=True, eq=False)
class PassageAttention:
    """What an answer looked at while it was written.

    A weight is the attention that a token of the prompt got from the row that writes a token of the answer: the mean
    over all layers and heads, the first token of the prompt left out and the rest made to sum to 1. The first token is
    left out since heads that look for nothing park their attention there (Xiao et al. 2023, "attention sinks").

    Attributes:
        answer: The tokens of the answer, special ones left out.
        tokens: By passage, its tokens.
        positions: By passage, where each of its tokens stands in the prompt, from 0.
        weights: By passage, float32 of shape (answer token), from 0 to 1.
        first: By answer token, the mean attention that the first token got before it was left out, from 0 to 1.
        written: By answer token, the weight of what was written of the answer before it, from 0 to 1.
    """

    answer: tuple[Token, ...]
    tokens: tuple[tuple[Token, ...], ...]
    positions: tuple[tuple[int, ...], ...]
    weights: tuple[Float32[np.ndarray, "answer _token"], ...]
    first: Float32[np.ndarray, " answer"]
    written: Float32[np.ndarray, " answer"]

    def __post_init__(self) -> None:
        for weights, tokens in zip(self.weights, self.tokens, strict=True):
            if weights.shape != (len(self.answer), len(tokens)):
                raise ValueError(f"Expected weights ({len(self.answer)} {len(tokens)}), got {weights.shape}.")
            weights.setflags(write=False)
        self.first.setflags(write=False)
        self.written.setflags(write=False)

    @property
    def shares(self) -> Float32[np.ndarray, "answer passage"]:
        """How much of each row's attention went to each passage as a whole, from 0 to 1."""
        return np.stack([weights.sum(axis=1) for weights in self.weights], axis=1)

    def strongest(self, answer: int | None = None) -> tuple[int, int]:
        """Passage and token within it that got the most attention, from one answer token or in the mean of all."""
        tops = []
        for passage, weights in enumerate(self.weights):
            row = weights.mean(axis=0) if answer is None else weights[answer]
            tops.append((float(row.max()), -passage, int(row.argmax())))
        _, passage, token = max(tops)
        return -passage, token
