"""Many numbers to two or three, so that vectors can be drawn as points."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal, TextIO, TypeAlias, get_args

import numpy as np
from jaxtyping import Float32
from numpy.typing import ArrayLike

from llm_core.errors import SelectionError

Method: TypeAlias = Literal["pca", "tsne", "umap"]

MOST_POINTS = 10_000
FEWEST_POINTS: dict[Method, int] = {"pca": 1, "tsne": 4, "umap": 5}
"""So many different points a method needs."""

NO_VARIANCE = 1e-12
"""A smaller share of the variance is none."""

WIDTH_BEFORE_NEIGHBOURS = 50
"""t-SNE and UMAP look for neighbours among this many principal components, as their authors advise."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Points in a plane or in space.

    Attributes:
        method: ``"pca"``, ``"tsne"`` or ``"umap"``.
        points: Shape (point dimension), in the order of the vectors.
        explained: For PCA, the share of the variance along each dimension, from 0 to 1; None for the others, whose
            axes and far distances mean nothing.
        seed: What the random numbers began with; the same seed gives the same picture.
    """

    method: Method
    points: Float32[np.ndarray, "point dimension"]
    explained: tuple[float, ...] | None
    seed: int

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] not in (2, 3):
            raise ValueError(f"Expected points (point dimension) in 2 or 3 dimensions, got {self.points.shape}.")
        self.points.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """Bytes of the points."""
        return self.points.nbytes


def project(
    vectors: ArrayLike, method: Method = "pca", dimensions: int = 2, *, seed: int = 0, narrate: TextIO | None = None
) -> Projection:
    """Project vectors; the same vectors and seed give the same points.

    t-SNE and UMAP take from seconds to minutes: :class:`llm_core.embeddings.projection_job.ProjectionJob` runs this
    in a process of its own, which tells how far it is and can be stopped.

    Args:
        vectors: Shape (point d_model), at most :data:`MOST_POINTS` of them.
        method: ``"pca"`` (Pearson 1901), ``"tsne"`` (van der Maaten and Hinton 2008) or ``"umap"``
            (McInnes, Healy and Melville 2018).
        dimensions: 2 or 3.
        seed: For the random numbers of t-SNE and UMAP.
        narrate: Where t-SNE and UMAP write how far they are, in words of their own.

    Raises:
        SelectionError: There is no such method, the dimensions are neither 2 nor 3, or the vectors are too few, too
            many, too much alike, or not finite.
    """
    rows = check_vectors(vectors, method, dimensions)
    if method == "pca":
        return _pca(rows, dimensions, seed)
    if rows.shape[1] > WIDTH_BEFORE_NEIGHBOURS < len(rows):
        rows = _principal_components(rows, WIDTH_BEFORE_NEIGHBOURS)[0]
    run = _tsne if method == "tsne" else _umap
    return Projection(method, np.ascontiguousarray(run(rows, dimensions, seed, narrate), np.float32), None, seed)


def check_vectors(vectors: ArrayLike, method: Method, dimensions: int) -> Float32[np.ndarray, "point d_model"]:
    """The vectors as an array, after making sure that they can be projected; see :func:`project`."""
    rows = np.asarray(vectors, dtype=np.float32)
    if method not in get_args(Method):
        raise SelectionError(f"Expected the method “pca”, “tsne” or “umap”, got {method!r}.")
    if dimensions not in (2, 3):
        raise SelectionError(f"Expected 2 or 3 dimensions, got {dimensions!r}.")
    fewest = FEWEST_POINTS[method]
    if rows.ndim != 2 or not fewest <= len(rows) <= MOST_POINTS or not rows.shape[1]:
        raise SelectionError(
            f"Expected from {fewest} to {MOST_POINTS:,} vectors (point d_model) for {method}, "
            f"got shape {rows.shape}. Take more words, or a longer text."
        )
    if not np.isfinite(rows).all():
        raise SelectionError("Expected vectors of finite numbers, got some that are not.")
    if different(rows, fewest) < fewest:
        raise SelectionError(
            f"Expected at least {fewest} different vectors for {method}, got {different(rows, fewest)}. "
            "Take more words, or a longer text."
        )
    return rows


def different(rows: Float32[np.ndarray, "point d_model"], enough: int) -> int:
    """How many vectors are different, as far as ``enough``."""
    seen: set[bytes] = set()
    for row in rows:
        # Minus nought is nought.
        seen.add((row + 0.0).tobytes())
        if len(seen) == enough:
            break
    return len(seen)


def _pca(rows: np.ndarray, dimensions: int, seed: int) -> Projection:
    points, shares = _principal_components(rows, dimensions)
    return Projection("pca", np.ascontiguousarray(points, np.float32), tuple(float(share) for share in shares), seed)


def _principal_components(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates and shares of variance along as many components as there are, with zeros for the rest."""
    from sklearn.decomposition import PCA

    points, shares = np.zeros((len(rows), count)), np.zeros(count)
    kept = min(count, *rows.shape)
    centred = rows - rows.mean(axis=0)
    if len(rows) > 1 and centred.any():
        # In double precision, since a text's vectors may differ by thousands along one direction alone.
        fitted = PCA(kept, svd_solver="full" if len(rows) <= 1000 else "covariance_eigh")
        points[:, :kept] = fitted.fit_transform(centred.astype(np.float64))
        # What is left of directions that the points do not have is rounding.
        shares[:kept] = np.where(fitted.explained_variance_ratio_ < NO_VARIANCE, 0, fitted.explained_variance_ratio_)
    return points, shares


def _tsne(rows: np.ndarray, dimensions: int, seed: int, narrate: TextIO | None) -> np.ndarray:
    from contextlib import nullcontext, redirect_stdout

    from sklearn.manifold import TSNE

    fitted = TSNE(
        dimensions,
        perplexity=min(30.0, (len(rows) - 1) / 3),
        init="pca" if min(rows.shape) >= dimensions else "random",
        random_state=seed,
        verbose=2 if narrate else 0,
    )
    with redirect_stdout(narrate) if narrate else nullcontext():
        return np.asarray(fitted.fit_transform(rows))


def _umap(rows: np.ndarray, dimensions: int, seed: int, narrate: TextIO | None) -> np.ndarray:
    from contextlib import nullcontext, redirect_stdout

    with warnings.catch_warnings():
        # It says that tensorflow, which one of its classes would need, is not here.
        warnings.simplefilter("ignore", ImportWarning)
        from umap import UMAP

    fitted = UMAP(
        n_neighbors=min(15, len(rows) - 1),
        n_components=dimensions,
        # The spectral start needs far more points than dimensions.
        init="spectral" if len(rows) > 20 else "random",
        random_state=seed,
        n_jobs=1,
        verbose=narrate is not None,
        tqdm_kwds={"disable": narrate is None, "file": narrate},
    )
    with redirect_stdout(narrate) if narrate else nullcontext(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Spectral initialisation failed")
        return np.asarray(fitted.fit_transform(rows))
