"""Texts being written for an application: kept in the session token by token, so that stopping loses nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import StopException, add_script_run_ctx, get_script_run_ctx

import llm_core
from llm_core.applications.evidence import LookedAt
from llm_core.engine.facts import ModelFacts
from llm_core.generation.conversation import Conversation
from llm_core.generation.step import GenerationStep
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from pages.shared.asking import ask, stream, task
from pages.shared.asking import model as model_named
from pages.shared.generation.store import kept_texts
from pages.shared.generation.words import text_of
from pages.shared.literal import literal
from pages.shared.status_line import StatusLine

MOST_READ = 1024
"""The most tokens of prompt and answer together, so that an answer takes seconds."""


@dataclass
class Draft:
    """One text that a model writes.

    Attributes:
        spec: The model.
        prompt: What it answers or goes on from.
        settings: How its tokens are chosen.
        until: Writing ends where this is written; empty for nothing like that.
        steps: What is written so far. It is never changed, only replaced by a longer one: who takes it once has a text
            of one moment, and what is worked out from it belongs to that text.
        stopped: True if the visitor stopped it.
        run: The run of the page that writes it, None if none does. Streamlit begins the next run while the last one
            still computes a token; that token is then nobody's.
    """

    spec: llm_core.ModelSpec
    prompt: str | Conversation
    settings: llm_core.GenerationSettings
    until: str = ""
    steps: tuple[GenerationStep, ...] = ()
    stopped: bool = False
    run: object = None
    _turn: Lock = field(default_factory=Lock, repr=False)

    @property
    def identity(self) -> tuple[object, ...]:
        """All that the text depends on."""
        return (self.spec, self.prompt, self.settings, self.until)

    @property
    def finished(self) -> bool:
        """True if nothing is left to write."""
        steps = self.steps
        ended = bool(self.until) and self.until in text_of(steps)
        return bool(steps) and (ended or bool(steps[-1].finish) or len(steps) >= self.settings.max_new_tokens)

    def begin(self, run: object) -> None:
        """Give the writing to a run of the page; the one before keeps no token more."""
        with self._turn:
            self.run = run

    def keep(self, step: GenerationStep, run: object) -> bool:
        """Add the next token for the run that writes it; False if the text is no longer that run's, or has that token.

        The check and the adding are one: two runs that overlap could each find the text theirs and add a token twice.
        """
        with self._turn:
            if self.stopped or self.run is not run or step.index != len(self.steps):
                return False
            self.steps = (*self.steps, step)
            return True

    def stop(self) -> None:
        """End the writing, whatever becomes of the run that did it: it may end long after somebody wants to go on."""
        with self._turn:
            self.stopped, self.run = True, None


def drafts_of(use: str, wanted: Sequence[Draft]) -> list[Draft]:
    """The drafts of a use in this session: those known already, and the wanted ones that are new, with nothing written.

    A text that somebody had written before is there at once.
    """
    kept: dict[str, list[Draft]] = st.session_state.setdefault("drafts", {})
    known = {draft.identity: draft for draft in kept.get(use, [])}
    for draft in wanted:
        finished = kept_texts().get(draft.identity)
        if finished is not None:
            draft.steps = finished
    kept[use] = [known.get(draft.identity, draft) for draft in wanted]
    return kept[use]


def write(model: ModelFacts, drafts: Sequence[Draft], line: StatusLine, *, code: str | None = None) -> None:
    """Write what is missing of each draft, visibly and side by side; Stop ends it within a token.

    Args:
        model: Who writes.
        drafts: What is to be written.
        line: Where progress is told.
        code: The language to highlight the text in, if it is code.
    """

    def draw(draft: Draft, room: DeltaGenerator, end: str) -> None:
        text = spelled(model, draft.steps)
        if code is None:
            room.markdown(as_it_is(text) + end)
        else:
            room.code(text.partition(draft.until)[0] if draft.until else text, language=code)

    if all(draft.finished or draft.stopped for draft in drafts):
        return
    run = object()
    for draft in drafts:
        draft.begin(run)
    place = st.empty()
    with place.container():
        st.button("Stop", key="stop-writing", on_click=_stop, args=(drafts,), icon=":material/stop:")
        rooms = [column.empty() for column in st.columns(len(drafts))] if len(drafts) > 1 else [st.empty()]
        for draft, room in zip(drafts, rooms, strict=True):
            draw(draft, room, "")
        for number, (draft, room) in enumerate(zip(drafts, rooms, strict=True)):
            if draft.finished or draft.stopped:
                continue
            which = f"Version {number + 1} of {len(drafts)}: token" if len(drafts) > 1 else "Token"
            telling = _Telling(line)
            try:
                for _ in _remaining(model, draft, run, telling.waiting):
                    telling.written(which, len(draft.steps), draft.settings.max_new_tokens)
                    draw(draft, room, " …")
            except StopException:
                if draft.run is run:
                    _stop(drafts)
                    _say_stopped(model, draft, room)
                raise
            except Exception:
                place.empty()
                raise
    place.empty()


def stopped_line(drafts: Sequence[Draft]) -> None:
    """Say where the visitor stopped, and offer to go on."""
    if any(draft.stopped and not draft.finished for draft in drafts):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_where_stopped(sum(len(draft.steps) for draft in drafts)))
            st.button("Go on", key="go-on", on_click=_resume, args=(drafts,))


class _Telling:
    """Says how much is written; while nothing comes, again, since every message is a place where Stop takes effect."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._said: Progress | None = None

    def written(self, which: str, done: int, most: int) -> None:
        """Another token is there."""
        self._said = Progress(done / most, f"{which} {done} of at most {most}")
        self._line.progress(self._said)

    def waiting(self, progress: Progress) -> None:
        """No token has come for a while."""
        self._line.progress(self._said or progress)


