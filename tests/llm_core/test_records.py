"""Attention from queries and keys, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.recording.masks import causal_mask, compact_mask, full_mask
from llm_core.recording.records import AttentionRecord, DenseBias, StoredAttention, ToeplitzBias

LN2, LN3 = np.log(2.0), np.log(3.0)


def record(scores, *, mask=None, **options):
    """A record whose dot products are exactly the given scores (head query key)."""
    scores = np.asarray(scores, np.float32)
    heads, queries, keys = scores.shape
    return AttentionRecord(
        query=scores.copy(),
        key=np.stack([np.eye(keys, dtype=np.float32)] * heads),
        value=np.ones((heads, keys, 2), np.float32),
        mask=mask or full_mask(queries, keys),
        **{"scaling": 1.0, **options},
    )


def test_weights_are_the_softmax_of_scaled_scores():
    weights = record([[[0, LN3], [LN2, 0]]]).weights()
    np.testing.assert_allclose(weights, [[[1 / 4, 3 / 4], [2 / 3, 1 / 3]]], rtol=1e-6)
    halved = record([[[0, 2 * LN3]]], scaling=0.5).weights()
    np.testing.assert_allclose(halved, [[[1 / 4, 3 / 4]]], rtol=1e-6)


def test_what_a_mask_closes_gets_nothing():
    weights = record([[[9, 99], [0, LN3]]], mask=causal_mask(2, 2)).weights()
    np.testing.assert_allclose(weights, [[[1, 0], [1 / 4, 3 / 4]]], rtol=1e-6)


def test_query_heads_share_the_keys_of_their_group():
    query = np.ones((4, 1, 1), np.float32)
    key = np.array([[[0.0], [LN3]], [[LN3], [0.0]]], np.float32)
    grouped = AttentionRecord(query=query, key=key, value=key, mask=full_mask(1, 2), scaling=1.0)
    assert (grouped.heads, grouped.key_value_heads) == (4, 2)
    first, second = [1 / 4, 3 / 4], [3 / 4, 1 / 4]
    np.testing.assert_allclose(grouped.weights()[:, 0], [first, first, second, second], rtol=1e-6)
    np.testing.assert_allclose(grouped.weights(heads=[2, 1])[:, 0], [second, first], rtol=1e-6)


def test_a_softcap_squashes_scores_before_the_softmax():
    weights = record([[[0, 5.0]]], softcap=2.0).weights()
    capped = 2 * np.tanh(2.5)
    np.testing.assert_allclose(weights[0, 0], [1 / (1 + np.exp(capped)), 1 / (1 + np.exp(-capped))], rtol=1e-6)


def test_a_sink_takes_its_part_of_each_row():
    weights = record([[[0, LN2]], [[0, LN2]]], sink=np.array([LN3, -100], np.float32)).weights()
    np.testing.assert_allclose(weights[0, 0], [1 / 6, 2 / 6], rtol=1e-6)
    np.testing.assert_allclose(weights[1, 0], [1 / 3, 2 / 3], rtol=1e-6)


def test_a_sink_far_above_the_scores_does_not_overflow():
    weights = record([[[0, 1]]], sink=np.array([500], np.float32)).weights()
    np.testing.assert_array_equal(weights, [[[0, 0]]])


def test_a_toeplitz_bias_depends_on_the_distance_only():
    bias = ToeplitzBias(np.array([[-2, -1, 0, 1]], np.float32), queries=3)
    np.testing.assert_array_equal(bias.rows(0, np.arange(3)), [[0, 1], [-1, 0], [-2, -1]])
    np.testing.assert_array_equal(bias.rows(5, np.array([2])), [[-2, -1]])
    weights = record(np.zeros((1, 3, 2)), bias=bias).weights()
    np.testing.assert_allclose(weights[0, :, 1], [1 / (1 + np.exp(-1))] * 3, rtol=1e-6)


def test_a_dense_bias_is_added_after_scaling_and_softcap():
    bias = DenseBias(np.array([[[LN3, 0]]], np.float32))
    weights = record([[[50, 50]]], bias=bias, scaling=0.5, softcap=1.0).weights()
    np.testing.assert_allclose(weights[0, 0], [3 / 4, 1 / 4], rtol=1e-6)


def test_huge_scores_do_not_overflow():
    np.testing.assert_array_equal(record([[[1e30, -1e30]]]).weights(), [[[1, 0]]])


@pytest.mark.parametrize(
    ("query", "key", "value"),
    [
        ((2, 3, 4), (2, 3, 5), (2, 3, 4)),
        ((3, 3, 4), (2, 3, 4), (2, 3, 4)),
        ((2, 3, 4), (2, 3, 4), (2, 2, 4)),
        ((2, 3, 4), (2, 5, 4), (2, 5, 4)),
        ((2, 5, 4), (2, 3, 4), (2, 3, 4)),
    ],
)
@pytest.mark.usefixtures("unchecked_types")
def test_shapes_that_do_not_fit_are_refused_with_what_came(query, key, value):
    arrays = [np.zeros(shape, np.float32) for shape in (query, key, value)]
    with pytest.raises(ValueError, match=r"Expected .* got"):
        AttentionRecord(*arrays, mask=full_mask(3, 3), scaling=1.0)


def test_stored_attention_answers_like_a_record():
    attention = np.array([[[1, 0], [0.25, 0.75]], [[1, 0], [0.5, 0.5]]], np.float32)
    stored = StoredAttention(attention, compact_mask((attention > 0).any(axis=0)))
    assert (stored.heads, stored.mask.kind) == (2, "causal")
    np.testing.assert_array_equal(stored.weights(heads=[1], queries=[1, 0]), [[[0.5, 0.5], [1, 0]]])
    with pytest.raises(llm_core.SelectionError, match="heads from 0 to 1"):
        stored.weights(heads=[2])
