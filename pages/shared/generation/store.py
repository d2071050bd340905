"""Texts being written on the Generation page: branches of one prompt, kept in the session, and finished ones for all.

A worker writes while the session's own thread waits for each token. Whatever interrupts it, what is written stays: a
click on Stop ends it there, anything else lets it go on where it was.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import streamlit as st

import llm_core
from llm_core.engine.cache import BoundedCache
from llm_core.engine.facts import ModelFacts
from llm_core.engine.steps import step_task
from llm_core.engine.task import Task
from llm_core.generation.step import GenerationStep
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.shapes import Stack
from pages.shared.asking import ask, stream, task
from pages.shared.asking import model as model_named

MOST_READ = 2048
"""The most tokens of prompt and text together on this page."""

MOST_KEPT = 48
MOST_KEPT_STEPS = 4_000
MOST_BRANCHES = 24
MOST_GROWTH_STEPS = 2_000
"""So many tokens one visitor may keep; further branches are refused, and the page says so."""


@dataclass
class Branch:
    """One way the text goes on.

    Attributes:
        steps: From the prompt on; those before ``at`` are the parent's.
        settings: How its tokens are chosen from ``at`` on.
        parent: Number of the branch it grew from, or None.
        at: Its first step that is not the parent's.
    """

    steps: list[GenerationStep]
    settings: llm_core.GenerationSettings
    parent: int | None = None
    at: int = 0

    @property
    def finished(self) -> bool:
        """True if nothing is left to write."""
        return bool(self.steps) and (bool(self.steps[-1].finish) or len(self.steps) >= self.settings.max_new_tokens)

    @property
    def numbers(self) -> list[int]:
        """Its tokens by number."""
        return [step.token.id for step in self.steps]


@dataclass
class Growth:
    """All branches of one prompt in one session.

    Attributes:
        identity: What it belongs to: model, prompt and first settings.
        branches: In the order in which they were made.
        current: Which of them is looked at.
        step: Which step is looked at.
        stopped: True if the visitor stopped the writing.
        number: Which of the browser's choices this answers, counted by it.
        looking: By stack, the layer and head (-1 for the mean of all) whose attention is shown.
        fresh: True until it has been shown.
        run: The run of the page that shows it. Streamlit begins the next run while the last one still computes a
            token; that token is then nobody's.
        adding: Held while a token is added or the writing is stopped, so that what is counted after a stop stays so.
    """

    identity: tuple[object, ...]
    branches: list[Branch]
    current: int = 0
    step: int = 0
    stopped: bool = False
    number: int = 0
    looking: dict[Stack, tuple[int, int]] = field(default_factory=dict)
    fresh: bool = True
    run: object = None
    adding: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def branch(self) -> Branch:
        """The branch that is looked at."""
        return self.branches[self.current]

    def settings_at(self, step: int) -> llm_core.GenerationSettings:
        """How a step of the branch that is looked at was chosen: its first steps are those of the branch it left."""
        branch = self.branch
        while branch.parent is not None and step < branch.at:
            branch = self.branches[branch.parent]
        return branch.settings

    @property
    def full(self) -> bool:
        """True if no further branch may be kept."""
        kept = sum(len(branch.steps) - branch.at for branch in self.branches)
        return len(self.branches) >= MOST_BRANCHES or kept > MOST_GROWTH_STEPS


@st.cache_resource
def kept_texts() -> BoundedCache[tuple[GenerationStep, ...]]:
    """Finished texts, shared by all visitors of the server; their arrays are in the workers, so steps are counted."""
    return BoundedCache(MOST_KEPT, MOST_KEPT_STEPS, len)


def growth_of(model: ModelFacts, prompt: str, settings: llm_core.GenerationSettings) -> Growth:
    """The branches of a prompt in this session, or a new one with nothing written yet."""
    identity = (model.spec, prompt, settings)
    known: Growth | None = st.session_state.get("growth")
    if known is None or known.identity != identity:
        finished = kept_texts().get(identity)
        known = Growth(identity, [Branch(list(finished or ()), settings)])
        st.session_state["growth"] = known
    known.run = object()
    return known


def remaining(
    model: ModelFacts, growth: Growth, report: ProgressCallback = ignore_progress
) -> Iterator[GenerationStep]:
    """Write what is missing of the current branch; each token is kept before it is given out.

    Args:
        model: Who writes.
        growth: The branches.
        report: Told how far it is while no token comes. It may raise to end the writing.
    """
    branch, run = growth.branch, growth.run
    for step in stream(_writing(model, growth, branch.settings, branch.numbers), report):
        with growth.adding:
            if growth.run is not run or growth.stopped:
                return
            branch.steps.append(step)
        yield step
    if branch.steps and not branch.finished:
        branch.steps[-1] = branch.steps[-1].ending("limit")
    if growth.current == 0:
        kept_texts().put(growth.identity, tuple(branch.steps))


def _writing(model: ModelFacts, growth: Growth, settings: llm_core.GenerationSettings, written: Sequence[int]) -> Task:
    """The task that writes on after some tokens of a growth."""
    prompt = str(growth.identity[1])
    return task(
        "generation.writing:generate",
        model_named(model.name),
        prompt,
        settings,
        written=tuple(written),
        max_tokens=MOST_READ,
    )


def stop(growth: Growth) -> None:
    """Add no further token."""
    with growth.adding:
        growth.stopped = True


def leave_what_never_began(growth: Growth) -> None:
    """Go back from a branch that was stopped before it had any token, since nothing of it could be shown."""
    branch = growth.branch
    if growth.stopped and not branch.steps and branch.parent is not None:
        growth.branches.remove(branch)
        growth.current = branch.parent


def grow(
    model: ModelFacts,
    growth: Growth,
    at: int,
    token: int | None,
    settings: llm_core.GenerationSettings | None = None,
) -> None:
    """Begin a branch of the current one that has another token at a step; an equal one is gone back to.

    Args:
        model: Who writes.
        growth: The branches.
        at: The step, from 0.
        token: The token that a person picked; None to let the settings choose it, with the luck of the step.
        settings: How the branch is written; None for those of the step.
    """
    branch = growth.branch
    if not 0 <= at < len(branch.steps) or not (token is None or 0 <= token < len(branch.steps[at].logits)):
        return
    settings = settings or growth.settings_at(at)
    for number, other in enumerate(growth.branches):
        if other.settings == settings and other.numbers[:at] == branch.numbers[:at] and _stands(other, at, token):
            growth.current, growth.step = number, at
            return
    if growth.full:
        return
    picked = [] if token is None else [_picked(model, _chosen_by(model, growth, at, settings), token, settings)]
    growth.branches.append(Branch([*branch.steps[:at], *picked], settings, parent=growth.current, at=at))
    growth.current, growth.step, growth.stopped = len(growth.branches) - 1, at, False


def _chosen_by(model: ModelFacts, growth: Growth, at: int, settings: llm_core.GenerationSettings) -> GenerationStep:
    """A step of the branch that is looked at as other settings choose in it, so that its stages are theirs."""
    branch = growth.branch
    step = branch.steps[at]
    if settings == growth.settings_at(at):
        return step
    try:
        again: GenerationStep = ask(step_task(_writing(model, growth, settings, branch.numbers[:at]), ()))
        return again
    except llm_core.LlmCoreError:
        # These settings leave nothing to choose; that is said where the text is written on with them.
        return step


def _stands(branch: Branch, at: int, token: int | None) -> bool:
    """True if a branch has a token at a step, or, asked for none, one that its own settings chose there."""
    if len(branch.steps) <= at:
        return False
    there = branch.steps[at]
    return there.token.id == token if token is not None else branch.at <= at and not there.picked


def _picked(
    model: ModelFacts, step: GenerationStep, number: int, settings: llm_core.GenerationSettings
) -> GenerationStep:
    """The step with another of its tokens, which need not be among the candidates that were described."""
    picked = step.pick(ask(task("generation.shown:candidate", model_named(model.name), step, number)))
    last = not picked.finish and step.index + 1 >= settings.max_new_tokens
    return picked.ending("length") if last else picked
