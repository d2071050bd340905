"""Asking a model once for what its picture needs beyond the trace."""

from __future__ import annotations

import numpy as np

from llm_core.measures.geometry import geometry
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, ignore_progress, within
from llm_core.recording.trace_record import Trace
from llm_core.text.tokens import Token
from llm_core.whole_model.distribution import candidates
from llm_core.whole_model.record import WholeRecord
from llm_core.whole_model.watching import Seen, watch_blocks


def whole_record(model: LoadedModel, trace: Trace, *, progress: ProgressCallback = ignore_progress) -> WholeRecord:
    """What the picture of a model needs beyond a trace.

    Args:
        model: The model that was traced; it is not changed and may be shared between threads.
        trace: Made without edits.
        progress: Told after each layer. What it raises stops the work.

    Raises:
        SelectionError: The trace is not of this model.
    """
    seen = Seen() if model.method == "eager" else watch_blocks(model, trace, progress=within(progress, 0.0, 0.9))
    progress(Progress(0.9, "Reading what comes out"))
    likeliest = np.zeros((0, 0), np.int64) if trace.logits is None else candidates(trace.logits)
    return WholeRecord(
        model_name=trace.model_name,
        additions=seen.additions,
        feed_forward=seen.feed_forward,
        beginnings=seen.beginnings,
        candidates=likeliest.astype(np.uint32),
        vocabulary=described(model, trace, likeliest),
        d_feed_forward=geometry(model, trace).d_feed_forward,
    )


def described(model: LoadedModel, trace: Trace, ids: np.ndarray) -> dict[int, Token]:
    """Tokens of a vocabulary by id, as they read after a word of the text, so that pieces of words show as such.

    Args:
        model: Whose vocabulary.
        trace: What it read.
        ids: Any shape.
    """
    before = next((token for token in trace.tokens if token.is_word), None)
    return {
        int(number): model.reader.sequence([int(number)])[0]
        if before is None
        else model.reader.following(before, int(number))
        for number in np.unique(ids)
    }
