"""Whose task is next: a queue for each lane, in which visitors take turns, and what is known of how long tasks take."""

from __future__ import annotations

import itertools
from collections import OrderedDict, deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field

from llm_core.engine.bench import models_of, tasks_within
from llm_core.engine.engine import Job
from llm_core.engine.process import Lane
from llm_core.engine.task import Task
from llm_core.models.catalog import ModelSpec

ROOM: dict[Lane, int] = {"look": 4, "read": 1, "long": 1, "write": 8}
"""How many tasks of a lane a worker is given at a time; the others wait here, where turns are taken."""

LONG_TEXT = 2_000
"""A task that reads more characters does not stand before shorter ones."""

QUICK_SECONDS = 0.15
"""A task of a kind that took no longer the last times, on records that are there, waits for no other."""

SLOW = {"embeddings.cloud_projection:project_in_steps", "scale.attention_growth:measure_again"}
"""Tasks that take from seconds to minutes, whatever they are asked about; shorter ones go on beside them."""

QUICK = (
    "applications.answering:passage_attention",
    "applications.evidence:",
    "applications.translation:",
    "engine.facts:following",
    "engine.facts:spelled",
    "engine.parts:",
    "generation.filled_masks:",
    "generation.shown:",
    "generation.step:",
    "heads.guidance:guidance_of_step",
)
"""Tasks that are expected to be quick until one was slow: they look into records that are there, or ask a tokenizer."""


@dataclass(eq=False)
class Waiting:
    """A job that waits for a worker.

    Attributes:
        job: The job.
        lane: Where it is done.
        attempts: How often a worker ended while it did the job.
        models: The models it needs.
        works_on: Identities of the answers it works on, the nearest first.
    """

    job: Job
    lane: Lane
    attempts: int = 0
    models: tuple[ModelSpec, ...] = field(init=False)
    works_on: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.models = tuple(dict.fromkeys(models_of(self.job.task)))
        self.works_on = tuple(_identities(self.job.task))


class Turns:
    """The jobs that wait, by lane and visitor; whoever holds the engine's lock may use it."""

    def __init__(self) -> None:
        self._lanes: dict[Lane, OrderedDict[str, deque[Waiting]]] = {lane: OrderedDict() for lane in ROOM}

    def add(self, waiting: Waiting, *, first: bool = False) -> None:
        """Let a job wait, behind its visitor's other ones or before them."""
        line = self._lanes[waiting.lane].setdefault(waiting.job.visitor, deque())
        line.appendleft(waiting) if first else line.append(waiting)

    def drop(self, job: Job) -> bool:
        """Let a job wait no longer; False if it does not wait."""
        for visitors in self._lanes.values():
            for visitor, line in list(visitors.items()):
                for waiting in [one for one in line if one.job is job]:
                    line.remove(waiting)
                    if not line:
                        del visitors[visitor]
                    return True
        return False

    def drop_all(self) -> list[Job]:
        """Let no job wait any longer; gives those that did."""
        jobs = [one.job for visitors in self._lanes.values() for line in visitors.values() for one in line]
        for visitors in self._lanes.values():
            visitors.clear()
        return jobs

    def __len__(self) -> int:
        return sum(len(line) for visitors in self._lanes.values() for line in visitors.values())

    def before(self, job: Job) -> int | None:
        """How many jobs are before one in its lane, turns counted; None if it does not wait."""
        for visitors in self._lanes.values():
            rounds = itertools.zip_longest(*visitors.values())
            in_order = (waiting.job for turn in rounds for waiting in turn if waiting is not None)
            place = next((place for place, one in enumerate(in_order) if one is job), None)
            if place is not None:
                return place
        return None

    def hand_out(self, take: Callable[[Waiting], bool]) -> None:
        """Offer jobs in turn for as long as some are taken.

        Args:
            take: Takes a job if there is room for it, and says whether it did.
        """
        for visitors in self._lanes.values():
            while self._one_turn(visitors, take):
                pass

    def _one_turn(self, visitors: OrderedDict[str, deque[Waiting]], take: Callable[[Waiting], bool]) -> bool:
        for visitor, line in list(visitors.items()):
            taken = next((waiting for waiting in line if take(waiting)), None)
            if taken is not None:
                line.remove(taken)
                # Whoever had a turn stands behind the others now.
                visitors.move_to_end(visitor)
                if not line:
                    del visitors[visitor]
                return True
        return False


class Durations:
    """How long tasks took, by their function and by whether they read a long text: from that follows their lane."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, bool], float] = {}

    def note(self, task: Task, seconds: float) -> None:
        """Learn from a task that is done."""
        kind = _kind(task)
        before = self._seconds.get(kind, seconds)
        # A task that had to wait in its worker tells nothing of those that need not, so good news counts more.
        self._seconds[kind] = before + (seconds - before) * (0.5 if seconds < before else 0.2)

    def lane_of(self, job: Job, held: Container[str]) -> Lane:
        """Where a job is best done.

        Args:
            job: The job.
            held: Identities of the answers that some worker has.
        """
        if job.streams:
            return "write"
        if job.task.function in SLOW:
            return "long"
        return "look" if self._looks(job.task, held) else "long" if _kind(job.task)[1] else "read"

    def _looks(self, task: Task, held: Container[str]) -> bool:
        """True if a task is quick, and all that it works on is there or comes so of what is there.

        A text that is read anew may be of any length, so that it does not count as quick before it is known to be.
        """
        kind, within = _kind(task), tasks_within(task)
        expected = 0.0 if task.function.startswith(QUICK) else 1.0
        if self._seconds.get(kind, expected) > QUICK_SECONDS or (kind[1] and not within):
            return False
        return all(one.identity in held or self._looks(one, held) for one in within)


def place(before: int) -> str:
    """What is said to somebody whose job waits behind some others."""
    if not before:
        return "Waiting for a free worker: you are next"
    return f"Waiting for a free worker: {before} before you"


def _kind(task: Task) -> tuple[str, bool]:
    return task.function, sum(map(len, _texts(task))) > LONG_TEXT


def _texts(task: Task) -> set[str]:
    """The texts that a task reads; the steps of one text are of the same prompt."""
    texts = {one for one in [*task.arguments, *task.options.values()] if isinstance(one, str)}
    return texts.union(*map(_texts, tasks_within(task)))


def _identities(task: Task) -> Iterator[str]:
    for one in tasks_within(task):
        yield one.identity
        yield from _identities(one)
