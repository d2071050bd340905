"""What each layer would say next, at every position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.layer_skip import find_readout
from llm_core.lens_record import LogitLens
from llm_core.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.shapes import Stack
from llm_core.tokens import describe_tokens
from llm_core.trace_record import Trace

AT_ONCE = 64
"""Positions whose logits are held at one time; each has a number for every token of the vocabulary."""


def logit_lens(
    model: LoadedModel,
    trace: Trace,
    positions: Sequence[int] | None = None,
    *,
    count: int = 10,
    progress: ProgressCallback = ignore_progress,
) -> LogitLens:
    """Read every layer's output with the model's own head, as if it were the last layer's.

    Args:
        model: The model that made the trace.
        trace: From :func:`llm_core.trace`.
        positions: Positions in the decoder's text, or in the encoder's for an encoder, in the order wanted; None for
            all.
        count: How many candidates to keep for each layer and position.
        progress: Told after each layer. What it raises stops the work and reaches the caller.

    Raises:
        SelectionError: A position does not exist, the count is none, or the trace is another model's.
        UnsupportedModelError: The model has no head that says words, or its layers cannot be read faithfully.
    """
    stack: Stack = "encoder" if model.family == "encoder" else "decoder"
    if trace.model_name != model.spec.name:
        raise SelectionError(f"Expected a trace of {model.spec.name}, got one of {trace.model_name}.")
    if not isinstance(count, int | np.integer) or count < 1:
        raise SelectionError(f"Expected a number of candidates, 1 or more, got {count!r}.")
    tokens = trace.query_tokens(stack)
    chosen = list(range(len(tokens))) if positions is None else list(positions)
    if not chosen or any(not isinstance(place, int | np.integer) or not 0 <= place < len(tokens) for place in chosen):
        raise SelectionError(f"Expected positions from 0 to {len(tokens) - 1}, got {positions!r}.")
    progress(Progress(0.0, f"Finding how {model.spec.name} turns vectors into words"))
    readout = find_readout(model)
    states = trace.states[stack]
    if trace.logits is None or len(states) != readout.layers + 1:
        raise UnsupportedModelError(f"{model.spec.name} gave no logits, or not a state for each of its layers.")
    width = states[1].shape[1]
    if states[0].shape[1] != width:
        raise UnsupportedModelError(
            f"The embedding of {model.spec.name} is {states[0].shape[1]} numbers wide and its layers {width}, "
            "so its head cannot read both."
        )
    answers = trace.logits[chosen].argmax(axis=1)
    rows = []
    for row, state in enumerate(states):
        progress(Progress(row / len(states), f"Asking layer {row} of {len(states) - 1} what it would say"))
        # The last state may be normalised already; what the model itself said there is known.
        last = row == len(states) - 1
        rows.append(_Row(count, answers))
        for start in range(0, len(chosen), AT_ONCE):
            places = chosen[start : start + AT_ONCE]
            logits = (
                torch.from_numpy(trace.logits[places])
                if last
                else readout.read(torch.from_numpy(state[places]).clone())
            )
            rows[-1].add(logits, start)
    candidates = np.stack([np.concatenate(row.candidates) for row in rows])
    words = sorted({int(number) for number in candidates.ravel()} | {int(number) for number in answers})
    return LogitLens(
        model_name=model.spec.name,
        stack=stack,
        tokens=tuple(tokens[place] for place in chosen),
        positions=tuple(int(place) for place in chosen),
        candidates=candidates,
        probabilities=np.stack([np.concatenate(row.probabilities) for row in rows]),
        answers=answers,
        answer_ranks=np.stack([np.concatenate(row.ranks) for row in rows]),
        answer_probabilities=np.stack([np.concatenate(row.answer_probabilities) for row in rows]),
        words={number: describe_tokens(model.tokenizer, [number])[0] for number in words},
        largest_difference=readout.largest_difference,
    )


class _Row:
    """What one layer says, gathered a few positions at a time."""

    def __init__(self, count: int, answers: np.ndarray) -> None:
        self._count, self._answers = count, answers
        self.candidates: list[np.ndarray] = []
        self.probabilities: list[np.ndarray] = []
        self.ranks: list[np.ndarray] = []
        self.answer_probabilities: list[np.ndarray] = []

    def add(self, logits: torch.Tensor, start: int) -> None:
        scores = logits.float()
        chances = scores.softmax(dim=-1)
        best = chances.topk(min(self._count, scores.shape[-1]), dim=-1)
        answers = torch.from_numpy(self._answers[start : start + len(scores)])[:, None]
        own = scores.gather(-1, answers)
        self.candidates.append(best.indices.numpy())
        self.probabilities.append(best.values.numpy())
        self.ranks.append(((scores > own).sum(dim=-1) + 1).numpy())
        self.answer_probabilities.append(chances.gather(-1, answers)[:, 0].numpy())
