"""A lesson's questions: predict, then see what the model in use does."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from llm_core.figures.palette import theme
from llm_core.lessons.asking import Put
from llm_core.lessons.markup import coloured
from llm_core.lessons.records import Lesson
from pages.shared.lessons.evidence import identity_of
from pages.shared.lessons.progress import answered, record
from pages.shared.lessons.prose import prose
from pages.shared.literal import literal
from pages.shared.notices import Shown


def draw_questions(shown: Shown, lesson: Lesson, questions: Sequence[Put | str]) -> None:
    """Every question of a lesson, each in a box of its own."""
    st.markdown("##### What do you expect?")
    # Two beside each other, one below the other on a phone.
    columns = [column for _ in range(0, len(questions), 2) for column in st.columns(2, gap="small")]
    for place, question in enumerate(questions):
        with columns[place], st.container(border=True, key=f"question-{lesson.name}-{place}"):
            if isinstance(question, str):
                st.markdown(f"**Question {place + 1}** cannot be asked here. {literal(question)}")
            else:
                _draw(shown, lesson, place, question)


def _draw(shown: Shown, lesson: Lesson, place: int, question: Put) -> None:
    options = question.answer.options
    identity = identity_of(shown)
    chosen = answered(identity).get((lesson.name, place))
    st.markdown(f"**{place + 1}.** {said(question.question.ask, question)}", unsafe_allow_html=True)
    # A key of its own for each text: another text has other options.
    key = f"predict-{lesson.name}-{place}-{abs(hash(identity)) % 100_000_000}"
    guess = st.radio(
        literal(coloured(question.ask, lambda *_: "")),
        range(len(options)),
        index=chosen,
        format_func=lambda option: literal(options[option].label),
        key=key,
        label_visibility="collapsed",
        disabled=chosen is not None,
    )
    if chosen is None:
        st.button(
            "Show what the model does",
            key=f"reveal-{lesson.name}-{place}",
            disabled=guess is None,
            on_click=_reveal,
            args=(shown, lesson, place, question, guess),
            help="First make a prediction" if guess is None else None,
        )
        return
    _feedback(question, chosen)
    st.button("Predict again", key=f"again-{lesson.name}-{place}", on_click=_again, args=(shown, lesson, place, key))


def _feedback(question: Put, chosen: int) -> None:
    options = question.answer.options
    right = chosen == question.answer.right
    icon, word = (":material/check_circle:", "Right") if right else (":material/cancel:", "Not so")
    explained = said(question.question.explain, question)
    st.markdown(f"{icon} **{word}.** {literal(question.verdict(chosen))} {explained}", unsafe_allow_html=True)
    others = [
        f"{'✓' if option.is_right else '·'} {literal(option.label)}: {literal(option.because)}"
        for place, option in enumerate(options)
        if option.because and not option.is_right and place != chosen
    ]
    if others:
        st.caption("  \n".join(["The others:", *others]))


def _reveal(shown: Shown, lesson: Lesson, place: int, question: Put, guess: int | None) -> None:
    if guess is None or not 0 <= guess < len(question.answer.options):
        return
    answered(identity_of(shown))[lesson.name, place] = guess
    record(lesson, place, right=question.answer.options[guess].is_right)


def _again(shown: Shown, lesson: Lesson, place: int, key: str) -> None:
    answered(identity_of(shown)).pop((lesson.name, place), None)
    st.session_state.pop(key, None)


def said(text: str, question: Put) -> str:
    """A question's text as Markdown, its facts filled in."""
    return prose(text, question.facts, theme(st.context.theme.type))
