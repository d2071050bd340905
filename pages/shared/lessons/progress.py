"""How far the visitor has come: lessons that were read and questions that were answered, kept in the session."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal, TypeAlias

import streamlit as st

from llm_core.lessons.reading import Shelf
from llm_core.lessons.records import Lesson
from pages.shared.components.lesson_marks import lesson_marks
from pages.shared.components.packing import pack
from pages.shared.lessons.address import go

State: TypeAlias = Literal["", "right", "wrong"]


def mark_as_read(lesson: Lesson) -> None:
    """Remember that a lesson was opened."""
    st.session_state.setdefault("lessons_read", set()).add(lesson.name)


def record(lesson: Lesson, place: int, *, right: bool) -> None:
    """Remember how a question was answered; a right answer stays right whatever is tried after it."""
    states = st.session_state.setdefault("lesson_states", {})
    if states.get((lesson.name, place)) != "right":
        states[lesson.name, place] = "right" if right else "wrong"


def state_of(lesson: Lesson, place: int) -> State:
    """How a question was answered."""
    state: State = st.session_state.get("lesson_states", {}).get((lesson.name, place), "")
    return state


def draw_marks(shelf: Shelf, lesson: Lesson) -> None:
    """The row of marks; a click opens a lesson."""
    read = st.session_state.get("lessons_read", set())
    told = [
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
        chosen = st.session_state["lesson-marks"].get("lesson")
        if isinstance(chosen, str):
            go(chosen)

    header = {"lessons": told, "now": lesson.name, "summary": summary(shelf)}
    lesson_marks(data=pack(header, {}), key="lesson-marks", on_lesson_change=opened)


def summary(shelf: Shelf) -> str:
    """Where the visitor stands, in a sentence."""
    read = sum(one.name in st.session_state.get("lessons_read", set()) for one in shelf.lessons)
    states = [state_of(one, place) for one in shelf.lessons for place in range(len(one.questions))]
    right, answered = states.count("right"), sum(state != "" for state in states)
    return (
        f"{read} of {len(shelf.lessons)} lessons opened · {answered} of {len(states)} questions answered, {right} right"
    )


def answered(identity: Hashable) -> dict[Any, int]:
    """The options chosen for one model and text, by lesson and question."""
    kept: dict[Hashable, dict[Any, int]] = st.session_state.setdefault("lesson_choices", {})
    return kept.setdefault(identity, {})
