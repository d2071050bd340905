"""Records that stayed where they were made, as whoever looks at them sees them: facts at hand, numbers on request.

They are the library's own :class:`Trace` and :class:`GenerationStep`, only that their arrays are asked for when
somebody looks: a row, a block, a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from llm_core.engine.task import Part, Task, task
from llm_core.generation.choice_records import Candidate
from llm_core.generation.step import Finish, GenerationStep
from llm_core.recording.masks import MaskRecord, check_rows
from llm_core.recording.records import AttentionRecord, StoredAttention, check_heads
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Attention, HiddenStates, QueryPositions, Stack

Asking = Callable[[Task], Any]
"""Has a task done and gives its answer."""


class RemoteArray:
    """An array whose rows are asked for when they are looked at; a whole one is asked for by ``np.asarray``."""

    def __init__(self, place: Part, shape: tuple[int, ...], dtype: str, ask: Asking) -> None:
        self._place, self.shape, self.dtype, self._ask = place, shape, np.dtype(dtype), ask

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes it takes where it is."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        return self._ask(task("engine.parts:rows", self._place, _plain(index)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        whole = np.asarray(self._ask(task("engine.parts:rows", self._place, None)), dtype)
        return whole.copy() if copy else whole

    def setflags(self, write: bool) -> None:
        """Nothing to be done: nobody writes into what is elsewhere."""

    def __getattr__(self, name: str) -> Any:
        # Whatever else an array can do, the whole one does.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(np.asarray(self), name)


def _plain(index: Any) -> Any:
    if isinstance(index, slice):
        return ("slice", index.start, index.stop, index.step)
    if isinstance(index, tuple):
        return ("several", *map(_plain, index))
    if isinstance(index, np.generic):
        return index.item()
    return index


class _Lazy:
    """Fields of a record that are asked for, all of them, when one is looked at."""

    _place: Part
    _ask: Asking

    def __getattr__(self, name: str) -> Any:
        names = {field.name for field in fields(self)} - set(self.__dict__)  # type: ignore[arg-type]
        if name not in names:
            raise AttributeError(name)
        for one, value in self._ask(task("engine.parts:fields_of", self._place, sorted(names))).items():
            object.__setattr__(self, one, value)
        return self.__dict__[name]


class RemoteRecord(_Lazy):
    """What the two kinds of remote layers share."""

    @property
    def heads(self) -> int:
        """Number of query heads."""
        return int(self.__dict__["_heads"])

    @property
    def key_value_heads(self) -> int:
        """Number of heads that own keys and values."""
        return int(self.__dict__["_key_value_heads"])

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays where they are."""
        return int(self.__dict__["_nbytes"])

    def weights(self, heads: Sequence[int] | None = None, queries: QueryPositions | None = None) -> Attention:
        """The attention of some heads and query rows, computed where the record is."""
        chosen = check_heads(heads, self.heads)
        mask: MaskRecord = self.__dict__["mask"]
        rows = None if queries is None else [int(row) for row in check_rows(queries, mask.queries)]
        found: Attention = self._ask(task("engine.parts:weights", self._place, chosen, rows))
        return found


class RemoteAttention(RemoteRecord, AttentionRecord):
    """Queries, keys and values of a layer, asked for when somebody looks at them."""


class RemoteStored(RemoteRecord, StoredAttention):
    """Whole attention matrices of a layer, asked for when somebody looks at them."""


class RemoteTrace(Trace):
    """A trace whose arrays are where it was made."""

    _ask: Asking

    @property
    def task_reference(self) -> Part:
        """What names it among the arguments of a task."""
        part: Part = self.__dict__["_part"]
        return part

    def hidden_states(self, stack: Stack) -> HiddenStates:
        """See :meth:`Trace.hidden_states`; asked for where they are."""
        self._with_states(stack)
        found: HiddenStates = self._ask(task("recording.trace_record:Trace.hidden_states", self, stack))
        return found

    def residual_stream(self, stack: Stack) -> HiddenStates:
        """See :meth:`Trace.residual_stream`; asked for where they are."""
        self._with_states(stack)
        found: HiddenStates = self._ask(task("recording.trace_record:Trace.residual_stream", self, stack))
        return found

    def stream_states(self, stack: Stack) -> tuple[np.ndarray, ...]:
        """See :meth:`Trace.stream_states`; asked for where they are."""
        return tuple(self.residual_stream(stack)) if self.states.get(stack) else ()


