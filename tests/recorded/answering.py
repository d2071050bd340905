"""Packets for an answer from documents."""

from __future__ import annotations

import numpy as np

from llm_core.applications.documents import Document, split_passages
from llm_core.applications.rankings import Ranking
from llm_core.applications.readings import PassageAttention
from llm_core.text.tokens import Token
from pages.shared.applications.answer_view import Answered, packet


def _tokens(*words: str) -> tuple[Token, ...]:
    return tuple(Token(place, word, word) for place, word in enumerate(words))


def ranking_of(*documents: str) -> Ranking:
    """A question with its passages: the third is the nearest, then the first; the second is below what is needed."""
    passages = split_passages(
        [Document(name, text) for name, text in zip(documents, ("a dozen", "weather", "it costs"), strict=True)]
    )
    relevance = np.array([0.57, 0.25, 0.6], np.float32)
    return Ranking("What does it cost?", passages, relevance, relevance.copy())


def attention_to_passages() -> PassageAttention:
    """What "is twelve" looked at in the two passages that were read."""
    return PassageAttention(
        answer=_tokens("is", "twelve"),
        tokens=(_tokens("it", "costs"), _tokens("dozen")),
        positions=((4, 5), (9,)),
        weights=(
            np.array([[0.25, 0.25], [0.05, 0.15]], np.float32),
            np.array([[0.1], [0.6]], np.float32),
        ),
        first=np.array([0.3, 0.1], np.float32),
        written=np.array([0.0, 0.2], np.float32),
    )


def answered() -> Answered:
    """The same, with where these passages stand in the ranking."""
    return Answered((2, 0), attention_to_passages())


def two_passages() -> bytes:
    """An answer of two tokens from two of three passages."""
    return packet(ranking_of("prices", "rain", "shop"), answered())


PACKETS = {"answering-two-passages": two_passages}
