"""Projections against scikit-learn, repeatable, and in a process that tells and can be stopped."""

from __future__ import annotations

import time

import numpy as np
import pytest

import llm_core
from llm_core.embeddings.point_cloud import PointCloud, cloud_of_texts, cloud_of_vocabulary, cloud_of_words
from llm_core.embeddings.point_projections import MOST_POINTS, project
from llm_core.embeddings.projection_job import ProjectionJob
from llm_core.embeddings.token_table import token_table

BLOBS = np.random.default_rng(0).normal(size=(60, 12)).astype(np.float32) + np.repeat(np.eye(3, 12) * 20, 20, axis=0)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_pca_is_that_of_scikit_learn(dimensions):
    from sklearn.decomposition import PCA

    fitted = PCA(dimensions, svd_solver="full")
    expected = fitted.fit_transform(BLOBS.astype(np.float64))
    made = project(BLOBS, "pca", dimensions)
    np.testing.assert_allclose(np.abs(made.points), np.abs(expected), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(made.explained, fitted.explained_variance_ratio_, rtol=1e-5)


def test_pca_by_hand():
    made = project([[0, 0], [2, 0], [4, 0], [6, 0.0]], "pca", 2)
    np.testing.assert_allclose(np.abs(made.points[:, 0]), [3, 1, 1, 3], atol=1e-6)
    np.testing.assert_allclose(made.explained, [1, 0], atol=1e-6)


@pytest.mark.parametrize("count", [1, 2])
def test_pca_of_one_or_two_points_is_drawn(count):
    made = project(BLOBS[:count], "pca", 3)
    assert made.points.shape == (count, 3)
    assert np.isfinite(made.points).all()
    assert np.isfinite(made.explained).all()


def test_equal_points_are_drawn_in_one_place():
    made = project(np.ones((5, 4)), "pca", 2)
    assert not made.points.any()


def test_tsne_is_that_of_scikit_learn_and_repeats():
    from sklearn.manifold import TSNE

    rows = BLOBS.astype(np.float32)
    expected = TSNE(2, perplexity=59 / 3, init="pca", random_state=3).fit_transform(rows)
    np.testing.assert_allclose(project(BLOBS, "tsne", seed=3).points, expected, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_groups_that_are_apart_stay_apart_and_the_seed_decides(method):
    made = ProjectionJob(BLOBS, method, seed=1).result()
    again = ProjectionJob(BLOBS, method, seed=1).result()
    np.testing.assert_array_equal(made.points, again.points)
    centres = made.points.reshape(3, 20, 2).mean(axis=1)
    spread = np.linalg.norm(made.points.reshape(3, 20, 2) - centres[:, None], axis=2).max()
    apart = min(np.linalg.norm(centres[one] - centres[other]) for one, other in ((0, 1), (0, 2), (1, 2)))
    assert apart > spread
    assert made.explained is None


@pytest.mark.parametrize(("method", "count"), [("tsne", 4), ("umap", 5)])
def test_the_fewest_points_are_enough(method, count):
    assert np.isfinite(ProjectionJob(BLOBS[:count], method, 3).result().points).all()


@pytest.mark.parametrize(
    ("vectors", "options", "says"),
    [
        (BLOBS, {"method": "lda"}, "Expected the method"),
        (BLOBS, {"dimensions": 4}, "Expected 2 or 3 dimensions"),
        (BLOBS[:3], {"method": "tsne"}, "Expected from 4 to 10,000"),
        (BLOBS[0], {}, "got shape"),
        (np.zeros((0, 4)), {}, "got shape"),
        (np.zeros((MOST_POINTS + 1, 1)), {}, "got shape"),
        (np.full((5, 4), np.nan), {}, "finite"),
        (np.ones((20, 4)), {"method": "tsne"}, "at least 4 different vectors for tsne, got 1"),
        (np.tile(np.eye(4, 6), (9, 1)), {"method": "umap"}, "at least 5 different vectors for umap, got 4"),
    ],
)
@pytest.mark.usefixtures("unchecked_types")
def test_what_cannot_be_projected_is_refused(vectors, options, says):
    with pytest.raises(llm_core.SelectionError, match=says):
        project(vectors, **options)
    with pytest.raises(llm_core.SelectionError, match=says):
        ProjectionJob(vectors, **{"method": "pca", **options})


def test_a_job_tells_how_far_it_is():
    told = []
    job = ProjectionJob(np.tile(BLOBS, (20, 1)) + np.arange(1200)[:, None] * 1e-3, "tsne")
    while not job.ended:
        told.append(job.progress)
        job.result(0.1)
    fractions = [step.fraction for step in told]
    assert fractions == sorted(fractions)
    assert any("step" in step.message and "of 1,000" in step.message for step in told)


def test_a_job_of_10000_points_can_be_stopped():
    job = ProjectionJob(np.random.default_rng(0).normal(size=(10_000, 20)), "tsne")
    deadline = time.monotonic() + 120
    while job.progress.fraction < 0.1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert job.progress.fraction >= 0.1
    job.stop()
    assert job.result(timeout=30) is None
    assert job.ended
    assert job.stopped


def test_pca_explains_as_much_in_a_job():
    made = ProjectionJob(BLOBS, "pca", 3).result()
    np.testing.assert_allclose(made.explained, project(BLOBS, "pca", 3).explained)


def test_the_tokens_of_texts_are_points_at_every_layer(minilm):
    traces = [llm_core.trace(minilm, text) for text in ("The cat sat.", "A dog ran home.")]
    cloud = cloud_of_texts(traces, "encoder")
    assert cloud.vectors.shape == (7, sum(len(trace.tokens) for trace in traces), 384)
    assert cloud.labels[:3] == ("[CLS]", "the", "cat")
    assert cloud.groups.tolist() == [0] * len(traces[0].tokens) + [1] * len(traces[1].tokens)
    np.testing.assert_array_equal(cloud.vectors[:, len(traces[0].tokens)], traces[1].residual_stream("encoder")[:, 0])
    words = cloud_of_texts(traces, "encoder", specials=False)
    assert words.positions.tolist() == [1, 2, 3, 4, 1, 2, 3, 4, 5]


def test_rows_hold_every_layer_in_order_and_can_be_scaled_and_centred(minilm):
    cloud = cloud_of_texts([llm_core.trace(minilm, "The cat sat.")], "encoder")
    plain = cloud.rows(unit_length=False, centre_layers=False)
    np.testing.assert_array_equal(plain[cloud.vectors.shape[1]], cloud.vectors[1, 0])
    unit = cloud.rows(unit_length=True, centre_layers=False)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, rtol=1e-5)
    centred = cloud.rows(unit_length=True, centre_layers=True).reshape(cloud.vectors.shape)
    np.testing.assert_allclose(centred.mean(axis=1), 0, atol=1e-6)
    placed = cloud.by_layer(project(centred.reshape(-1, 384)))
    assert placed.shape == (7, 6, 2)


def test_long_texts_are_cut_to_what_can_be_projected(tiny):
    trace = llm_core.trace(tiny("llama"), "The cat sat on the mat. " * 10)
    cloud = cloud_of_texts([trace] * 60, "decoder")
    assert cloud.vectors.shape[1] == MOST_POINTS // 4
    assert cloud.left_out == 60 * len(trace.tokens) - MOST_POINTS // 4


def test_words_of_ones_own_are_points(smollm2):
    table = token_table(smollm2)
    cloud = cloud_of_words(smollm2, table, [["cat", "dog"], ["antidisestablishmentarianism", " "]])
    assert cloud.labels == ("cat", "dog", "antidisestablishmentarianism")
    assert cloud.groups.tolist() == [0, 0, 1]
    assert cloud.ids[2] == -1
    np.testing.assert_array_equal(cloud.vectors[0, 0], table.vectors[cloud.ids[0]])
    with pytest.raises(llm_core.SelectionError, match="at least one word"):
        cloud_of_words(smollm2, table, [[" "]])


def test_words_that_come_again_are_one_point_and_unknown_ones_are_left_out(tiny):
    model = tiny("bert")
    table = token_table(model)
    cloud = cloud_of_words(model, table, [["cat", "Cat", "漢"], ["the", "cat", "漢字"]])
    assert (cloud.labels, cloud.groups.tolist()) == (("cat", "the"), [0, 1])
    assert (cloud.repeated, cloud.unknown, cloud.left_out) == (2, ("漢", "漢字"), 0)
    with pytest.raises(llm_core.TextError, match="knows nothing of “漢”"):
        cloud_of_words(model, table, [["漢"]])
    long = cloud_of_words(model, table, [["cat"] * 3000])
    assert (len(long.labels), long.repeated, long.left_out) == (1, 1999, 1000)


def test_what_is_left_after_the_mean_of_equal_vectors_is_nothing(tiny):
    trace = llm_core.trace(tiny("llama"), "the the the the the the")
    cloud = cloud_of_texts([trace], "decoder")
    same = [place for place, number in enumerate(cloud.ids) if number == cloud.ids[-1]]
    rows = cloud.rows(unit_length=True, centre_layers=True).reshape(cloud.vectors.shape)[0]
    if len(same) == len(cloud.ids):
        assert not rows.any()
    assert np.isfinite(rows).all()


def test_a_sample_of_the_vocabulary_is_spread_over_all_of_it(smollm2):
    table = token_table(smollm2)
    cloud = cloud_of_vocabulary(table, 10_000)
    assert cloud.vectors.shape == (1, 10_000, 576)
    assert len(set(cloud.ids.tolist())) == 10_000
    assert all(label.startswith("·") and label[1:].isalpha() for label in cloud.labels)
    assert cloud.ids.min() < 400
    assert cloud.ids.max() > 48_000
    pieces = cloud_of_vocabulary(table, 100, whole_words=False)
    assert not all(label[1:].isalpha() for label in pieces.labels)


@pytest.mark.usefixtures("unchecked_types")
@pytest.mark.parametrize("count", [0, 10_001, "x"])
def test_a_sample_of_the_vocabulary_of_no_possible_size_is_refused(minilm, count):
    with pytest.raises(llm_core.SelectionError, match=r"from 1 to 10,000"):
        cloud_of_vocabulary(token_table(minilm), count)


def test_nothing_to_draw_is_said(minilm):
    with pytest.raises(llm_core.SelectionError, match="at least one text"):
        cloud_of_texts([], "encoder")
    with pytest.raises(llm_core.SelectionError, match="Expected a stack"):
        cloud_of_texts([llm_core.trace(minilm, "Hi")], "decoder")


def test_clouds_check_their_shapes():
    with pytest.raises(ValueError, match="2 points"):
        PointCloud(
            np.zeros((1, 2, 3), np.float32), ("a",), np.zeros(2, int), ("s",), np.zeros(2, int), np.zeros(2, int)
        )