class RemoteStep(_Lazy, GenerationStep):
    """A step whose arrays are where it was made."""

    @property
    def task_reference(self) -> Part | Task:
        """What names it among the arguments of a task: where it is, or how it is made of one that is somewhere."""
        made: Part | Task = self.__dict__.get("_made", self._place)
        return made

    @property
    def possible(self) -> int:
        """See :attr:`GenerationStep.possible`; told at once."""
        return int(self.__dict__["_possible"])

    def pick(self, candidate: Candidate) -> GenerationStep:
        """See :meth:`GenerationStep.pick`; tasks that are given the new step make it of this one."""
        picked = super().pick(candidate)
        object.__setattr__(picked, "_made", task("generation.step:GenerationStep.pick", self, candidate))
        return picked

    def ending(self, finish: Finish) -> GenerationStep:
        """See :meth:`GenerationStep.ending`; tasks that are given the new step make it of this one."""
        last = super().ending(finish)
        object.__setattr__(last, "_made", task("generation.step:GenerationStep.ending", self, finish))
        return last


@dataclass(frozen=True)
class RecordFacts:
    """What is told of a layer's record at once."""

    stored: bool
    heads: int
    key_value_heads: int
    nbytes: int
    mask: MaskRecord
    sink: np.ndarray | None
    softcap: float | None
    scaling: float


@dataclass(frozen=True)
class ArrayFacts:
    """What is told of an array at once."""

    shape: tuple[int, ...]
    dtype: str


def facts_of_record(record: Any) -> RecordFacts:
    """What is told of a layer's record, or of a step's layer, at once."""
    stored = isinstance(record, StoredAttention)
    whole = record if stored or isinstance(record, AttentionRecord) else record.record
    return RecordFacts(
        stored,
        whole.heads,
        whole.key_value_heads,
        record.nbytes,
        whole.mask,
        None if stored else whole.sink,
        None if stored else whole.softcap,
        1.0 if stored else whole.scaling,
    )


def facts_of_array(array: np.ndarray | None) -> ArrayFacts | None:
    """What is told of an array at once."""
    return None if array is None else ArrayFacts(array.shape, array.dtype.str)


def remote_record(part: Part, facts: RecordFacts, ask: Asking) -> RemoteRecord:
    """A layer's record as it is seen from elsewhere."""
    made: RemoteRecord = object.__new__(RemoteStored if facts.stored else RemoteAttention)
    known = {"_place": part, "_ask": ask, "mask": facts.mask, "_heads": facts.heads, "_nbytes": facts.nbytes}
    known["_key_value_heads"] = facts.key_value_heads
    if not facts.stored:
        known |= {"sink": facts.sink, "softcap": facts.softcap, "scaling": facts.scaling}
    made.__dict__.update(known)
    return made


def remote_array(part: Part, facts: ArrayFacts | None, ask: Asking) -> RemoteArray | None:
    """An array as it is seen from elsewhere."""
    return None if facts is None else RemoteArray(part, facts.shape, facts.dtype, ask)


def remote_trace(part: Part, facts: Mapping[str, Any], ask: Asking) -> RemoteTrace:
    """A trace as it is seen from elsewhere; see :func:`llm_core.engine.packing.facts_of_trace`."""
    made = object.__new__(RemoteTrace)
    layers: dict[Stack, dict[int, Any]] = {
        stack: {layer: remote_record(part.at("layers_recorded", stack, layer), one, ask) for layer, one in some.items()}
        for stack, some in facts["layers_recorded"].items()
    }
    states = {
        stack: tuple(remote_array(part.at("states", stack, row), one, ask) for row, one in enumerate(some))
        for stack, some in facts["states"].items()
    }
    last = {
        stack: states[stack][-1] if one is None else remote_array(part.at("last_outputs", stack), one, ask)
        for stack, one in facts["last_outputs"].items()
    }
    logits = remote_array(part.at("logits"), facts["logits"], ask)
    apart = {"layers_recorded": layers, "states": states, "last_outputs": last, "logits": logits}
    made.__dict__.update({**facts, **apart, "_part": part, "_ask": ask})
    return made


def remote_step(part: Part, facts: Mapping[str, Any], ask: Asking) -> RemoteStep:
    """A step of a text being written as it is seen from elsewhere."""
    made = object.__new__(RemoteStep)
    layers = {
        stack: {layer: remote_record(part.at("layers", stack, layer), one, ask) for layer, one in some.items()}
        for stack, some in facts["layers"].items()
    }
    apart = {name: remote_array(part.at(name), facts[name], ask) for name in ("logits", "own_scores")}
    made.__dict__.update({**facts, "layers": layers, **apart, "_place": part, "_ask": ask})
    return made
