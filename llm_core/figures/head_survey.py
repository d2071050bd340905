"""All heads of a stack measured on a text, for the grid of heads: small pictures, and what each of them does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from llm_core.figures.thumbnails import Painter, Thumbnails, rows_read, side_of
from llm_core.heads.attention_blocks import attention_blocks
from llm_core.heads.scores import HeadScorer, HeadScores
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack


@dataclass(frozen=True, eq=False)
class Survey:
    """Small pictures and role scores of every head of a stack.

    Attributes:
        pictures: One a layer, in the order of the stack's layers.
        scores: By role, layer and head.
    """

    pictures: tuple[Thumbnails, ...]
    scores: HeadScores

    def cells(self) -> tuple[Float32[np.ndarray, "head row column"], Bool[np.ndarray, "head row column"]]:
        """The pictures of all heads in order, and which of their cells are open, both of shape (head row column)."""
        opened = [np.broadcast_to(picture.open_cells, picture.cells.shape) for picture in self.pictures]
        return np.concatenate([picture.cells for picture in self.pictures]), np.concatenate(opened)


def survey(trace: Trace, stack: Stack, *, progress: ProgressCallback = ignore_progress) -> Survey:
    """Measure every head of a stack.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        progress: Told after each layer. What it raises stops the work.

    Raises:
        SelectionError: There is no such stack.
    """
    scorer, side = HeadScorer(trace, stack), side_of(trace, stack)
    rows = rows_read(len(trace.query_tokens(stack)))
    layers = trace.layers(stack)
    pictures = []
    for place, layer in enumerate(layers):
        painter = Painter(trace, stack, layer, side)
        for block in attention_blocks(trace, stack, layer, queries=rows):
            painter.add(block)
            scorer.add(block)
        pictures.append(painter.done())
        progress(Progress((place + 1) / len(layers), f"Measuring heads: layer {place + 1} of {len(layers)}"))
    return Survey(tuple(pictures), scorer.scores())
