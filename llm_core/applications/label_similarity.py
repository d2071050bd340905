"""Classes by an encoder: the label whose description is nearest to the text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llm_core.applications.label_scores import MOST_TEXT, SimilarityScores, check_labels
from llm_core.applications.text_vectors import text_vectors
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress


def compare_with_labels(
    model: LoadedModel,
    labels: Sequence[str],
    descriptions: Sequence[str],
    texts: Sequence[str],
    *,
    progress: ProgressCallback = ignore_progress,
) -> tuple[SimilarityScores, ...]:
    """Compare texts with descriptions of the labels.

    Args:
        model: An encoder, best one trained to bring sentences of like meaning together.
        labels: Names of the classes.
        descriptions: One a label: a sentence such as a text of that class might say works better than a bare name.
        texts: What to sort; only the first :data:`llm_core.applications.label_scores.MOST_TEXT` characters count.
        progress: Told as texts are read. What it raises stops the work.

    Raises:
        SelectionError: The labels cannot be used.
        UnsupportedModelError: The model is no encoder.
    """
    check_labels(labels, descriptions)
    vectors = text_vectors(model, [*descriptions, *(text[:MOST_TEXT] for text in texts)], progress=progress)
    known, read = vectors[: len(labels)], vectors[len(labels) :]
    return tuple(
        SimilarityScores(tuple(labels), tuple(descriptions), text, np.asarray(known @ vector))
        for text, vector in zip(texts, read, strict=True)
    )
