"""A text read as pages ask for it: what a family has no use for is left out instead of refused."""

from __future__ import annotations

from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.recording.trace_record import Trace
from llm_core.tracing.trace import trace


def read(
    model: LoadedModel,
    text: str,
    target: str = "",
    *,
    truncate: bool = False,
    max_tokens: int | None = None,
    progress: ProgressCallback = ignore_progress,
) -> Trace:
    """The trace of a text; see :func:`llm_core.trace`.

    Args:
        model: Any model.
        text: What to read.
        target: What the decoder of an encoder-decoder reads; empty lets the model write it. Other models ignore it.
        truncate: Cut a text that is too long instead of refusing it.
        max_tokens: Take fewer tokens than the model could.
        progress: Told after each layer.
    """
    given = target if model.family == "encoder-decoder" and target.strip() else None
    return trace(model, text, given, truncate=truncate, max_tokens=max_tokens, whole_logits=False, progress=progress)
