"""Traces as pages ask for them: what is read by which model, shipped with the app or asked of the engine."""

from __future__ import annotations

from dataclasses import dataclass

import llm_core
from llm_core.engine.task import Task, remember_origin
from llm_core.progress import ProgressCallback, within
from llm_core.recording.trace_record import Trace
from llm_core.samples import sample
from pages.shared.asking import ask, model, task

MOST_TOKENS = 4096


@dataclass(frozen=True)
class TraceRequest:
    """What to trace; its fields are all that a trace depends on.

    Attributes:
        model: Name of the model.
        text: What to read.
        target: What the decoder of an encoder-decoder reads; empty lets the model write it.
        truncate: Cut a text that is too long.
    """

    model: str
    text: str
    target: str = ""
    truncate: bool = False


def trace_task(request: TraceRequest) -> Task:
    """The task whose answer is the trace of a request.

    Raises:
        UnknownModelError: There is no such model.
    """
    return task(
        "tracing.asked:read",
        model(request.model),
        request.text,
        request.target,
        truncate=request.truncate,
        max_tokens=MOST_TOKENS,
    )


def traced(request: TraceRequest, report: ProgressCallback) -> Trace:
    """The trace of a request, waiting for it.

    Raises:
        LlmCoreError: The model or the text cannot be used.
    """
    made: Trace = ask(trace_task(request), report)
    return made


def shipped_trace(name: str, text: str) -> Trace | None:
    """The trace that ships for a model and a text, or None; no model is needed for it."""
    trace = sample(name, text)
    if trace is not None:
        remember_origin(trace, task("samples:sample", name, text))
    return trace


def traced_without(request: TraceRequest, edits: llm_core.Edits, report: ProgressCallback) -> tuple[Trace, Trace]:
    """The trace of a request, and of the same tokens without some heads, waiting for both.

    Raises:
        LlmCoreError: The model or the text cannot be used, or heads of this model cannot be switched off.
    """
    plain = traced(request, within(report, 0.0, 0.7))
    changed = task(
        "tracing.trace:trace_without",
        model(request.model),
        request.text,
        plain,
        edits,
        truncate=request.truncate,
        max_tokens=MOST_TOKENS,
        whole_logits=False,
    )
    return plain, ask(changed, within(report, 0.7, 1.0))
