"""Texts sorted into classes by two models at once, and what each word did to the class of a text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from llm_core.applications.label_likelihood import score_labels
from llm_core.applications.label_scores import LabelScores, LabelTask, SimilarityScores
from llm_core.applications.label_similarity import compare_with_labels
from llm_core.applications.word_influence import WordInfluence, word_influence
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress


def sort_texts(
    decoder: LoadedModel,
    encoder: LoadedModel,
    task: LabelTask,
    descriptions: Sequence[str],
    texts: Sequence[str],
    *,
    progress: ProgressCallback = ignore_progress,
) -> tuple[tuple[LabelScores, ...], tuple[SimilarityScores, ...]]:
    """The scores of texts by label likelihood and by embedding similarity.

    Args:
        decoder: Says how likely each label is.
        encoder: Says how near each description is.
        task: How the decoder is asked.
        descriptions: What texts are compared with, one a label of the task.
        texts: What to sort.
        progress: Told as texts are read. What it raises stops the work.

    Raises:
        LlmCoreError: See :func:`score_labels` and :func:`compare_with_labels`.
    """
    near = compare_with_labels(encoder, task.labels, descriptions, texts)
    return score_labels(decoder, task, texts, progress=progress), near


def influences_of_words(
    decoder: LoadedModel,
    encoder: LoadedModel,
    task: LabelTask,
    descriptions: Sequence[str],
    text: str,
    *,
    progress: ProgressCallback = ignore_progress,
) -> tuple[WordInfluence, WordInfluence]:
    """What each word did for the class of a text, by likelihood and by similarity; arguments as :func:`sort_texts`."""

    def by_likelihood(texts: Sequence[str]) -> np.ndarray:
        return stacked(score_labels(decoder, task, texts, progress=progress))

    def by_similarity(texts: Sequence[str]) -> np.ndarray:
        return stacked(compare_with_labels(encoder, task.labels, descriptions, texts))

    return word_influence(text, by_likelihood), word_influence(text, by_similarity)


def stacked(scores: Sequence[LabelScores] | Sequence[SimilarityScores]) -> Float[np.ndarray, "text label"]:
    """The scores of texts as one array."""
    return np.stack([one.scores for one in scores])
