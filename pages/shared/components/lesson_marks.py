"""The row of marks above a lesson: which lessons there are, which were read, and how their questions went."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import TypedDict

from pages.shared.components import Component

QuestionState: TypeAlias = Literal["", "right", "wrong"]
"""How a question was answered; empty if it was not yet."""


class LessonMark(TypedDict):
    """One lesson and how far the visitor has come with it."""

    name: str
    number: int
    title: str
    read: bool
    questions: list[QuestionState]


class LessonMarksHeader(TypedDict):
    """All lessons, the one shown, where the visitor stands in a sentence, and the block that the lesson is about."""

    lessons: list[LessonMark]
    now: str
    summary: str
    block: str | None


class LessonMarksSends(TypedDict):
    """A lesson to open; what the browser has kept, which may be anything; the wish to start again."""

    lesson: str
    kept: dict[str, object]
    anew: Literal[True]


lesson_marks = Component("lesson_marks", header=LessonMarksHeader, sends=LessonMarksSends)
