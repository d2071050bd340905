"""What each layer would say next, at every position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.lens.layer_skip import find_readout
from llm_core.lens.lens_record import LogitLens
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

AT_ONCE = 64
"""Cells whose logits are held at one time; each has a number for every token of the vocabulary."""


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
    read = _Reading(len(states), answers, min(int(count), trace.logits.shape[1]))
    cells = [(row, column) for row in range(readout.layers) for column in range(len(chosen))]
    for start in range(0, len(cells), AT_ONCE):
        some = cells[start : start + AT_ONCE]
        progress(
            Progress(
                0.1 + 0.8 * start / len(cells), f"Asking layer {some[-1][0]} of {readout.layers} what it would say"
            )
        )
        # Layers are read side by side, since the head is large and would be fetched for each of them.
        read.add(some, readout.read(torch.from_numpy(np.stack([states[row][chosen[column]] for row, column in some]))))
    progress(Progress(0.95, f"Layer {readout.layers} of {readout.layers} is the model's own answer"))
    # The last state may be normalised already; what the model itself said there is known.
    for start in range(0, len(chosen), AT_ONCE):
        places = chosen[start : start + AT_ONCE]
        last = [(readout.layers, start + offset) for offset in range(len(places))]
        read.add(last, torch.from_numpy(trace.logits[places]), own_answer=True)
    words = sorted({int(number) for number in read.candidates.ravel()} | {int(number) for number in answers})
    return LogitLens(
        model_name=model.spec.name,
        stack=stack,
        tokens=tuple(tokens[place] for place in chosen),
        positions=tuple(int(place) for place in chosen),
        candidates=read.candidates,
        probabilities=read.probabilities,
        answers=answers,
        answer_ranks=read.ranks,
        answer_probabilities=read.chances,
        words={number: model.reader.sequence([number])[0] for number in words},
        largest_difference=readout.largest_difference,
    )


class _Reading:
    """What the layers say, gathered some cells of (layer+1 token) at a time."""

    def __init__(self, rows: int, answers: np.ndarray, count: int) -> None:
        columns = len(answers)
        self._answers, self._count = torch.from_numpy(answers), count
        self.candidates = np.zeros((rows, columns, count), np.int64)
        self.probabilities = np.zeros((rows, columns, count), np.float32)
        self.ranks = np.zeros((rows, columns), np.int64)
        self.chances = np.zeros((rows, columns), np.float32)

    def add(self, cells: list[tuple[int, int]], logits: torch.Tensor, *, own_answer: bool = False) -> None:
        """Take in the logits (cell vocabulary) of some cells, those with the model's own answers or of inner layers."""
        rows, columns = (np.array(axis) for axis in zip(*cells, strict=True))
        scores = logits.float()
        chances = scores.softmax(dim=-1)
        best = chances.topk(self._count, dim=-1)
        answers = self._answers[torch.from_numpy(columns)][:, None]
        own = scores.gather(-1, answers)
        self.candidates[rows, columns] = best.indices.numpy()
        self.probabilities[rows, columns] = best.values.numpy()
        before = scores > own
        if not own_answer:
            # Of equal scores none is first; a state of zeros makes all scores equal.
            before |= (scores == own) & (torch.arange(scores.shape[-1]) != answers)
        self.ranks[rows, columns] = (before.sum(dim=-1) + 1).numpy()
        self.chances[rows, columns] = chances.gather(-1, answers)[:, 0].numpy()
