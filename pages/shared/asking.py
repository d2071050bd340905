"""The one way from a page to a model: a task for the engine, with progress, turns among visitors, and an end.

This process never sees a model. What a page needs of one is the answer of a task; see :mod:`llm_core.engine`.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

import llm_core
from llm_core.engine.engine import Engine
from llm_core.engine.facts import ModelFacts
from llm_core.engine.inline import InlineEngine
from llm_core.engine.local import LocalEngine
from llm_core.engine.task import ModelRef, Task, task
from llm_core.errors import shortened
from llm_core.progress import Progress, ProgressCallback, ignore_progress

__all__ = [
    "ModelRef",
    "ask",
    "engine",
    "engine_kind",
    "facts_of",
    "facts_task",
    "is_loaded",
    "known",
    "leave",
    "look",
    "model",
    "start",
    "stream",
    "task",
]

KINDS = ("local", "inline", "ray")
"""Engines that ``ATTENTION_ENGINE`` may name: worker processes, threads of this process, a cluster."""

_starting = threading.Lock()
_engine: Engine | None = None


def engine() -> Engine:
    """The server's engine, started by whoever needs it first.

    Raises:
        SettingError: The server's settings name no engine.
    """
    global _engine
    with _starting:
        if _engine is None:
            _engine = _made(engine_kind())
            _engine.whose = _visitor
            atexit.register(_engine.close)
        return _engine


def engine_kind() -> str:
    """Which engine the server's setting names.

    Raises:
        SettingError: There is no such engine.
    """
    kind = os.environ.get("ATTENTION_ENGINE") or "local"
    if kind not in KINDS:
        raise llm_core.SettingError(
            f"Expected one of {', '.join(KINDS)} as ATTENTION_ENGINE, got {shortened(kind)}. "
            "Set it to one of them, or not at all, and start again."
        )
    return kind


def _made(kind: str) -> Engine:
    if kind == "inline":
        return InlineEngine()
    if kind == "ray":
        from llm_core.engine.ray_engine import RayEngine

        return RayEngine(os.environ.get("ATTENTION_RAY_ADDRESS") or "auto")
    # The default model first: most visitors want that one.
    preload = [spec for spec in llm_core.catalog() if spec.offline]
    idle = os.environ.get("ATTENTION_PRELOAD") == "0"
    return LocalEngine(preload=[] if idle else preload)


def model(name: str) -> ModelRef:
    """A model by the name a visitor gave, as an argument of tasks.

    Raises:
        UnknownModelError: There is no such model.
    """
    return ModelRef(llm_core.find_model(name))


def ask(wanted: Task, report: ProgressCallback = ignore_progress) -> Any:
    """The answer of a task, waiting for it; ``report`` may raise to stop waiting.

    Raises:
        LlmCoreError: It cannot be done.
    """
    return engine().ask(wanted, report)


def look(wanted: Task) -> Any | Progress:
    """The answer of a task, or how far it is; whoever asks again later gets it then.

    Raises:
        LlmCoreError: It cannot be done; said once, and begun anew at the next look.
    """
    return engine().look(wanted)


def leave(wanted: Task) -> None:
    """Look no longer how far a task is; work that nobody else waits for ends."""
    engine().leave(wanted)


def known(wanted: Task) -> Any | None:
    """The answer of a task if it is there already."""
    return engine().known(wanted)


def start(wanted: Task) -> None:
    """Begin a task that is going to be asked for."""
    engine().start(wanted)


def stream(wanted: Task, report: ProgressCallback = ignore_progress) -> Iterator[Any]:
    """The items of a task's answer as they come; close the iterator to stop.

    Raises:
        LlmCoreError: It cannot be done, or cannot go on.
    """
    return engine().stream(wanted, report)


def facts_of(name: str, report: ProgressCallback = ignore_progress) -> ModelFacts:
    """What is known of a model once it is loaded, waiting for that.

    Raises:
        LlmCoreError: It cannot be loaded.
    """
    facts: ModelFacts = ask(facts_task(name), report)
    return facts


def facts_task(name: str) -> Task:
    """The task whose answer is what is known of a model once it is loaded: looking at it begins the loading.

    Raises:
        UnknownModelError: There is no such model.
    """
    return task("engine.facts:model_facts", model(name))


def is_loaded(name: str) -> bool:
    """True if a model is ready to be asked; False for one that cannot be had."""
    try:
        return engine().is_loaded(llm_core.find_model(name))
    except llm_core.LlmCoreError:
        return False


def _visitor() -> str:
    """Who asks: the session, so that one of them cannot take all turns."""
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id
