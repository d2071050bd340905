"""Lines put into groups by their vectors, and a name for each group: the words that set it apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Int
from numpy.typing import ArrayLike

from llm_core.errors import SelectionError

Method: TypeAlias = Literal["k-means", "agglomerative"]
METHODS: tuple[Method, ...] = ("agglomerative", "k-means")

FEWEST_LINES = 4
AS_GOOD = 0.01
"""Silhouettes that differ by no more count as equal: those of sentence vectors are low and nearly flat, and the highest
often belongs to two broad groups that say little. Among equals the finer grouping is taken."""

MOST_CLUSTERS = 12
NAME_WORDS = 3
_AUXILIARIES = frozenset(("did", "didn", "does", "doesn", "doing", "don", "just", "ll", "ve"))
"""Words without content that scikit-learn's list of them leaves out."""


@dataclass(frozen=True, eq=False)
class Clustering:
    """Lines in groups, the largest group first.

    Attributes:
        method: ``"k-means"`` (Lloyd 1982) or ``"agglomerative"`` (Ward 1963).
        clusters: Number of each line's group, from 0, shape (line,).
        names: A name for each group.
        silhouettes: By number of groups that was tried, the mean silhouette of all lines (Rousseeuw 1987), from -1
            to 1: how much nearer a line is to its own group than to the next.
        chosen: True if the number of groups comes from the silhouettes; False if it was asked for.
    """

    method: Method
    clusters: Int[np.ndarray, " line"]
    names: tuple[str, ...]
    silhouettes: dict[int, float]
    chosen: bool

    def __post_init__(self) -> None:
        if not np.array_equal(np.unique(self.clusters), np.arange(len(self.names))):
            raise ValueError(f"Expected lines in each of {len(self.names)} groups.")
        self.clusters.setflags(write=False)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many lines each group has."""
        return tuple(int(count) for count in np.bincount(self.clusters))


def cluster_lines(
    lines: Sequence[str], vectors: ArrayLike, *, count: int | None = None, method: Method = "agglomerative"
) -> Clustering:
    """Put lines into groups.

    Args:
        lines: The lines; only the names of the groups come from them.
        vectors: A vector of length 1 for each, shape (line d_model).
        count: Number of groups; None for the largest whose silhouette is within :data:`AS_GOOD` of the highest.
        method: One of :data:`METHODS`.

    Raises:
        SelectionError: There are too few different lines, the number of groups does not fit, or there is no such
            method.
    """
    points = np.asarray(vectors, dtype=np.float64)
    if points.ndim != 2 or len(points) != len(lines):
        raise ValueError(f"Expected a vector for each of {len(lines)} lines, got shape {points.shape}.")
    if method not in METHODS:
        raise SelectionError(f"Expected a method among {', '.join(METHODS)}, got {method!r}.")
    different = len(np.unique(points.round(6), axis=0))
    most = min(MOST_CLUSTERS, different - 1)
    if different < FEWEST_LINES:
        raise SelectionError(
            f"Expected at least {FEWEST_LINES} different lines to put into groups, got {different}. Add some."
        )
    if count is not None and not 2 <= count <= most:
        raise SelectionError(f"Expected 2 to {most} groups of {different} different lines, got {count}.")
    tried = {number: _groups(points, number, method) for number in range(2, most + 1)}
    silhouettes = {number: _silhouette(points, groups) for number, groups in tried.items()}
    highest = max(silhouettes.values())
    as_good = max(number for number, silhouette in silhouettes.items() if silhouette >= highest - AS_GOOD)
    clusters = _largest_first(tried[count or as_good])
    return Clustering(method, clusters, names_of(lines, clusters), silhouettes, count is None)


def names_of(lines: Sequence[str], clusters: Int[np.ndarray, " line"]) -> tuple[str, ...]:
    """Name each group by the words that set it apart: class-based TF-IDF (Grootendorst 2022, BERTopic).

    A word's weight is its share of the group's words times ``log(1 + A / f)``: ``A`` is the mean number of words in a
    group, ``f`` how often the word comes in all. Common words without content are left out.
    """
    counts = [Counter[str]() for _ in range(int(clusters.max()) + 1)]
    for line, cluster in zip(lines, clusters, strict=True):
        counts[int(cluster)].update(_words(line))
    everywhere: Counter[str] = sum(counts, Counter())
    mean = everywhere.total() / len(counts)
    names: list[str] = []
    for number, count in enumerate(counts):
        total = count.total()
        weights = {word: n / total * log(1 + mean / everywhere[word]) for word, n in count.items()}
        best = sorted(weights, key=lambda word: (-weights[word], word))[:NAME_WORDS]
        name = ", ".join(best) or f"group {number + 1}"
        names.append(name if name not in names else f"{name} ({number + 1})")
    return tuple(names)


def _words(line: str) -> list[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    found = re.findall(r"[^\W\d_]{2,40}", line.lower())
    return [word for word in found if word not in ENGLISH_STOP_WORDS and word not in _AUXILIARIES]


def _groups(points: np.ndarray, count: int, method: Method) -> np.ndarray:
    from sklearn.cluster import AgglomerativeClustering, KMeans

    if method == "k-means":
        return np.asarray(KMeans(count, n_init=10, random_state=0).fit_predict(points))
    return np.asarray(AgglomerativeClustering(count, linkage="ward").fit_predict(points))


def _silhouette(points: np.ndarray, groups: np.ndarray) -> float:
    from sklearn.metrics import silhouette_score

    distances = np.clip(1 - points @ points.T, 0, 2)
    np.fill_diagonal(distances, 0)
    return float(silhouette_score(distances, groups, metric="precomputed"))


def _largest_first(groups: np.ndarray) -> np.ndarray:
    """The same groups numbered by size; equally large ones by where they first come."""
    found, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = sorted(range(len(found)), key=lambda place: (-sizes[place], first[place]))
    number = {int(found[place]): rank for rank, place in enumerate(order)}
    return np.array([number[int(group)] for group in groups])
