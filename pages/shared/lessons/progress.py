"""How far the visitor has come: lessons that were read and questions that were answered.

Kept in the session, and in the visitor's browser, so that a lesson can be gone on with tomorrow.
"""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from llm_core.lessons.reading import Shelf
from llm_core.lessons.records import Lesson
from pages.shared.components import received
from pages.shared.components.lesson_marks import LessonMark, LessonMarksHeader, QuestionState, lesson_marks
from pages.shared.components.packing import pack
from pages.shared.lessons.address import find, go

MOST_TEXTS = 64
"""For so many models and texts a session remembers what was chosen; older ones are asked anew."""

LOOKS_AT = {
    "tokens": "embedding",
    "vectors": "embedding",
    "positions": "embedding",
    "scores": "attention",
    "attention": None,
    "heads": "attention",
    "feed_forward": "feed_forward",
    "guess": "head",
}
"""Which block a kind of picture is about, for the map; None where the picture tells it, nothing where it is all."""


def mark_as_read(lesson: Lesson) -> None:
    """Remember that a lesson was opened."""
    st.session_state.setdefault("lessons_read", set()).add(lesson.name)


def record(lesson: Lesson, place: int, *, right: bool) -> None:
    """Remember how a question was answered; a right answer stays right whatever is tried after it."""
    states = st.session_state.setdefault("lesson_states", {})
    if states.get((lesson.name, place)) != "right":
        states[lesson.name, place] = "right" if right else "wrong"


def state_of(lesson: Lesson, place: int) -> QuestionState:
    """How a question was answered."""
    state: QuestionState = st.session_state.get("lesson_states", {}).get((lesson.name, place), "")
    return state


def draw_marks(shelf: Shelf, lesson: Lesson) -> None:
    """The row of marks; a click opens a lesson."""
    read = st.session_state.get("lessons_read", set())
    told: list[LessonMark] = [
        {
            "name": one.name,
            "number": one.number,
            "title": one.title,
            "read": one.name in read,
            "questions": [state_of(one, place) for place in range(len(one.questions))],
        }
        for one in shelf.lessons
    ]

    def opened() -> None:
        chosen = received("lesson-marks", "lesson")
        if isinstance(chosen, str):
            go(chosen)

    def brought() -> None:
        names, states = kept_before(shelf, received("lesson-marks", "kept"))
        st.session_state.setdefault("lessons_read", set()).update(names)
        for (name, place), state in states.items():
            if one := find(shelf, name):
                record(one, place, right=state == "right")

    block = LOOKS_AT.get(lesson.picture.kind, "none")
    header: LessonMarksHeader = {"lessons": told, "now": lesson.name, "summary": summary(shelf), "block": block}
    lesson_marks(
        data=pack(header, {}),
        key="lesson-marks",
        on_lesson_change=opened,
        on_kept_change=brought,
        on_anew_change=_begin_anew,
    )


def kept_before(shelf: Shelf, told: object) -> tuple[set[str], dict[tuple[str, int], QuestionState]]:
    """What a browser has kept: names of lessons read, and how questions went by lesson and place.

    Args:
        shelf: The lessons there are now; whatever else is told is passed over.
        told: ``{name: ["", "right", "wrong" ...]}``, or anything at all: a visitor can write there what they like.
    """
    names: set[str] = set()
    states: dict[tuple[str, int], QuestionState] = {}
    if not isinstance(told, dict):
        return names, states
    for one in shelf.lessons:
        answers = told.get(one.name)
        if not isinstance(answers, list):
            continue
        names.add(one.name)
        for place, state in enumerate(answers[: len(one.questions)]):
            if state in ("right", "wrong"):
                states[one.name, place] = state
    return names, states


def _begin_anew() -> None:
    """Forget what was read and answered."""
    for name in ("lessons_read", "lesson_states", "lesson_choices"):
        st.session_state.pop(name, None)
    for name in [name for name in st.session_state if str(name).startswith("predict-")]:
        del st.session_state[name]


def summary(shelf: Shelf) -> str:
    """Where the visitor stands, in a sentence."""
    read = sum(one.name in st.session_state.get("lessons_read", set()) for one in shelf.lessons)
    states = [state_of(one, place) for one in shelf.lessons for place in range(len(one.questions))]
    right, answered = states.count("right"), sum(state != "" for state in states)
    return (
        f"{read} of {len(shelf.lessons)} lessons opened · {answered} of {len(states)} questions answered, {right} right"
    )


def answered(identity: Hashable) -> dict[tuple[str, int], int]:
    """The options chosen for one model and text, by lesson and question."""
    kept: dict[Hashable, dict[tuple[str, int], int]] = st.session_state.setdefault("lesson_choices", {})
    if identity not in kept:
        while len(kept) >= MOST_TEXTS:
            kept.pop(next(iter(kept)))
        kept[identity] = {}
    return kept[identity]
