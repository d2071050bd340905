"""The steps of a text being written, named so that each can be had again by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llm_core.engine.task import Task
from llm_core.generation.step import GenerationStep

WRITING = "generation.writing:generate"
_AGAIN = "engine.steps:again"


def step_task(writing: Task, numbers: Sequence[int]) -> Task:
    """The task that gives one step of a text again.

    Args:
        writing: What wrote it, a task of :func:`llm_core.generate`.
        numbers: The tokens it wrote before, by number.
    """
    options = dict(writing.options)
    written = (*options.pop("written", ()), *numbers)
    return Task(_AGAIN, writing.arguments, {**options, "written": written})


def again(*arguments: Any, **options: Any) -> GenerationStep:
    """The step after the tokens that stand written already; arguments as for :func:`llm_core.generate`."""
    from llm_core.generation.writing import generate

    return next(iter(generate(*arguments, **options)))
