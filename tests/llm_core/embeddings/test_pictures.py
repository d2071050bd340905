"""What pictures of embeddings are asked of the library as one thing, against its parts."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import llm_core
from llm_core.embeddings.arithmetic import read_sum, steps_alike
from llm_core.embeddings.cloud_look import different_points, look_at_layer
from llm_core.embeddings.cloud_projection import project_at_once, project_in_steps
from llm_core.embeddings.likeness import kept_neighbours, likeness
from llm_core.embeddings.neighbours import nearest_tokens, rank_of
from llm_core.embeddings.point_cloud import PointCloud, cloud_of_vocabulary
from llm_core.embeddings.point_projections import project
from llm_core.embeddings.token_table import table_facts, table_kinds, token_table, vector_of, word_pieces
from llm_core.embeddings.word_way import follow_word
from llm_core.embeddings.words_beside import words_beside
from llm_core.embeddings.worked_sum import work_sum

SCALED = {"unit_length": True, "centre_layers": True}


@pytest.fixture(scope="module")
def table(minilm):
    return token_table(minilm)


def cloud_of(labels, vectors):
    vectors = np.array(vectors, np.float32)
    count = vectors.shape[1]
    return PointCloud(vectors, tuple(labels), np.zeros(count, int), ("one",), np.arange(count), np.arange(count))


def test_a_table_is_told_without_its_vectors(minilm, table, tiny):
    facts = table_facts(table)
    assert (facts.tokens, facts.width, facts.tied) == (*table.vectors.shape, table.tied)
    assert facts.median_norm == pytest.approx(float(np.median(table.norms)))
    assert table_kinds(minilm) == ("input",)
    assert table_kinds(tiny("gpt2")) == ("input",)
    assert table_kinds(tiny("gpt-neox")) == ("input", "output")


def test_words_beside_a_vector_have_their_ranks(minilm, table):
    pieces = word_pieces(minilm, "cat")
    vector = vector_of(table, pieces)
    beside = words_beside(
        minilm, table, vector, ["dog", "cat", "antidisestablishmentarianism", "\U0001f9ff"], own=pieces.ids
    )
    dog, cat, long = beside.found
    assert beside.unknown == ("\U0001f9ff",)
    assert dog.rank == rank_of(table, vector, dog.ids[0], leave_out=pieces.ids)
    assert (cat.rank, long.rank) == (None, None)
    assert cat.cosine == pytest.approx(1, abs=1e-5)
    assert len(long.ids) > 1
    assert dog.dot == pytest.approx(dog.cosine * dog.norm * np.linalg.norm(vector), rel=1e-4)


def test_a_worked_sum_has_its_neighbours_steps_and_arrows(minilm, table):
    worked = work_sum(minilm, table, read_sum("king - man + woman"), 7)
    made, found = worked.made, worked.found
    again = nearest_tokens(table, made.vector, 7, leave_out=made.ids, one_spelling=True)
    np.testing.assert_array_equal(found.ids, again.ids)
    assert worked.nearest_own.names == ("king",)
    assert worked.steps == steps_alike(table, made, int(found.ids[0]))
    assert worked.labels == ("king", "man", "woman", "the sum", *found.names[:5])
    assert worked.places.shape == (9, 2)
    assert (worked.words, worked.arrows) == (3, ((0, 4), (1, 2)))


def test_a_sum_that_is_not_of_two_steps_has_no_arrows_and_one_of_nothing_no_neighbours(minilm, table):
    twice = work_sum(minilm, table, read_sum("king + king"), 5, leave_out=False)
    assert (twice.words, twice.arrows, twice.nearest_own) == (1, (), None)
    nothing = work_sum(minilm, table, read_sum("king - king"), 5)
    assert not len(nothing.found.ids)
    assert nothing.labels == ("king", "the sum")


def test_a_word_is_followed_in_the_order_of_its_meanings(tiny):
    one, other = ("a", ("the cat sat", "a cat")), ("b", ("it was a cat",))
    model = tiny("bert")
    for meanings in ((one, other), (other, one)):
        followed = follow_word(model, "cat", meanings)
        assert followed.contexts.meanings == tuple(name for name, _ in meanings)
        rows = followed.contexts.directions(centred=True)
        np.testing.assert_array_equal(followed.way.points, project(rows.reshape(-1, rows.shape[-1])).points)


def test_a_layer_is_looked_at_as_it_was_projected():
    chooser = np.random.default_rng(0)
    cloud = cloud_of([f"word {place}" for place in range(70)] + [".", "⟨E2 82⟩"], chooser.normal(size=(2, 72, 8)))
    made = project_at_once(cloud, 2, **SCALED)
    places = cloud.points().by_layer(made)
    np.testing.assert_array_equal(places, cloud.by_layer(made))
    look = look_at_layer(cloud, 1, places[1], **SCALED)
    rows = cloud.rows(**SCALED).reshape(cloud.vectors.shape)[1]
    assert look.words == tuple(range(70))
    assert look.alike == likeness(rows[:70], list(cloud.labels[:70]))
    assert look.kept == kept_neighbours(places[1], rows)
    assert look_at_layer(cloud, 1, places[1], compare=False, **SCALED).alike is None


def test_points_without_length_are_counted_and_equal_ones_are_one():
    cloud = cloud_of(["a", "b", "c"], [[[0, 0], [1, 0], [1, 0]]])
    scaled = {"unit_length": True, "centre_layers": False}
    assert look_at_layer(cloud, 0, np.zeros((3, 2), np.float32), **scaled).directionless == 1
    assert different_points(cloud, 5, **scaled) == 2


def test_what_is_told_of_a_cloud_is_the_cloud_without_its_vectors(table):
    cloud = cloud_of_vocabulary(table, 50)
    points = cloud.points()
    assert (points.layers, points.width) == (1, table.vectors.shape[1])
    assert (points.labels, points.left_out) == (cloud.labels, cloud.left_out)
    np.testing.assert_array_equal(points.norms, cloud.norms)


def test_a_projection_tells_how_far_it_is_and_ends_with_whoever_waits():
    class GoneError(Exception):
        pass

    told = []

    def go_away(progress):
        told.append(progress)
        if progress.fraction >= 0.1:
            raise GoneError

    cloud = cloud_of([str(place) for place in range(8_000)], np.random.default_rng(0).normal(size=(1, 8_000, 10)))
    before = threading.active_count()
    with pytest.raises(GoneError):
        project_in_steps(cloud, "tsne", 2, progress=go_away, **SCALED)
    assert told
    deadline = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before, "its process is still at work"


def test_what_cannot_be_projected_is_said():
    with pytest.raises(llm_core.SelectionError, match="for tsne"):
        project_in_steps(cloud_of(["a", "b"], [[[0, 1], [1, 0]]]), "tsne", 2, unit_length=True, centre_layers=False)
