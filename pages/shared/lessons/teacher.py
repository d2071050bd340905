"""The teacher view: every question of every lesson with the answer computed for the model and text in use."""

from __future__ import annotations

import streamlit as st

from llm_core.lessons.pictures import PICTURES
from llm_core.lessons.reading import Shelf
from llm_core.lessons.registry import kinds
from llm_core.progress import Progress
from pages.shared.lessons.address import go
from pages.shared.lessons.evidence import Gathered, put_questions
from pages.shared.lessons.questions import said
from pages.shared.literal import literal
from pages.shared.notices import Shown
from pages.shared.status_line import StatusLine


def draw_teacher(shown: Shown, gathered: Gathered, shelf: Shelf, line: StatusLine) -> None:
    """All lessons, one after another."""
    st.markdown(f"#### Every question, answered for {literal(shown.request.model)} and the text at the left")
    for number, lesson in enumerate(shelf.lessons):
        line.progress(Progress(number / len(shelf.lessons), f"Asking the questions of lesson {lesson.number}"))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"##### {lesson.number}. {literal(lesson.title)}", width="content")
            st.button("Open", key=f"open-{lesson.name}", on_click=_open, args=(lesson.name,))
        for place, question in enumerate(put_questions(gathered, lesson)):
            if isinstance(question, str):
                st.markdown(f"**{place + 1}.** Not asked here: {literal(question)}")
                continue
            lines = [f"**{place + 1}.** {said(question.question.ask, question)}", ""]
            lines += [
                f"- **{literal(option.label)}** ✓ {literal(option.because)}"
                if option.is_right
                else f"- {literal(option.label)} {'· ' if option.because else ''}{literal(option.because)}"
                for option in question.answer.options
            ]
            st.markdown("\n".join([*lines, "", f"{said(question.question.explain, question)}"]), unsafe_allow_html=True)
    line.say("")
    with st.expander("How to edit or add a lesson"):
        _how_to()


def _open(name: str) -> None:
    st.session_state["teacher_view"] = False
    go(name)


def _how_to() -> None:
    st.markdown(
        "Lessons are files in `llm_core/lessons/data`, one each, read when the app starts; the `README.md` beside them "
        "shows how one is written. What is wrong with a file is said above the lessons, with its line. A question "
        "names one of these answers, and its texts may use the facts of that answer between `[[` and `]]`:"
    )
    rows = [
        {
            "answer": kind.name,
            "computes": kind.about,
            "arguments": ", ".join(kind.arguments),
            "labels for": ", ".join(kind.outcomes),
            "facts": ", ".join(kind.facts),
        }
        for kind in kinds().values()
    ]
    st.dataframe(rows, hide_index=True)
    st.markdown("Pictures: " + ", ".join(f"`{name}`" for name in PICTURES))
