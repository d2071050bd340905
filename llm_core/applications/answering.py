"""An answer copied or written from passages, and what it looked at in them while it was written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llm_core.applications.copied_answers import CopiedAnswer
from llm_core.applications.copying import copy_answer, copying_prompt
from llm_core.applications.documents import Passage
from llm_core.applications.evidence import check_one_text, mean_row
from llm_core.applications.readings import PassageAttention, Reading
from llm_core.errors import SelectionError
from llm_core.generation.prompts import encode_prompt
from llm_core.generation.step import GenerationStep
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.text.tokens import Token, positions_within
from llm_core.tracing.trace import trace_encoded


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


def copied_from_sentence(
    model: LoadedModel, question: str, passage: Passage, sentence: str, *, progress: ProgressCallback = ignore_progress
) -> tuple[CopiedAnswer, PassageAttention]:
    """The answers that could be copied from one sentence of a passage, and what the likeliest of them looked at.

    Args:
        model: A decoder.
        question: The question.
        passage: What is read.
        sentence: The sentence of it that the answer may stand in.
        progress: Told as passes are made. What it raises stops the work.
    """
    copied = copy_answer(model, question, [passage], sentences=[[sentence]], progress=within(progress, 0.0, 0.7))
    return copied, copied_attention(model, copied, progress=within(progress, 0.7, 1.0))


def _within(tokens: Sequence[Token], start: int, end: int) -> tuple[int, ...]:
    """Positions of the tokens of a span of the text; the first token of all is never among them."""
    return tuple(place for place in positions_within(tokens, start, end) if place)
