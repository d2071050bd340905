"""An answer copied or written from passages, and what it looked at in them while it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from llm_core.applications.copying import CopiedAnswer, copying_prompt
from llm_core.applications.documents import Passage
from llm_core.applications.evidence import check_one_text, mean_row
from llm_core.errors import SelectionError
from llm_core.generation.conversation import Conversation
from llm_core.generation.prompts import encode_prompt
from llm_core.generation.settings import GenerationSettings
from llm_core.generation.step import GenerationStep
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.text.tokens import Token, positions_within
from llm_core.tracing.trace import trace_encoded

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


def passage_attention(steps: Sequence[GenerationStep], reading: Reading) -> PassageAttention:
    """Read off the recorded steps of an answer what it looked at in its passages.

    Args:
        steps: From :func:`llm_core.generate` of ``reading.conversation`` with a decoder.
        reading: What the answer was written from.

    Raises:
        SelectionError: Nothing is written yet, or the steps answer another reading.
    """
    check_one_text(steps)
    steps = [step for step in steps if not step.token.is_special]
    if not steps:
        raise SelectionError("Expected an answer of at least one token that is text, got none. Ask again.")
    prompt = steps[0].prompt
    begin = prompt.read.find(reading.conversation.user)
    if begin < 0:
        raise SelectionError("Expected the steps of an answer to this reading, got those of another prompt.")
    positions = tuple(_within(prompt.tokens, begin + start, begin + end) for start, end in reading.spans)
    rows = [mean_row(step) for step in steps]
    first = np.array([row[0] for row in rows], dtype=np.float32)
    rest = [row[1:] / max(float(row[1:].sum()), 1e-12) for row in rows]
    weights = tuple(
        np.array([[row[place - 1] for place in places] for row in rest], dtype=np.float32).reshape(len(rest), -1)
        for places in positions
    )
    return PassageAttention(
        answer=tuple(step.token for step in steps),
        tokens=tuple(tuple(prompt.tokens[place] for place in places) for places in positions),
        positions=positions,
        weights=weights,
        first=first,
        written=np.array([row[len(prompt.tokens) - 1 :].sum() for row in rest], dtype=np.float32),
    )


def copied_attention(
    model: LoadedModel, copied: CopiedAnswer, *, progress: ProgressCallback = ignore_progress
) -> PassageAttention:
    """What the decoder looked at in the passage while it wrote the copied words, worked out in one pass over all of it.

    Args:
        model: The decoder that found them.
        copied: From :func:`llm_core.applications.copying.copy_answer`.
        progress: Told after each layer. What it raises stops the work.
    """
    prompt = copying_prompt(copied.question, copied.passage)
    read = encode_prompt(model, f"{prompt} {copied.text}", chat=False, max_tokens=None, literal=True)
    trace = trace_encoded(model, read, progress=progress)
    answer = positions_within(trace.tokens, len(prompt) + 1, len(prompt) + 1 + len(copied.text))
    begin = prompt.rfind(f"{copied.passage.text}\nQuestion: ")
    places = _within(trace.tokens, begin, begin + len(copied.passage.text))
    layers = [
        trace.attention("decoder", layer, queries=[place - 1 for place in answer]) for layer in trace.layers("decoder")
    ]
    rows = np.concatenate(layers).mean(axis=0, dtype=np.float64)
    rest = rows[:, 1:] / np.maximum(rows[:, 1:].sum(axis=1, keepdims=True), 1e-12)
    return PassageAttention(
        answer=tuple(trace.tokens[place] for place in answer),
        tokens=(tuple(trace.tokens[place] for place in places),),
        positions=(places,),
        weights=(np.asarray(rest[:, [place - 1 for place in places]], np.float32),),
        first=np.asarray(rows[:, 0], np.float32),
        written=np.asarray(rest[:, answer[0] - 1 :].sum(axis=1), np.float32),
    )


def _within(tokens: Sequence[Token], start: int, end: int) -> tuple[int, ...]:
    """Positions of the tokens of a span of the text; the first token of all is never among them."""
    return tuple(place for place in positions_within(tokens, start, end) if place)
