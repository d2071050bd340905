"""What is shown of the steps of a text: the numbers of one of them, one head's attention in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from llm_core.generation.choice_records import Candidate
from llm_core.generation.step import GenerationStep
from llm_core.generation.views import opening_head
from llm_core.shapes import Stack
from llm_core.text.tokens import Token

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

MEAN = -1
"""Stands for the mean of all heads of a layer."""

NAMED = 400
"""So many of the likeliest tokens are told with their text."""

TEMPERATURES = (0.2, 0.5, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0)
"""At each of these, the token that the luck of the step would have written is told with its text."""


@dataclass(frozen=True, eq=False)
class StepNumbers:
    """What the sliders work with at one step.

    Attributes:
        logits: The model's scores, float32, shape (vocabulary,).
        luck: The random factor of each token in the draw, shape (vocabulary,); empty if nothing was drawn.
        own_scores: See :attr:`GenerationStep.own_scores`.
        named: The tokens that moving the sliders can bring up: the likeliest, those with much luck, and the text so
            far.
    """

    logits: Float32[np.ndarray, " vocabulary"]
    luck: Float32[np.ndarray, " drawn"]
    own_scores: Float32[np.ndarray, " vocabulary"] | None
    named: tuple[Token, ...]


def step_numbers(model: LoadedModel, step: GenerationStep) -> StepNumbers:
    """What the sliders work with at a step.

    Args:
        model: The model that wrote it, to describe tokens that were no candidates.
        step: The step.
    """
    from llm_core.generation.choosing import luck

    logits = np.asarray(step.logits, np.float32)
    fortune = np.zeros(0, np.float32)
    numbers = dict.fromkeys(np.argsort(-logits, kind="stable")[:NAMED].tolist())
    if step.draw is not None:
        exact = luck(step.draw, len(logits))
        fortune = exact.astype(np.float32)
        logarithms = np.log(exact.astype(np.float64))
        for temperature in TEMPERATURES:
            numbers[int((logits / temperature + logarithms).argmax())] = None
    before = (step.written or step.prompt.tokens)[-1]
    context = {token.id: token for token in step.prompt.tokens + step.written}
    return StepNumbers(
        logits=logits,
        luck=fortune,
        own_scores=None if step.own_scores is None else np.asarray(step.own_scores, np.float32),
        named=(
            *(model.reader.following(before, int(number)) for number in numbers),
            *(token for number, token in context.items() if number not in numbers),
        ),
    )


def opening_heads(steps: Sequence[GenerationStep]) -> Mapping[Stack, tuple[int, int]]:
    """By stack, the layer and head to show first; see :func:`llm_core.generation.views.opening_head`."""
    views = {stack: opening_head(steps, stack) for stack in steps[0].stacks}
    return {stack: (view.layer, view.head) for stack, view in views.items()}


def attention_rows(
    steps: Sequence[GenerationStep], stack: Stack, layer: int, head: int
) -> Float32[np.ndarray, "row key"]:
    """One head's attention at every step.

    Args:
        steps: Of one text, from its first on.
        stack: One of their stacks.
        layer: From 0.
        head: From 0; :data:`MEAN` for the mean of all.

    Returns:
        Shape (step key), zero beyond what a step sees; of the encoder, which reads once, (token token).
    """
    heads = None if head == MEAN else [head]
    if stack == "encoder":
        return np.asarray(steps[0].attention(stack, layer, heads).mean(axis=0))
    rows = [step.attention(stack, layer, heads).mean(axis=0)[0] for step in steps]
    padded = np.zeros((len(rows), max(map(len, rows))), np.float32)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return padded


def candidate(model: LoadedModel, step: GenerationStep, number: int) -> Candidate:
    """A token that a step could have written, be it among the candidates that were described or not."""
    known = next((one for one in step.candidates if one.token.id == number), None)
    if known is not None:
        return known
    logits = step.logits.astype(np.float64) - float(step.logits.max())
    share = float(np.exp(logits[number]) / np.exp(logits).sum())
    token = model.reader.following((step.written or step.prompt.tokens)[-1], number)
    return Candidate(token, float(step.logits[number]), share, tuple(0.0 for _ in step.stages))
