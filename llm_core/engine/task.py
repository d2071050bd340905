"""A task: one function of the library, the models and records it works on by name, and arguments that are data.

A task pickles, and its identity is the key of every cache: two tasks with the same identity have the same answer.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from llm_core.models.catalog import ModelSpec
from llm_core.recording.trace_record import Trace


@dataclass(frozen=True)
class ModelRef:
    """Stands for a loaded model among the arguments of a task.

    Attributes:
        spec: Which model, its revision included; from :func:`llm_core.find_model`.
    """

    spec: ModelSpec


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be done. Build one with :func:`task`.

    Attributes:
        function: ``"module:name"`` below ``llm_core``, for example ``"heads.copying:copying_test"``. If it takes an
            argument ``progress``, it is told one.
        arguments: Data, or what stands for something that lives where the work is done: :class:`ModelRef` for a
            model, :class:`Task` for the answer of another task, :class:`Part` for one record of such an answer.
        options: The same by keyword.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def identity(self) -> str:
        """The same for tasks that have the same answer, and for no others."""
        said = ("task", self.function, canonical(self.arguments), canonical(self.options))
        return hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Task) and other.identity == self.identity

    def __hash__(self) -> int:
        return hash(self.identity)


@dataclass(frozen=True)
class Part:
    """One of the large records in the answer of a task, which stay where they were made, or something inside it.

    Attributes:
        task: Whose answer holds it.
        index: Which of them, in the order in which they are met when the answer is packed.
        path: Names and places on the way to something inside of it, for example ``("states", "encoder", 3)``.
    """

    task: Task
    index: int = 0
    path: tuple[str | int, ...] = ()

    def at(self, *more: str | int) -> Part:
        """Something further inside."""
        return Part(self.task, self.index, self.path + more)


_ORIGINS: WeakKeyDictionary[Trace, Task] = WeakKeyDictionary()
"""Of traces that came with the package: the task that reads them anywhere."""


def remember_origin(trace: Trace, origin: Task) -> None:
    """Let a trace be named by a task instead of being sent, wherever it is an argument."""
    _ORIGINS[trace] = origin


def task(function: str, /, *arguments: Any, **options: Any) -> Task:
    """The task of a function below ``llm_core`` with these arguments.

    Records that are themselves part of another task's answer are named, not sent.

    Args:
        function: ``"module:name"``.
        *arguments: Passed on by place.
        **options: Passed on by keyword.

    Raises:
        TypeError: An argument is no data.
    """
    made = Task(function, tuple(map(named, arguments)), {name: named(value) for name, value in options.items()})
    made.identity  # noqa: B018 - whatever has no identity is refused here, where it is written
    return made


def named(value: Any) -> Any:
    """A record that is part of a task's answer becomes that part; all else is what it is."""
    reference = getattr(value, "task_reference", None)
    if reference is not None:
        return reference
    if isinstance(value, Trace):
        return _ORIGINS.get(value, value)
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(map(named, value))
    return value


_CONTENTS: WeakKeyDictionary[Trace, str] = WeakKeyDictionary()


def _contents(trace: Trace) -> str:
    """Names a trace that no task made by all that it holds: made up by hand, two may read the same text."""
    known = _CONTENTS.get(trace)
    if known is None:
        known = _CONTENTS[trace] = hashlib.blake2b(pickle.dumps(trace), digest_size=16).hexdigest()
    return known


def canonical(value: Any) -> object:
    """Data in a form whose ``repr`` is the same for equal data, and for no other.

    Raises:
        TypeError: It is no data.
    """
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    if isinstance(value, np.generic):
        return canonical(value.item())
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape, hashlib.blake2b(value.tobytes()).hexdigest())
    if isinstance(value, Task):
        return ("task", value.identity)
    if isinstance(value, Trace):
        reference = named(value)
        return ("trace", _contents(value)) if reference is value else canonical(reference)
    if isinstance(value, Mapping):
        return ("mapping", *sorted(((canonical(key), canonical(one)) for key, one in value.items()), key=repr))
    if isinstance(value, Set):
        return ("set", *sorted(map(canonical, value), key=repr))
    if isinstance(value, Sequence):
        return ("sequence", *map(canonical, value))
    if isinstance(value, PurePath):
        return ("path", str(value))
    if is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        return (
            f"{kind.__module__}.{kind.__qualname__}",
            *(canonical(getattr(value, one.name)) for one in fields(value)),
        )
    raise TypeError(f"Expected data as an argument of a task, got {type(value).__qualname__}.")
