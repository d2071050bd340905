"""Which passage answers a question? Cosine of the vectors that an encoder makes of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int

from llm_core.applications.documents import Passage
from llm_core.applications.text_vectors import text_vectors
from llm_core.errors import EmptyTextError
from llm_core.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress

NEEDED = 0.41
"""Below this cosine a question counts as not answered by the documents.

Chosen for minilm-l6 on the 27 answered and 26 unanswered questions of benchmarks/threshold_questions.py: it puts 51 of
the 53 on the right side. Answered ones reach 0.27 to 0.80 (median 0.56), unanswered ones 0.09 to 0.54 (median 0.28).
Adding the share of the question's words that stand in the passage separated them no better at any weight.
"""

NEAR = 0.08
"""A further passage is read as well if its cosine is within this of the best one's."""

MOST_READ = 2
"""Passages that are read for an answer at most: with more, a model of 135 million parameters loses the thread."""

MOST_QUESTION = 1_000
"""Characters of a question."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """The passages of a set of documents, ranked for a question.

    Attributes:
        question: The question.
        passages: All passages, in the order of the documents.
        similarities: Cosine of each with the question, from -1 to 1, shape (passage,).
        needed: The cosine that the best passage needs to count as an answer.
    """

    question: str
    passages: tuple[Passage, ...]
    similarities: Float32[np.ndarray, " passage"]
    needed: float = NEEDED

    def __post_init__(self) -> None:
        if self.similarities.shape != (len(self.passages),):
            raise ValueError(f"Expected {len(self.passages)} similarities, got shape {self.similarities.shape}.")
        self.similarities.setflags(write=False)

    @property
    def order(self) -> Int[np.ndarray, " passage"]:
        """Numbers of the passages, the most similar first; equally similar ones as they come in the documents."""
        return np.argsort(-self.similarities, kind="stable")

    @property
    def best(self) -> Passage:
        """The most similar passage."""
        return self.passages[int(self.order[0])]

    @property
    def answered(self) -> bool:
        """True if the best passage is as similar as is needed."""
        return float(self.similarities.max()) >= self.needed

    @property
    def read(self) -> tuple[int, ...]:
        """Numbers of the passages that an answer is read from: the best and, where it is nearly as good, the next."""
        order = self.order[:MOST_READ]
        best = float(self.similarities[order[0]])
        return tuple(int(place) for place in order if float(self.similarities[place]) >= best - NEAR)


def passage_vectors(
    model: LoadedModel, passages: Sequence[Passage], *, progress: ProgressCallback = ignore_progress
) -> Float32[np.ndarray, "passage d_model"]:
    """A vector of length 1 for each passage; see :func:`llm_core.applications.text_vectors.text_vectors`."""
    return text_vectors(model, [passage.text for passage in passages], progress=progress)


def rank(
    model: LoadedModel,
    question: str,
    passages: Sequence[Passage],
    vectors: Float32[np.ndarray, "passage d_model"],
    *,
    needed: float = NEEDED,
) -> Ranking:
    """Rank passages for a question.

    Args:
        model: The encoder that made the vectors.
        question: What is asked; the first :data:`MOST_QUESTION` characters count.
        passages: Where the answer is looked for.
        vectors: From :func:`passage_vectors`.
        needed: The cosine below which the documents count as silent.

    Raises:
        EmptyTextError: There is no question.
    """
    if not question.strip():
        raise EmptyTextError("Expected a question, got none. Type one.")
    asked = text_vectors(model, [question[:MOST_QUESTION]])[0]
    return Ranking(question, tuple(passages), np.asarray(vectors @ asked, dtype=np.float32), needed)
