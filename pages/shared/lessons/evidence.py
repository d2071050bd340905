"""What lessons know of the model in use: shipped with the app, or gathered once from the loaded model."""

from __future__ import annotations

import logging

import streamlit as st

import llm_core
from llm_core.errors import NotAskableError
from llm_core.lessons.asking import Put, put
from llm_core.lessons.evidence import Evidence
from llm_core.lessons.records import Lesson, Question
from llm_core.progress import Progress, ProgressCallback, within
from llm_core.samples.lesson_evidence import shipped_evidence
from pages.shared.embeddings.frame import kept, model_of
from pages.shared.notices import Shown

logger = logging.getLogger(__name__)

_SESSION_KEEPS = 8


def evidence_of(shown: Shown, report: ProgressCallback) -> Evidence:
    """What is known of the model and text shown; only the trace if the model cannot tell more."""
    shipped = shipped_evidence(shown.trace) if shown.shipped else None
    if shipped is not None:
        return shipped

    def make(progress: ProgressCallback) -> Evidence:
        from llm_core.lessons.gathering import gather

        model = model_of(shown.request.model, within(progress, 0.0, 0.6))
        progress(Progress(0.7, "Looking at the model's parts"))
        return gather(model, shown.trace)

    key = ("lesson evidence", shown.trace.identity)
    try:
        return kept(key, make, report, lambda evidence: evidence.trace.nbytes // 4 + 1_000_000)
    except llm_core.LlmCoreError:
        return Evidence(shown.trace)
    except Exception:
        logger.exception("What lessons need of %s could not be gathered", shown.request.model)
        return Evidence(shown.trace)


def identity_of(shown: Shown) -> tuple[object, ...]:
    """What the answers depend on."""
    return (shown.trace.identity, shown.shipped)


def put_questions(shown: Shown, evidence: Evidence, lesson: Lesson) -> list[Put | str]:
    """Each question of a lesson with its answer, or why it cannot be asked; computed once for what is shown."""
    known = st.session_state.setdefault("lesson_put", {})
    key = (*identity_of(shown), evidence.geometry is not None, lesson.name)
    if key not in known:
        while len(known) >= _SESSION_KEEPS * 11:
            known.pop(next(iter(known)))
        known[key] = [_put(question, evidence) for question in lesson.questions]
    found: list[Put | str] = known[key]
    return found


def _put(question: Question, evidence: Evidence) -> Put | str:
    try:
        return put(question, evidence)
    except NotAskableError as error:
        return str(error)
    except Exception:
        logger.exception("The answer %s failed with %s", question.kind, evidence.trace.model_name)
        return "Its answer could not be worked out for this model and text. Choose others."
