"""Which lesson is looked at: kept in the session, read from the address and written to it."""

from __future__ import annotations

import re

import streamlit as st

from llm_core.lessons.reading import Shelf
from llm_core.lessons.records import Lesson
from pages.shared.literal import literal

_YES = {"1", "true", "yes", "on"}


def chosen_lesson(shelf: Shelf) -> Lesson:
    """The lesson of the address or, if it names none, the last one; a name that there is none of is said on the page.

    Args:
        shelf: At least one lesson.
    """
    asked = st.query_params.get("lesson")
    lesson = find(shelf, st.session_state.get("lesson", "")) or shelf.lessons[0]
    if asked is not None and asked != st.session_state.get("lesson_written"):
        found = find(shelf, asked)
        if found is None:
            st.info(
                f"There is no lesson “{literal(asked[:40])}”; lessons go from 1 to {shelf.lessons[-1].number}. "
                f"This is lesson {lesson.number}.",
                icon=":material/info:",
            )
        lesson = found or lesson
    st.session_state["lesson"] = st.session_state["lesson_written"] = lesson.name
    if asked != lesson.name:
        st.query_params["lesson"] = lesson.name
    return lesson


def go(name: str) -> None:
    """Look at another lesson from the next run on."""
    st.session_state["lesson"] = name
    # What the address says now is older than this choice.
    st.session_state["lesson_written"] = st.query_params.get("lesson")


def find(shelf: Shelf, asked: str) -> Lesson | None:
    """The lesson of a number, a name or a title."""
    wanted = asked.strip().casefold()
    number = int(wanted) if re.fullmatch(r"[0-9]{1,4}", wanted) else None
    return next(
        (one for one in shelf.lessons if one.name == wanted or one.title.casefold() == wanted or one.number == number),
        None,
    )


def teacher_view() -> bool:
    """True if all questions are to be shown with their answers; kept in the address as ``teacher=1``."""
    if "teacher_view" not in st.session_state:
        st.session_state["teacher_view"] = st.query_params.get("teacher", "").casefold() in _YES
    on = st.toggle("Teacher view", key="teacher_view", help="Every question of every lesson with its computed answer")
    if on and st.query_params.get("teacher") != "1":
        st.query_params["teacher"] = "1"
    elif not on and "teacher" in st.query_params:
        del st.query_params["teacher"]
    return bool(on)
