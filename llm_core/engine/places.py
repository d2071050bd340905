"""Where in a cluster models and answers are, as far as this process knows, and whom a task is best given to."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from llm_core.engine.process import Lane
from llm_core.engine.task import canonical
from llm_core.models.catalog import ModelSpec

MOST_KNOWN = 50_000
MOST_TOLD = 2_000
"""So many of the answers that it has, those used last, a replica tells of at a time."""

BUSY = 2
"""A replica with so many tasks has more to do than one with fewer, even if only it has the model in memory."""

Replica = TypeVar("Replica")


@dataclass(frozen=True)
class Asked:
    """A task as it travels to a replica.

    Attributes:
        data: The task, packed.
        lane: Where it is done.
        models: The models it needs.
        streams: True if its answer comes in items.
        identity: The task's.
        works_on: Identities of the answers it works on, the nearest first.
    """

    data: bytes
    lane: Lane
    models: tuple[ModelSpec, ...]
    streams: bool
    identity: str
    works_on: tuple[str, ...]


class Places:
    """What is known of the replicas of one application; any thread may ask and tell."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, str] = OrderedDict()
        self._told: dict[str, Mapping[str, frozenset[str]]] = {}
        self._alive: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._alive)

    def __contains__(self, identity: object) -> bool:
        return isinstance(identity, str) and bool(self.holders(identity))

    def note(self, identity: str, replica: str) -> None:
        """Remember that a replica has an answer, or is making it."""
        with self._lock:
            self._answers[identity] = replica
            self._answers.move_to_end(identity)
            while len(self._answers) > MOST_KNOWN:
                self._answers.popitem(last=False)

    def update(self, replicas: Mapping[str, Mapping[str, Any]]) -> None:
        """Learn which replicas there are, and what each has told of itself (see :func:`told`)."""
        with self._lock:
            self._alive = frozenset(replicas)
            self._told = {
                name: {"models": frozenset(said.get("models", ())), "answers": frozenset(said.get("answers", ()))}
                for name, said in replicas.items()
            }

    def holders(self, identity: str) -> set[str]:
        """The replicas that have an answer."""
        with self._lock:
            found = {name for name, said in self._told.items() if identity in said["answers"]}
            noted = self._answers.get(identity)
            return found | {noted} if noted in self._alive and noted is not None else found

    def has_model(self, spec: ModelSpec) -> bool:
        """True if some replica has a model in memory."""
        name = named_model(spec)
        with self._lock:
            return any(name in said["models"] for said in self._told.values())

    def ranked(
        self, asked: Asked, replicas: Sequence[Replica], name: Callable[[Replica], str], load: Callable[[Replica], int]
    ) -> list[list[Replica]]:
        """Replicas in groups, the best first.

        Whoever has the nearest answer that the task works on is best, however much it has to do, since another one
        would have to make that answer again. Then those with little to do, and among them those that have the models.

        Args:
            asked: The task.
            replicas: All there are.
            name: Of a replica.
            load: How many tasks a replica has.
        """
        holders: set[str] = next(filter(None, map(self.holders, asked.works_on)), set())
        needed = {named_model(spec) for spec in asked.models}
        groups: dict[tuple[bool, int, int], list[Replica]] = {}
        for replica in replicas:
            with self._lock:
                missing = needed - self._told.get(name(replica), {}).get("models", frozenset())
            order = (False, 0, 0) if name(replica) in holders else (True, load(replica) // BUSY, len(missing))
            groups.setdefault(order, []).append(replica)
        return [groups[order] for order in sorted(groups)]


_places: dict[str, Places] = {}
_making = threading.Lock()


def places_of(application: str) -> Places:
    """What this process knows of the replicas of an application, by its name."""
    with _making:
        return _places.setdefault(application, Places())


def told(models: Iterable[ModelSpec], answers: Sequence[str]) -> dict[str, list[str]]:
    """What a replica tells of itself, as data that needs none of our classes."""
    return {"models": [named_model(spec) for spec in models], "answers": list(answers[-MOST_TOLD:])}


def named_model(spec: ModelSpec) -> str:
    """The same for equal models, and for no others."""
    return repr(canonical(spec))
