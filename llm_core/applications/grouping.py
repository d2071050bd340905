"""Many lines put into groups by an encoder, with all that is shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from llm_core.applications.clustering import Clustering, Method, cluster_lines
from llm_core.embeddings.point_projections import project
from llm_core.embeddings.sentence_vectors import SentenceVectors, pooling_of

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

MOST_COMPARED = 40
"""So many lines, group by group, are compared with each other."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """Lines in groups.

    Attributes:
        found: The groups.
        points: Where each line stands on the map, shape (line 2); see
            :func:`llm_core.embeddings.point_projections.project`.
        typical: Cosine of each line with the middle of its group, shape (line,).
        compared: The first lines, group by group, to be compared with each other.
    """

    found: Clustering
    points: Float32[np.ndarray, "line 2"]
    typical: Float32[np.ndarray, " line"]
    compared: SentenceVectors


def group_lines(
    model: LoadedModel,
    lines: Sequence[str],
    vectors: Float32[np.ndarray, "line d_model"],
    *,
    count: int | None,
    method: Method,
) -> Grouping:
    """Put lines into groups; see :func:`llm_core.applications.clustering.cluster_lines`.

    Args:
        model: The encoder that made the vectors.
        lines: The lines.
        vectors: From :func:`llm_core.applications.text_vectors.text_vectors`.
        count: Number of groups; None lets the silhouettes choose.
        method: How groups are made.

    Raises:
        SelectionError: The lines cannot be put into so many groups.
    """
    found = cluster_lines(lines, vectors, count=count, method=method)
    order = np.argsort(found.clusters, kind="stable")[:MOST_COMPARED]
    pooling, stated = pooling_of(model)
    return Grouping(
        found=found,
        points=project(vectors, "pca").points,
        typical=_with_middles(vectors, found),
        compared=SentenceVectors(
            model.spec.name, tuple(lines[place] for place in order), np.array(vectors[order]), pooling, stated
        ),
    )


def _with_middles(vectors: np.ndarray, found: Clustering) -> np.ndarray:
    """Cosine of each line with the middle of its group, shape (line,)."""
    middles = np.stack([vectors[found.clusters == number].mean(axis=0) for number in range(len(found.names))])
    near = (vectors * middles[found.clusters]).sum(axis=1)
    return np.asarray(near / np.maximum(np.linalg.norm(middles[found.clusters], axis=1), 1e-9), np.float32)
