"""What lessons know of the model in use: shipped with the app, or gathered once from the loaded model."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import llm_core
from llm_core.engine.task import Task
from llm_core.lessons.asking import Put
from llm_core.lessons.evidence import Evidence, Place
from llm_core.lessons.records import Lesson
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.recording.trace_record import Trace
from llm_core.samples.lesson_evidence import ships_evidence
from pages.shared.asking import ask, model, task
from pages.shared.notices import Shown

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gathered:
    """What is known of a model and a text, here and where the model is.

    Attributes:
        evidence: The trace in use, and what is known beside it.
        task: The same as an argument of tasks, which work on all of the trace's numbers.
    """

    evidence: Evidence
    task: Task

    @property
    def trace(self) -> Trace:
        """The trace in use."""
        return self.evidence.trace


def evidence_of(shown: Shown, report: ProgressCallback) -> Gathered:
    """What is known of the model and text shown; only the trace if the model cannot tell more."""
    try:
        if shown.shipped and ships_evidence(shown.trace):
            return _gathered(shown, task("samples.lesson_evidence:shipped_evidence", shown.trace), report)
        return _gathered(shown, task("lessons.gathering:gather", model(shown.request.model), shown.trace), report)
    except llm_core.LlmCoreError:
        pass
    except Exception:
        logger.exception("What lessons need of %s could not be gathered", shown.request.model)
    return _gathered(shown, task("lessons.evidence:Evidence", shown.trace), ignore_progress)


def _gathered(shown: Shown, wanted: Task, report: ProgressCallback) -> Gathered:
    # What comes back names the trace anew; that of the page is the one whose answers are known already.
    return Gathered(replace(ask(wanted, report), trace=shown.trace), wanted)


def identity_of(shown: Shown) -> tuple[object, ...]:
    """What the answers depend on."""
    return (shown.trace.identity, shown.shipped)


def put_questions(gathered: Gathered, lesson: Lesson) -> tuple[Put | str, ...]:
    """Each question of a lesson with its answer, or why it cannot be asked."""
    found: tuple[Put | str, ...] = ask(task("lessons.asking:put_all", lesson.questions, gathered.task))
    return found


def place_in(gathered: Gathered, arguments: Mapping[str, Any]) -> Place:
    """The head and the token that a lesson's file means.

    Raises:
        NotAskableError: The model or the text has no such place.
    """
    found: Place = ask(task("lessons.evidence:place_of", gathered.task, dict(arguments)))
    return found
