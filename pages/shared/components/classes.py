"""One text sorted by two methods, with what each word did for the class."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from pages.shared.components import Component


class LabelBar(TypedDict):
    """A label with its score, as a length and as it is written."""

    label: str
    length: float
    number: str
    hover: str


class WordChange(TypedDict):
    """A word, and by how much the winner's lead is smaller without it."""

    word: str
    change: float
    said: str


class WordChanges(TypedDict):
    """What each word did, and the sentence above them; no words while that is not known."""

    words: list[WordChange]
    said: str


class SortingMethod(WordChanges):
    """What one method makes of a text."""

    title: str
    measure: str
    stack: Literal["encoder", "decoder"]
    winner: int
    bars: list[LabelBar]


class ClassesHeader(TypedDict):
    """The header of a packet for the classes of a text, with the text they belong to."""

    text: str
    methods: list[SortingMethod]


classes = Component("classes", header=ClassesHeader)
