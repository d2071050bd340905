"""Questions with known answers about the shipped documents, half of them kept aside, and when an answer is right."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from llm_core.errors import BrokenDataError

FILE = Path(__file__).parent / "data" / "questions.json"

MOST_FURTHER = 8
"""A right answer has no more words beside the accepted ones: a whole paragraph that holds them is no answer."""

Half: TypeAlias = Literal["tuning", "kept aside"]

_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: str(number) for number, word in enumerate(_COUNTED, 1)}
_ARTICLES = frozenset(("a", "an", "the"))


@dataclass(frozen=True)
class KnownQuestion:
    """A question with the answers that count as right.

    Attributes:
        question: The question.
        document: The document that answers it; empty if none does.
        sentence: The sentence of it that holds the answer; empty if there is none.
        accepted: Answers of which one has to stand in a right answer; none if no document answers the question.
    """

    question: str
    document: str = ""
    sentence: str = ""
    accepted: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """True if a document answers it."""
        return bool(self.accepted)

    def is_right(self, answer: str | None, most_further: int = MOST_FURTHER) -> bool:
        """True of an answer that holds an accepted one and at most so many words more; None is silence."""
        if answer is None or not self.accepted:
            return answer is None and not self.accepted
        words = normalised(answer)
        return any(
            words[at : at + len(wanted)] == wanted and len(words) <= len(wanted) + most_further
            for wanted in map(normalised, self.accepted)
            for at in range(len(words))
        )


def known_questions(half: Half) -> tuple[KnownQuestion, ...]:
    """The questions of a half: in each list of the file, even places were used for tuning and odd ones kept aside.

    Raises:
        BrokenDataError: The file cannot be read.
    """
    first = 0 if half == "tuning" else 1
    try:
        read = json.loads(FILE.read_text(encoding="utf-8"))
        answered = [
            KnownQuestion(one["question"], one["document"], one["sentence"], tuple(one["accepted"]))
            for one in read["answered"][first::2]
        ]
        return (*answered, *(KnownQuestion(question) for question in read["unanswered"][first::2]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenDataError(f"Expected {FILE.name} as questions: {error}. Install the app again.") from error


def normalised(text: str) -> list[str]:
    """Words in small letters without articles and punctuation, small numbers as digits: "Ten books." as 10, books."""
    found = re.findall(r"\w+(?:[:.,'’-]\w+)*", text.lower())
    return [_NUMBERS.get(word, word) for word in found if word not in _ARTICLES]
