"""Answers as bytes: what is small goes along, traces and steps stay and are named by the task that made them."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from llm_core.engine.remote import (
    Asking,
    facts_of_array,
    facts_of_record,
    remote_record,
    remote_step,
    remote_trace,
)
from llm_core.engine.task import Part, Task, named
from llm_core.generation.step import GenerationStep
from llm_core.recording.records import AttentionRecord, StoredAttention
from llm_core.recording.trace_record import Trace

PROTOCOL = 5
LARGE = (Trace, GenerationStep, AttentionRecord, StoredAttention)


class Packer(pickle.Pickler):
    """Packs the answer of a task, or several that share records one after the other.

    Args:
        file: Where the bytes go.
    """

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, PROTOCOL)
        self.large: list[Any] = []
        self._task = Task("")

    def pack(self, task: Task, answer: Any) -> None:
        """Pack an answer; its large records are then in :attr:`large`."""
        self._task, self.large = task, []
        self.dump(answer)

    def reducer_override(self, value: Any) -> Any:
        """Names a large record instead of packing it."""
        if not isinstance(value, LARGE):
            return NotImplemented
        part = Part(self._task, len(self.large))
        self.large.append(value)
        if isinstance(value, Trace):
            return _remote, ("trace", part, facts_of_trace(value))
        if isinstance(value, GenerationStep):
            return _remote, ("step", part, facts_of_step(value))
        return _remote, ("record", part, facts_of_record(value))


class Unpacker(pickle.Unpickler):
    """Unpacks what a :class:`Packer` packed; its large records ask when somebody looks into them."""

    def __init__(self, file: io.BytesIO, ask: Asking) -> None:
        super().__init__(file)
        self._ask = ask

    def find_class(self, module: str, name: str) -> Any:
        """The classes that answers consist of."""
        if (module, name) == (__name__, _remote.__name__):
            return self._remote
        return super().find_class(module, name)

    def _remote(self, kind: str, part: Part, facts: Any) -> Any:
        made = {"trace": remote_trace, "step": remote_step, "record": remote_record}[kind]
        return made(part, facts, self._ask)  # type: ignore[operator]


def _remote(kind: str, part: Part, facts: Any) -> Any:
    """Stands in packed answers for what is made where they are unpacked."""
    raise NotImplementedError(kind, part, facts)


class TaskPacker(pickle.Pickler):
    """Packs a task; records that are parts of answers are named, wherever in its arguments they stand."""

    def reducer_override(self, value: Any) -> Any:
        """Names what is kept where the task is done."""
        reference = named(value)
        return NotImplemented if reference is value else (_kept, (reference,))


class TaskUnpacker(pickle.Unpickler):
    """Unpacks a task where it is done.

    Args:
        file: The bytes.
        find: Gives the record that a reference names.
    """

    def __init__(self, file: io.BytesIO, find: Callable[[Task | Part], Any]) -> None:
        super().__init__(file)
        self._find = find

    def find_class(self, module: str, name: str) -> Any:
        """The classes that tasks consist of."""
        return self._find if (module, name) == (__name__, _kept.__name__) else super().find_class(module, name)


def _kept(reference: Task | Part) -> Any:
    """Stands in packed tasks for what is found where they are unpacked."""
    raise NotImplementedError(reference)


def packed_task(task: Task) -> bytes:
    """A task as bytes."""
    file = io.BytesIO()
    TaskPacker(file, PROTOCOL).dump(task)
    return file.getvalue()


def packed(task: Task, answer: Any) -> tuple[bytes, list[Any]]:
    """An answer as bytes, and the large records that stay."""
    file = io.BytesIO()
    packer = Packer(file)
    packer.pack(task, answer)
    return file.getvalue(), packer.large


def unpacked(data: bytes, ask: Asking) -> Any:
    """An answer from bytes."""
    return Unpacker(io.BytesIO(data), ask).load()


def large_records(task: Task, answer: Any) -> list[Any]:
    """The large records of an answer, in the order in which they are met when it is packed."""
    return [answer] if isinstance(answer, Trace) else packed(task, answer)[1]


def facts_of_trace(trace: Trace) -> dict[str, Any]:
    """A trace without its arrays."""
    facts = {field.name: getattr(trace, field.name) for field in fields(trace)}
    facts["layers_recorded"] = {
        stack: {layer: facts_of_record(record) for layer, record in layers.items()}
        for stack, layers in trace.layers_recorded.items()
    }
    facts["states"] = {stack: tuple(map(facts_of_array, some)) for stack, some in trace.states.items()}
    facts["last_outputs"] = {
        stack: None if one is trace.states[stack][-1] else facts_of_array(one)
        for stack, one in trace.last_outputs.items()
    }
    facts["logits"] = facts_of_array(trace.logits)
    return facts


def facts_of_step(step: GenerationStep) -> dict[str, Any]:
    """A step without its arrays."""
    facts = {field.name: getattr(step, field.name) for field in fields(step)}
    facts["layers"] = {
        stack: {layer: facts_of_record(record) for layer, record in layers.items()}
        for stack, layers in step.layers.items()
    }
    arrays = {name: facts_of_array(facts[name]) for name in ("logits", "own_scores")}
    return facts | arrays | {"_possible": step.possible}
