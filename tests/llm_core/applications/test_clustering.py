"""Lines in groups, on vectors whose groups are known."""

from __future__ import annotations

import numpy as np
import pytest

from llm_core import SelectionError
from llm_core.applications.clustering import METHODS, cluster_lines, names_of

GROUPS = np.repeat([0, 1, 2], [6, 4, 3])
WORDS = ("red apple", "blue sea", "green grass")
LINES = [f"The {WORDS[group]} number {place}" for place, group in enumerate(GROUPS)]


def constructed(noise=0.1):
    random = np.random.default_rng(0)
    points = np.eye(8)[GROUPS] + random.normal(0, noise, (len(GROUPS), 8))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize("method", METHODS)
def test_separate_groups_are_found_with_their_number(method):
    found = cluster_lines(LINES, constructed(), method=method)
    assert found.clusters.tolist() == GROUPS.tolist()
    assert found.sizes == (6, 4, 3)
    assert found.chosen
    assert max(found.silhouettes, key=found.silhouettes.get) == 3
    assert [name.split(", ")[0] for name in found.names] == ["apple", "blue", "grass"]


def test_the_visitors_number_is_kept():
    found = cluster_lines(LINES, constructed(), count=5)
    assert (len(found.names), found.chosen) == (5, False)


def test_silhouettes_are_those_worked_by_hand():
    points = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [-1, 0.0]])
    with pytest.raises(SelectionError, match="at least 4 different lines"):
        cluster_lines(["a", "b", "c", "d", "e"], points)
    points = np.array([[1, 0], [0.8, 0.6], [0, 1], [0, -1.0]])
    found = cluster_lines(["a", "b", "c", "d"], points, count=3)
    # a and b together: cosine distance 0.2; b is nearest to c (0.4), a to c or d (1); alone in a group counts 0.
    assert found.clusters.tolist() == [0, 0, 1, 2]
    assert found.silhouettes[3] == pytest.approx(((1 - 0.2) / 1 + (0.4 - 0.2) / 0.4 + 0 + 0) / 4)


def test_a_name_is_made_of_words_that_are_rare_elsewhere():
    lines = ["ship sea wind", "ship sea", "train rail wind", "train wind"]
    names = names_of(lines, np.array([0, 0, 1, 1]))
    # Each group has mean 5 words in all; ship: 2/5 log(1 + 4.5/2); wind: 1/5 or 2/4 log(1 + 4.5/3).
    assert names[0].split(", ")[:2] == ["sea", "ship"]
    assert names[1].split(", ")[0] == "train"


def test_groups_of_lines_without_words_still_have_different_names():
    names = names_of(["1 2 3", "???", "the the"], np.array([0, 1, 2]))
    assert len(set(names)) == 3


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(SelectionError, match="2 to 12 groups"):
        cluster_lines(LINES, constructed(), count=13)
    with pytest.raises(SelectionError, match="different lines"):
        cluster_lines(["same"] * 20, np.ones((20, 4)) / 2)


@pytest.mark.usefixtures("unchecked_types")
def test_a_method_that_there_is_not_is_refused():
    with pytest.raises(SelectionError, match="method"):
        cluster_lines(LINES, constructed(), method="magic")


def test_lines_without_a_vector_are_grouped_without_a_warning():
    vectors = constructed()
    vectors[3] = 0
    assert len(cluster_lines(LINES, vectors).clusters) == len(LINES)
