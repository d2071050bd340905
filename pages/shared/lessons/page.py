"""The Lessons page from the marks at its top to the link to the next lesson."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from llm_core.figures.palette import theme
from llm_core.lessons.reading import Shelf, lessons
from llm_core.lessons.records import Lesson
from pages.shared.asking import ask, task
from pages.shared.lessons.action import draw_action
from pages.shared.lessons.address import chosen_lesson, go, teacher_view
from pages.shared.lessons.evidence import evidence_of, put_questions
from pages.shared.lessons.paper import dress_for_paper
from pages.shared.lessons.picture import draw_picture
from pages.shared.lessons.progress import draw_marks, mark_as_read
from pages.shared.lessons.prose import prose
from pages.shared.lessons.questions import draw_questions
from pages.shared.lessons.teacher import draw_teacher
from pages.shared.literal import literal
from pages.shared.notices import BAR_HEIGHT, Shown
from pages.shared.status_line import StatusLine

COLUMN = 640
"""Pixels of the column of text: about seventy characters."""


@st.fragment
def teach(shown: Shown) -> None:
    """Everything below the status line; an answer or another lesson runs no more than this."""
    shelf = lessons()
    dress_for_paper()
    for broken in shelf.broken:
        st.error(f"A lesson is left out. {literal(broken)}", icon=":material/error:")
    if not shelf.lessons:
        st.markdown("#### There is no lesson to show")
        return
    lesson = chosen_lesson(shelf)
    mark_as_read(lesson)
    with st.container(horizontal=True, vertical_alignment="top", key="lesson-controls"):
        with st.container():
            draw_marks(shelf, lesson)
        as_teacher = teacher_view()
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False, key="lesson-status"))
    gathered = evidence_of(shown, line.progress)
    if as_teacher:
        draw_teacher(shown, gathered, shelf, line)
        return
    facts: Mapping[str, str] = ask(task("lessons.facts:general_facts", gathered.task))
    colours = theme(st.context.theme.type)
    with st.container(width=COLUMN):
        st.markdown(f"### {lesson.number}. {literal(lesson.title)}")
        st.markdown(prose(lesson.text, facts, colours), unsafe_allow_html=True)
    picture, rest, below = st.container(), st.container(), st.container()
    with picture:
        draw_picture(shown, gathered, lesson, below)
    with rest:
        draw_action(shown, gathered, lesson, prose(lesson.action.do, facts, colours))
        draw_questions(shown, lesson, put_questions(gathered, lesson))
        _draw_neighbours(shelf, lesson)
    line.say("")


def _draw_neighbours(shelf: Shelf, lesson: Lesson) -> None:
    place = shelf.lessons.index(lesson)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="lesson-neighbours"):
        if place > 0:
            other = shelf.lessons[place - 1]
            label = f"← {other.number}. {other.title}"
            st.button(label, key="lesson-previous", on_click=go, args=(other.name,), type="secondary")
        if place + 1 < len(shelf.lessons):
            other = shelf.lessons[place + 1]
            label = f"{other.number}. {other.title} →"
            st.button(label, key="lesson-next", on_click=go, args=(other.name,), type="primary")
