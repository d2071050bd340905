"""What a lesson is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llm_core.shapes import Family


@dataclass(frozen=True)
class Picture:
    """The live picture of a lesson.

    Attributes:
        kind: One of :data:`llm_core.lessons.pictures.PICTURES`.
        arguments: What it shows, by name; every argument of the kind is there.
    """

    kind: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """Something to do in the picture, and where to go on.

    Attributes:
        do: What to do, in a sentence or two, with the markup of lessons.
        page: The page that goes deeper: the last part of its address.
        label: What the link to it says.
        show: Parameters of its address, beside model and text.
        also: Another page and what the link to it says, or None.
    """

    do: str
    page: str
    label: str
    show: Mapping[str, str]
    also: tuple[str, str] | None = None


@dataclass(frozen=True)
class Question:
    """A question that is answered by looking.

    Attributes:
        ask: The question, with the markup of lessons and with facts of its kind.
        kind: Name of the kind of answer, one of :func:`llm_core.lessons.registry.kinds`.
        arguments: By name; every argument of the kind is there.
        labels: What each possible outcome is called, for kinds that have outcomes; otherwise empty.
        explain: Said after every answer, with facts of its kind.
        families: The families of models it is for; all if empty.
    """

    ask: str
    kind: str
    arguments: Mapping[str, Any]
    labels: Mapping[str, str]
    explain: str
    families: tuple[Family, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes:
        number: From 1, its place in the order.
        name: A short word for its address.
        title: Its heading.
        file: Name of its file.
        text: What it teaches, with the markup of lessons (:mod:`llm_core.lessons.markup`).
        picture: The live picture.
        action: What to do.
        questions: At least two.
    """

    number: int
    name: str
    title: str
    file: str
    text: str
    picture: Picture
    action: Action
    questions: tuple[Question, ...]
