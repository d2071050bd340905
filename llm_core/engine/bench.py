"""Where tasks are done: models in memory, records that were made of them, and the one way from a task to its answer."""

from __future__ import annotations

import gc
import importlib
import inspect
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llm_core.engine.cache import BoundedCache, size_of
from llm_core.engine.packing import large_records
from llm_core.engine.parts import inside
from llm_core.engine.task import ModelRef, Part, Task
from llm_core.models.catalog import ModelSpec
from llm_core.models.devices import CPU
from llm_core.models.opening import load_model
from llm_core.progress import ProgressCallback, ignore_progress, within

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

MOST_MODELS = 4
MOST_MODEL_BYTES = 6_000_000_000
MOST_VALUES = 512


@dataclass(eq=False)
class Kept:
    """An answer that other tasks may name.

    Attributes:
        answer: The answer.
        large: Its large records in order, once somebody asked for one.
    """

    answer: Any
    large: list[Any] | None = None


class Workbench:
    """Does tasks in this process; threads may share one.

    Args:
        most_bytes: So many bytes of records are kept between tasks; what is let go of is made again when asked for.
        most_model_bytes: The same for models.
        device: Where models are used; see :func:`llm_core.load_model`.
    """

    def __init__(
        self, most_bytes: int = 600_000_000, most_model_bytes: int = MOST_MODEL_BYTES, device: str = CPU
    ) -> None:
        self._device = device
        self._models: BoundedCache[LoadedModel] = BoundedCache(MOST_MODELS, most_model_bytes)
        self._values: BoundedCache[Kept] = BoundedCache(MOST_VALUES, most_bytes, lambda kept: size_of(kept.answer))
        self._making: dict[Hashable, tuple[threading.RLock, int]] = {}
        self._lock = threading.Lock()

    def has(self, spec: ModelSpec) -> bool:
        """True if a model is loaded."""
        return self._models.get(spec) is not None

    def holds(self) -> tuple[list[ModelSpec], list[str]]:
        """The models that are loaded and the identities of the answers that are kept, what was used last at the end."""
        return self._models.keys(), self._values.keys()

    def clear(self) -> None:
        """Let go of all records; models stay."""
        self._values.clear()
        gc.collect()

    def model(self, spec: ModelSpec, progress: ProgressCallback) -> LoadedModel:
        """A model, loaded once.

        Raises:
            LlmCoreError: It cannot be loaded.
        """
        with self._one_at_a_time(spec):
            known = self._models.get(spec)
            if known is None:
                known = load_model(spec, device=self._device, progress=progress)
                self._models.put(spec, known)
                _spare_what_stays()
        return known

    def run(self, task: Task, progress: ProgressCallback) -> Any:
        """The answer of a task; for one that streams, an iterator.

        Raises:
            LlmCoreError: What the function raises.
        """
        function = _function(task.function)
        missing = self._missing(task)
        start = 0.0
        for number, argument in enumerate(missing):
            end = 0.7 * (number + 1) / len(missing)
            self._value(argument, within(progress, start, end))
            start = end
        arguments = [self._filled(argument, progress) for argument in task.arguments]
        options = {name: self._filled(value, progress) for name, value in task.options.items()}
        if "progress" in inspect.signature(function).parameters:
            options["progress"] = within(progress, start, 1.0)
        return function(*arguments, **options)

    def answer(self, task: Task, progress: ProgressCallback) -> Any:
        """The answer of a task, kept for tasks that name it."""
        with self._one_at_a_time(task.identity):
            known = self._values.get(task.identity)
            if known is None:
                known = Kept(self.run(task, progress))
                self._values.put(task.identity, known)
        return known.answer

    def keep(self, task: Task, answer: Any, large: list[Any] | None = None) -> None:
        """Keep an answer for tasks that name it, or a part of it."""
        self._values.put(task.identity, Kept(answer, large))

    def known(self, task: Task) -> Kept | None:
        """The answer of a task, if it is kept."""
        return self._values.get(task.identity)

    def find(self, reference: Task | Part) -> Any:
        """What a reference names, made now if it is not kept."""
        return self._value(reference, ignore_progress)

    def _missing(self, task: Task) -> list[ModelRef | Task | Part]:
        """What has to be loaded or made before a task can be done."""
        found: list[ModelRef | Task | Part] = []
        for argument in [*task.arguments, *task.options.values()]:
            for one in _references(argument):
                there = self.has(one.spec) if isinstance(one, ModelRef) else self.known(_task_of(one)) is not None
                if not there:
                    found.append(one)
        return found

    def _value(self, argument: ModelRef | Task | Part, progress: ProgressCallback) -> Any:
        if isinstance(argument, ModelRef):
            return self.model(argument.spec, progress)
        if isinstance(argument, Task):
            return self.answer(argument, progress)
        return inside(self._large(argument.task, progress)[argument.index], argument.path)

    def _large(self, task: Task, progress: ProgressCallback) -> list[Any]:
        """The large records of an answer, found once for as long as it is kept."""
        answer = self.answer(task, progress)
        kept = self._values.get(task.identity)
        if kept is None or kept.answer is not answer:
            return large_records(task, answer)
        if kept.large is None:
            kept.large = large_records(task, answer)
        return kept.large

    def _filled(self, argument: Any, progress: ProgressCallback) -> Any:
        if isinstance(argument, ModelRef | Task | Part):
            return self._value(argument, progress)
        if type(argument) in (list, tuple):
            return type(argument)(self._filled(one, progress) for one in argument)
        return argument

    @contextmanager
    def _one_at_a_time(self, key: Hashable) -> Iterator[None]:
        """Hold off others who would make the same."""
        with self._lock:
            lock, waiting = self._making.get(key, (threading.RLock(), 0))
            self._making[key] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._making[key]
                if waiting == 1:
                    del self._making[key]
                else:
                    self._making[key] = (lock, waiting - 1)


def models_of(task: Task) -> list[ModelSpec]:
    """The models that a task needs, those of the tasks it names included."""
    found: list[ModelSpec] = []
    for argument in [*task.arguments, *task.options.values()]:
        for one in _references(argument):
            found += [one.spec] if isinstance(one, ModelRef) else models_of(_task_of(one))
    return found


def tasks_within(task: Task) -> list[Task]:
    """The tasks whose answers a task works on."""
    arguments = [*task.arguments, *task.options.values()]
    return [_task_of(one) for argument in arguments for one in _references(argument) if not isinstance(one, ModelRef)]


def _references(argument: Any) -> Iterator[ModelRef | Task | Part]:
    if isinstance(argument, ModelRef | Task | Part):
        yield argument
    elif type(argument) in (list, tuple):
        for one in argument:
            yield from _references(one)


def _task_of(reference: Task | Part) -> Task:
    return reference.task if isinstance(reference, Part) else reference


def _function(name: str) -> Callable[..., Any]:
    """A function of the library by name; nothing outside of it can be named."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(f"llm_core.{module}")
    for attribute in path.split("."):
        found = getattr(found, attribute)
    if not str(getattr(found, "__module__", "")).startswith("llm_core."):
        raise LookupError(f"Expected a function of the library, got {name}.")
    function: Callable[..., Any] = found
    return function


def _spare_what_stays() -> None:
    """Take libraries and models out of the search for garbage: half a million objects, searched at every turn.

    What has been let go of since the last time is cleared away first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
