"""Passages ranked for a question, as records without torch and without the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int

from llm_core.applications.documents import Passage, sentences_of

WORD_WEIGHT = 0.2
"""Share of a passage's relevance that comes from the words it shares with the question; the rest comes from the cosine.

With a like share the right passage is the first for 44 of the 45 answered questions of the tuning half of
data/questions.json; by the cosine of whole passages alone it is for 42.
"""

NEEDED = 0.37
"""Below this relevance a question counts as not answered by the documents; chosen on the tuning half of
data/questions.json, where it lets 44 of the 45 answered questions through and holds back 23 of the 45 that no document
answers. Many of those ask for one more thing about what a document is on, such as who teaches the swimming lessons;
at 0.46 as many as 36 would be held back, and 8 answered ones said to be in no document."""

NEAR = 0.12
"""A further passage is read as well if its relevance is within this of the best one's."""

MOST_READ = 2
"""Passages that are read for an answer at most: each takes a second or two."""


@dataclass(frozen=True, eq=False)
class PassageVectors:
    """What an encoder makes of passages and of each of their sentences.

    Attributes:
        passages: Vectors of length 1, shape (passage d_model).
        sentences: Vectors of length 1, shape (sentence d_model).
        owners: Which passage each sentence belongs to, shape (sentence,).
    """

    passages: Float32[np.ndarray, "passage d_model"]
    sentences: Float32[np.ndarray, "sentence d_model"]
    owners: Int[np.ndarray, " sentence"]

    def __post_init__(self) -> None:
        if not np.array_equal(np.unique(self.owners), np.arange(len(self.passages))):
            raise ValueError(f"Expected sentences of each of {len(self.passages)} passages.")
        if len(self.sentences) != len(self.owners):
            raise ValueError(f"Expected {len(self.owners)} vectors of sentences, got {len(self.sentences)}.")

    @property
    def nbytes(self) -> int:
        """Bytes of the vectors."""
        return self.passages.nbytes + self.sentences.nbytes

    def cosines(self, asked: Float32[np.ndarray, " d_model"]) -> Float32[np.ndarray, " passage"]:
        """By passage, the mean of its own cosine with a vector and of that of its nearest sentence, from -1 to 1.

        A passage says what a question is about, a sentence whether it answers it.
        """
        nearest = np.full(len(self.passages), -1.0, np.float32)
        np.maximum.at(nearest, self.owners, (self.sentences @ asked).astype(np.float32))
        return np.asarray((self.passages @ asked + nearest) / 2, np.float32)


@dataclass(frozen=True, eq=False)
class Ranking:
    """The passages of a set of documents, ranked for a question.

    Attributes:
        question: The question.
        passages: All passages, in the order of the documents.
        cosines: How near each is to the question by the encoder, from -1 to 1; see :meth:`PassageVectors.cosines`.
        shared: How many of the question's words it holds, from 0 to 1, rare words counting more.
        needed: The relevance that the best passage needs to count as an answer.
        sentence_cosines: By passage, how near each of its sentences is to the question.
    """

    question: str
    passages: tuple[Passage, ...]
    cosines: Float32[np.ndarray, " passage"]
    shared: Float32[np.ndarray, " passage"]
    needed: float = NEEDED
    sentence_cosines: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        for array in (self.cosines, self.shared):
            if array.shape != (len(self.passages),):
                raise ValueError(f"Expected a number for each of {len(self.passages)} passages, got {array.shape}.")
            array.setflags(write=False)

    @property
    def relevance(self) -> Float32[np.ndarray, " passage"]:
        """What the passages are ranked by, at most 1: the cosine and, by :data:`WORD_WEIGHT`, the shared words."""
        return np.asarray((1 - WORD_WEIGHT) * self.cosines + WORD_WEIGHT * self.shared, np.float32)

    @property
    def order(self) -> Int[np.ndarray, " passage"]:
        """Numbers of the passages, the most relevant first; equally relevant ones as they come in the documents."""
        return np.argsort(-self.relevance, kind="stable")

    @property
    def best(self) -> Passage:
        """The most relevant passage."""
        return self.passages[int(self.order[0])]

    @property
    def answered(self) -> bool:
        """True if the best passage is as relevant as is needed."""
        return float(self.relevance.max()) >= self.needed

    @property
    def read(self) -> tuple[int, ...]:
        """Numbers of the passages that an answer is read from: the best and, where it is nearly as good, the next."""
        order, relevance = self.order[:MOST_READ], self.relevance
        best = float(relevance[order[0]])
        return tuple(int(place) for place in order if float(relevance[place]) >= best - NEAR)

    @property
    def sentence(self) -> tuple[int, str]:
        """The sentence nearest to the question, of the passages that are read, and the number of its passage."""
        sentences = [
            (cosine, -place, sentence)
            for place in self.read
            for cosine, sentence in zip(self.sentence_cosines[place], sentences_of(self.passages[place]), strict=True)
        ]
        _, place, sentence = max(sentences, key=lambda one: one[:2])
        return -place, sentence
