"""Which passage answers a question? Its nearness by an encoder, and the words it shares with the question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llm_core.applications.documents import Passage, sentences_of
from llm_core.applications.rankings import NEEDED, PassageVectors, Ranking
from llm_core.applications.shared_words import shared_words
from llm_core.applications.text_vectors import text_vectors
from llm_core.errors import EmptyTextError
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress

MOST_QUESTION = 1_000
"""Characters of a question."""


def passage_vectors(
    model: LoadedModel, passages: Sequence[Passage], *, progress: ProgressCallback = ignore_progress
) -> PassageVectors:
    """Vectors of passages and of their sentences; see :func:`llm_core.applications.text_vectors.text_vectors`."""
    sentences = [(place, sentence) for place, passage in enumerate(passages) for sentence in sentences_of(passage)]
    texts = [*(passage.text for passage in passages), *(sentence for _, sentence in sentences)]
    # A passage of one sentence is read once.
    different = list(dict.fromkeys(texts))
    vectors = dict(zip(different, text_vectors(model, different, progress=progress), strict=True))
    return PassageVectors(
        np.stack([vectors[passage.text] for passage in passages]),
        np.stack([vectors[sentence] for _, sentence in sentences]),
        np.array([place for place, _ in sentences]),
    )


def rank(
    model: LoadedModel,
    question: str,
    passages: Sequence[Passage],
    vectors: PassageVectors,
    *,
    needed: float = NEEDED,
) -> Ranking:
    """Rank passages for a question.

    Args:
        model: The encoder that made the vectors.
        question: What is asked; the first :data:`MOST_QUESTION` characters count.
        passages: Where the answer is looked for.
        vectors: From :func:`passage_vectors`.
        needed: The relevance below which the documents count as silent.

    Raises:
        EmptyTextError: There is no question.
    """
    if not question.strip():
        raise EmptyTextError("Expected a question, got none. Type one.")
    asked = question[:MOST_QUESTION]
    vector = text_vectors(model, [asked])[0]
    near = (vectors.sentences @ vector).tolist()
    by_passage: list[list[float]] = [[] for _ in passages]
    for owner, cosine in zip(vectors.owners.tolist(), near, strict=True):
        by_passage[owner].append(cosine)
    return Ranking(
        question,
        tuple(passages),
        vectors.cosines(vector),
        shared_words(asked, passages),
        needed,
        tuple(map(tuple, by_passage)),
    )
