"""Which words of a text decided its class: leave each out and see how the lead of the winning label changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64

from llm_core.errors import EmptyTextError

Scorer: TypeAlias = Callable[[Sequence[str]], np.ndarray]
"""Gives the scores of texts, shape (text label): what is compared between labels, such as cosines."""

MOST_WORDS = 30
"""So many words are left out, one at a time; further ones stay unexamined."""


@dataclass(frozen=True, eq=False)
class WordInfluence:
    """What each word did for the class of its text (leave-one-out, as in Li et al. 2016, "erasure").

    Attributes:
        text: The text.
        spans: Each word as first and one past last character.
        winner: The label with the highest score for the whole text.
        rival: The label with the next.
        lead: The winner's score minus the rival's.
        changes: By how much that lead is larger with the word than without it, shape (word,): above zero the word
            speaks for the winner, below it speaks against.
        unexamined: How many words at the end were not looked at.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    winner: int
    rival: int
    lead: float
    changes: Float64[np.ndarray, " word"]
    unexamined: int

    def __post_init__(self) -> None:
        if self.changes.shape != (len(self.spans),):
            raise ValueError(f"Expected a change for each of {len(self.spans)} words, got {self.changes.shape}.")
        self.changes.setflags(write=False)

    @property
    def most_for(self) -> int | None:
        """The word that speaks most for the winner: the largest change above zero; None if no word speaks for it."""
        best = int(self.changes.argmax())
        return best if self.changes[best] > 0 else None

    @property
    def most_against(self) -> int | None:
        """The word that speaks most against the winner: the lowest change below zero; None if none does."""
        worst = int(self.changes.argmin())
        return worst if self.changes[worst] < 0 else None

    def turns(self, word: int) -> bool:
        """True if the winner would not lead the rival without a word."""
        return float(self.changes[word]) >= self.lead

    @property
    def words(self) -> tuple[str, ...]:
        """The words."""
        return tuple(self.text[start:end] for start, end in self.spans)


def word_influence(text: str, scorer: Scorer) -> WordInfluence:
    """Leave out each word in turn.

    Args:
        text: The text.
        scorer: Scores texts; it is asked once, for the whole text and for each shorter one.

    Raises:
        EmptyTextError: There is no word in it.
    """
    found = [word.span() for word in re.finditer(r"\S+", text)]
    if not found:
        raise EmptyTextError("Expected a text with words, got none. Type a few.")
    spans = found[:MOST_WORDS]
    scores = scorer([text, *(_without(text, span) for span in spans)])
    order = np.argsort(-scores[0], kind="stable")
    winner, rival = int(order[0]), int(order[1])
    leads = (scores[:, winner] - scores[:, rival]).astype(np.float64)
    return WordInfluence(
        text, tuple(spans), winner, rival, float(leads[0]), leads[0] - leads[1:], len(found) - len(spans)
    )


def _without(text: str, span: tuple[int, int]) -> str:
    return " ".join((text[: span[0]] + " " + text[span[1] :]).split())