def _remaining(
    model: ModelFacts, draft: Draft, run: object, report: ProgressCallback = ignore_progress
) -> Iterator[GenerationStep]:
    """Write what is missing while this run of the page is the last; each token is kept before it is given out."""
    writing = task(
        "generation.writing:generate",
        model_named(model.name),
        draft.prompt,
        draft.settings,
        written=tuple(step.token.id for step in draft.steps),
        max_tokens=MOST_READ,
    )
    try:
        for step in stream(writing, report):
            if not draft.keep(step, run):
                return
            yield step
            if draft.finished:
                break
    except llm_core.TextTooLongError as error:
        raise llm_core.TextTooLongError(
            f"Your text and what is asked about it make {error.tokens:,} tokens or more, and {model.name} reads "
            f"no more than {error.limit:,} here, so that an answer takes seconds. Shorten it.",
            tokens=error.tokens,
            limit=error.limit,
        ) from error
    kept_texts().put(draft.identity, draft.steps)


def spelled(model: ModelFacts, steps: Sequence[GenerationStep]) -> str:
    """The text of tokens that were written, without special ones."""
    numbers = [step.token.id for step in steps]
    return str(ask(task("engine.facts:spelled", model_named(model.name), numbers))) if numbers else ""


def looked_at(steps: Sequence[GenerationStep], texts: Mapping[str, str]) -> LookedAt:
    """What the tokens of a draft looked at in texts of the prompt, by name."""
    looked: LookedAt = ask(task("applications.evidence:looked_at", steps, texts))
    return looked


def as_it_is(text: str) -> str:
    """Text of a model as Markdown that shows it as it is, with its line breaks."""
    return "  \n".join(literal(line) for line in text.strip().split("\n")) or "…"


def _where_stopped(tokens: int) -> str:
    return f"Stopped after {tokens} token{'' if tokens == 1 else 's'}."


def _say_stopped(model: ModelFacts, draft: Draft, room: DeltaGenerator) -> None:
    """Say where Streamlit's own Stop ended the writing: its thread may draw nothing more, but another one may."""
    steps = draft.steps
    text = f"{as_it_is(spelled(model, steps))} …\n\n{_where_stopped(len(steps))}"
    thread = Thread(target=room.markdown, args=(text,))
    add_script_run_ctx(thread, get_script_run_ctx())
    thread.start()
    thread.join()


def _stop(drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        draft.stop()


def _resume(drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        draft.stopped = False
