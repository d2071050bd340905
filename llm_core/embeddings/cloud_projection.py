"""Projections of a cloud of points: PCA at once, t-SNE and UMAP in a process that can be ended."""

from __future__ import annotations

from llm_core.embeddings.point_cloud import PointCloud
from llm_core.embeddings.point_projections import Method, Projection, project
from llm_core.embeddings.projection_job import ProjectionJob
from llm_core.progress import ProgressCallback, ignore_progress

SEED = 0
TELLING_SECONDS = 0.1


def project_at_once(cloud: PointCloud, dimensions: int, *, unit_length: bool, centre_layers: bool) -> Projection:
    """The PCA of the points of all layers.

    Args:
        cloud: The points.
        dimensions: 2 or 3.
        unit_length: As for :meth:`llm_core.embeddings.point_cloud.PointCloud.rows`.
        centre_layers: As there.

    Raises:
        SelectionError: The points cannot be projected.
    """
    rows = cloud.rows(unit_length=unit_length, centre_layers=centre_layers)
    return project(rows, "pca", dimensions, seed=SEED)


def project_in_steps(
    cloud: PointCloud,
    method: Method,
    dimensions: int,
    *,
    unit_length: bool,
    centre_layers: bool,
    progress: ProgressCallback = ignore_progress,
) -> Projection:
    """Project the points of all layers with a method that takes from seconds to minutes.

    Args:
        cloud: The points.
        method: As for :func:`llm_core.embeddings.point_projections.project`.
        dimensions: 2 or 3.
        unit_length: As for :meth:`llm_core.embeddings.point_cloud.PointCloud.rows`.
        centre_layers: As there.
        progress: Told ten times a second. What it raises ends the process that works.

    Raises:
        SelectionError: The points cannot be projected with this method.
    """
    rows = cloud.rows(unit_length=unit_length, centre_layers=centre_layers)
    job = ProjectionJob(rows, method, dimensions, seed=SEED)
    try:
        while (made := job.result(TELLING_SECONDS)) is None:
            progress(job.progress)
    finally:
        job.stop()
    return made
