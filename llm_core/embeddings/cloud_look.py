"""What a picture of points says of one of its layers: which points are most alike, and how much the picture keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from llm_core.embeddings.likeness import KeptNeighbours, Likeness, kept_neighbours, likeness
from llm_core.embeddings.point_cloud import PointCloud
from llm_core.embeddings.point_projections import different


@dataclass(frozen=True)
class LayerLook:
    """One layer of a cloud beside its picture.

    Attributes:
        words: Which points are written words or pieces of such; the others are not compared.
        alike: How alike these are, their places counted within :attr:`words`; None if that was not asked for.
        kept: How many points keep their nearest neighbour in the picture; None where there are too few.
        directionless: How many points have a vector of length 0.
    """

    words: tuple[int, ...]
    alike: Likeness | None
    kept: KeptNeighbours | None
    directionless: int


def look_at_layer(
    cloud: PointCloud,
    layer: int,
    places: Float32[np.ndarray, "point dimension"],
    *,
    unit_length: bool,
    centre_layers: bool,
    compare: bool = True,
) -> LayerLook:
    """Compare the points of a layer with each other and with their picture.

    Args:
        cloud: The points.
        layer: Which of its layers.
        places: Where its points are drawn.
        unit_length: As the points were projected; see :meth:`llm_core.embeddings.point_cloud.PointCloud.rows`.
        centre_layers: As there.
        compare: Compare each word with each.
    """
    rows = cloud.rows(unit_length=unit_length, centre_layers=centre_layers).reshape(cloud.vectors.shape)[layer]
    words = tuple(place for place, label in enumerate(cloud.labels) if is_written(label))
    names = [spelling(cloud.labels[place]) for place in words]
    return LayerLook(
        words=words,
        alike=likeness(rows[list(words)], names) if compare else None,
        kept=kept_neighbours(places, rows),
        directionless=len(rows) - int(rows.any(axis=1).sum()),
    )


def different_points(cloud: PointCloud, enough: int, *, unit_length: bool, centre_layers: bool) -> int:
    """How many points of all layers differ, as far as ``enough``, as they would be projected."""
    return different(cloud.rows(unit_length=unit_length, centre_layers=centre_layers), enough)


def is_written(label: str) -> bool:
    """True for a token with a letter or digit; ⟨E2 82⟩ stands for bytes that are no character."""
    return not label.startswith("⟨") and any(letter.isalnum() for letter in label)


def spelling(label: str) -> str:
    """A label without its marks for spaces and pieces, whatever its capitals."""
    return label.strip("·… ").casefold()
