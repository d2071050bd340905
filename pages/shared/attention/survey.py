"""All heads of a stack measured on the text in use, for the grid; made once for everybody, by a thread of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

import llm_core
from llm_core.figures.thumbnails import Painter, Thumbnails, rows_read, side_of
from llm_core.heads.attention_blocks import attention_blocks
from llm_core.heads.scores import HeadScorer, HeadScores
from llm_core.progress import Progress, ProgressCallback, ignore_progress, within
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from pages.shared.cache import BoundedCache, TraceRequest, Workshop, models

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SURVEYS, MOST_BYTES = 64, 100_000_000


@dataclass(frozen=True, eq=False)
class Survey:
    """Small pictures and role scores of every head of a stack.

    Attributes:
        pictures: One a layer, in the order of the stack's layers.
        scores: By role, layer and head.
    """

    pictures: tuple[Thumbnails, ...]
    scores: HeadScores

    @property
    def nbytes(self) -> int:
        """Bytes of the pictures."""
        return sum(picture.nbytes for picture in self.pictures)


@dataclass(frozen=True, eq=False)
class KnownInduction:
    """How much each head copies when a random sequence is repeated, by stack: what it is for, whatever the text."""

    scores: Mapping[Stack, HeadScores]
    nbytes: int = 0


@st.cache_resource
def _surveys() -> Workshop[Survey]:
    return Workshop(BoundedCache(MOST_SURVEYS, MOST_BYTES))


@st.cache_resource
def _inductions() -> Workshop[KnownInduction]:
    return Workshop(BoundedCache(MOST_SURVEYS, MOST_BYTES))


def survey_now(trace: Trace, stack: Stack) -> Survey:
    """Every head of a stack, measured while the caller waits."""
    return _survey(trace, stack, ignore_progress)


def survey(trace: Trace, stack: Stack) -> Survey | Progress:
    """Every head of a stack, or how far the measuring is."""
    return _surveys().look((trace.identity, stack), lambda progress: _survey(trace, stack, progress))


def known_survey(trace: Trace, stack: Stack) -> Survey | None:
    """Every head of a stack, if that was measured before."""
    return _surveys().ready((trace.identity, stack))


def _survey(trace: Trace, stack: Stack, progress: ProgressCallback) -> Survey:
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


def known_induction(request: TraceRequest) -> KnownInduction | Progress:
    """What a model's heads do on a random sequence, or how far measuring it is, which needs the model.

    A model that cannot be measured so is known to have no such heads.

    Raises:
        LlmCoreError: The model cannot be loaded.
    """
    spec, store = llm_core.find_model(request.model), models()

    def measure(progress: ProgressCallback) -> KnownInduction:
        from llm_core.heads.repetition import induction_on_random

        model = store.get(spec, within(progress, 0.0, 0.7))
        try:
            return KnownInduction(induction_on_random(model, progress=within(progress, 0.7, 1.0)))
        except llm_core.LlmCoreError:
            return KnownInduction({})

    return _inductions().look(spec, measure)


def cells(survey: Survey) -> tuple[np.ndarray, np.ndarray]:
    """The pictures of all heads in order, (head row column), and which of their cells are open, of the same shape."""
    pictures = survey.pictures
    opened = [np.broadcast_to(picture.open_cells, picture.cells.shape) for picture in pictures]
    return np.concatenate([picture.cells for picture in pictures]), np.concatenate(opened)
