"""Masks, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import llm_core
from llm_core.recording.masks import MaskRecord, causal_mask, check_rows, compact_mask, full_mask
from llm_core.recording.recorder import AttentionCall, Compactor

CAUSAL = np.tril(np.ones((4, 4), bool))
LEFT_PADDED = CAUSAL & np.array([False, True, True, True])
RIGHT_PADDED = CAUSAL & np.array([True, True, True, False])
WINDOW = CAUSAL & ~np.tril(np.ones((4, 4), bool), -2)
BOTH_SIDES = np.abs(np.subtract.outer(range(5), range(5))) <= 1
CHUNKS = np.kron(np.eye(2, dtype=bool), np.ones((2, 2), bool))
HOLES = np.array([[1, 0, 1], [1, 1, 1], [0, 1, 0]], bool)


@pytest.mark.parametrize(
    ("mask", "kind", "packed"),
    [
        (np.ones((2, 5), bool), "full", False),
        (CAUSAL, "causal", False),
        (LEFT_PADDED, "causal", False),
        (RIGHT_PADDED, "causal", False),
        (WINDOW, "sliding window", False),
        (WINDOW & np.array([False, True, True, True]), "sliding window", False),
        (BOTH_SIDES, "sliding window", False),
        (np.ones((3, 3), bool) & np.array([True, True, False]), "full", False),
        (CHUNKS, "other", False),
        (HOLES, "other", True),
        (np.eye(4, dtype=bool)[::-1], "other", False),
        (np.zeros((2, 3), bool), "other", False),
    ],
)
def test_a_mask_comes_back_as_it_was_and_its_shape_has_a_name(mask, kind, packed):
    record = compact_mask(mask)
    np.testing.assert_array_equal(record.rows(), mask)
    np.testing.assert_array_equal(record.rows(np.array([1, 0])), mask[[1, 0]])
    assert (record.queries, record.keys) == mask.shape
    assert record.kind == kind
    assert (record.packed is not None) == packed


def test_runs_are_two_numbers_a_query():
    record = compact_mask(WINDOW)
    assert record.first.tolist() == [0, 0, 1, 2]
    assert record.end.tolist() == [1, 2, 3, 4]
    assert not record.has_padding
    assert compact_mask(LEFT_PADDED).visible.tolist() == [False, True, True, True]
    assert compact_mask(LEFT_PADDED).has_padding


def test_causal_is_aligned_at_the_upper_left():
    np.testing.assert_array_equal(causal_mask(2, 3).rows(), [[1, 0, 0], [1, 1, 0]])
    np.testing.assert_array_equal(causal_mask(3, 2).rows(), [[1, 0], [1, 1], [1, 1]])
    np.testing.assert_array_equal(full_mask(1, 3).rows(), [[1, 1, 1]])


def test_a_long_mask_takes_memory_in_proportion_to_the_text():
    record = compact_mask(np.tril(np.ones((2000, 2000), bool)))
    assert record.packed is None
    assert sum(array.nbytes for array in (record.first, record.end, record.visible)) < 20_000


def test_a_random_mask_longer_than_one_block_is_kept_exactly():
    mask = np.random.default_rng(0).random((700, 33)) < 0.5
    np.testing.assert_array_equal(compact_mask(mask).rows(), mask)


@pytest.mark.usefixtures("unchecked_types")
def test_ends_without_beginnings_are_refused():
    with pytest.raises(ValueError, match="one first and one end"):
        MaskRecord(first=np.zeros(2, np.int32), end=np.zeros(3, np.int32), visible=np.ones(3, bool))


@pytest.mark.parametrize("queries", [[-1], [3], [0.5], 1, [[1]], ["a"], [None]])
@pytest.mark.usefixtures("unchecked_types")
def test_rows_that_do_not_exist_are_refused(queries):
    with pytest.raises(llm_core.SelectionError, match="query positions"):
        check_rows(queries, 3)


def test_rows_may_be_any_sequence_of_numbers():
    assert check_rows((2, 0), 3).tolist() == [2, 0]
    assert check_rows(range(3), 3).tolist() == [0, 1, 2]
    assert check_rows([], 3).tolist() == []


def recorded(mask, heads=2, position_bias=None, queries=4, keys=4):
    """The record of a call whose scores are all zero, so that the mask alone decides."""
    call = AttentionCall(
        module=nn.Identity(),
        query=torch.zeros(1, heads, queries, 2),
        key=torch.zeros(1, heads, keys, 2),
        value=torch.zeros(1, heads, keys, 2),
        mask=mask,
        position_bias=position_bias,
        scaling=1.0,
        causal=False,
        softcap=None,
        sink=None,
    )
    return Compactor().record(call)


def share(mask):
    return mask / mask.sum(-1, keepdims=True)


def test_a_boolean_mask_of_the_library_is_kept():
    record = recorded(torch.tensor(WINDOW)[None, None])
    assert record.mask.kind == "sliding window"
    assert record.bias is None
    np.testing.assert_allclose(record.weights(), [share(WINDOW)] * 2)


def test_a_float_mask_of_lowest_numbers_is_a_mask_and_no_bias():
    added = torch.zeros(4, 4).masked_fill(~torch.tensor(CAUSAL), torch.finfo(torch.float32).min)
    for infinite in (added, added.masked_fill(added < 0, -torch.inf)):
        record = recorded(infinite[None, None])
        assert record.mask.kind == "causal"
        assert record.bias is None
        np.testing.assert_allclose(record.weights(), [share(CAUSAL)] * 2)


def test_a_float_mask_that_differs_by_head_keeps_its_numbers():
    added = torch.zeros(1, 2, 4, 4)
    added[0, 0, 0, 1] = np.log(3.0)
    record = recorded(added)
    weights = record.weights()
    np.testing.assert_allclose(weights[0, 0], [1 / 6, 1 / 2, 1 / 6, 1 / 6], rtol=1e-6)
    np.testing.assert_allclose(weights[1, 0], [1 / 4] * 4)


def test_a_boolean_mask_that_differs_by_head_is_kept_by_head():
    by_head = torch.tensor(np.stack([CAUSAL, WINDOW]))[None]
    record = recorded(by_head)
    np.testing.assert_allclose(record.weights(), [share(CAUSAL), share(WINDOW)])
    np.testing.assert_array_equal(record.mask.rows(), CAUSAL)


def test_a_mask_longer_than_the_keys_is_cut_to_them():
    record = recorded(torch.ones(1, 1, 4, 9, dtype=torch.bool))
    assert record.mask.keys == 4


def test_left_padding_is_never_looked_at():
    weights = recorded(torch.tensor(LEFT_PADDED)[None, None]).weights(queries=[1, 2, 3])
    np.testing.assert_allclose(weights[0], [[0, 1, 0, 0], [0, 1 / 2, 1 / 2, 0], [0, 1 / 3, 1 / 3, 1 / 3]])


def test_a_position_bias_and_a_mask_add_up():
    distance = torch.arange(4)[None, :] - torch.arange(4)[:, None]
    bias = torch.stack([distance, -distance])[None].float()
    record = recorded(torch.tensor(CAUSAL)[None, None], position_bias=bias)
    expected = np.exp([0.0, 1.0]) / np.exp([0.0, 1.0]).sum()
    np.testing.assert_allclose(record.weights()[0, 1], [*expected, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(record.weights()[1, 1], [*expected[::-1], 0, 0], rtol=1e-6)
    assert record.bias.diagonals.shape == (2, 7)


def test_a_span_is_all_that_some_queries_may_look_at_and_no_more():
    window = compact_mask(np.tril(np.ones((6, 6), bool)) & ~np.tril(np.ones((6, 6), bool), -3))
    assert window.span(np.array([3, 4])) == slice(1, 5)
    assert causal_mask(6, 6).span(np.array([2])) == slice(0, 3)


def test_a_query_that_may_look_at_nothing_takes_the_whole_width():
    mask = np.tril(np.ones((4, 4), bool))
    mask[2] = False
    assert compact_mask(mask).span(np.array([1, 2])) == slice(0, 4)


@pytest.mark.parametrize(
    ("mask", "ahead"),
    [
        (np.ones((3, 3), bool), True),
        (np.ones((1, 1), bool), False),
        (CAUSAL, False),
        (LEFT_PADDED, False),
        (WINDOW, False),
        (BOTH_SIDES, True),
        (HOLES, True),
        (HOLES & np.tril(np.ones((3, 3), bool)), False),
    ],
)
def test_whether_any_query_looks_ahead(mask, ahead):
    assert compact_mask(mask).looks_ahead == ahead


def test_a_long_mask_that_opens_forward_in_its_last_rows_alone_looks_ahead():
    first, end = np.zeros(1300, np.int32), np.arange(1, 1301, dtype=np.int32)
    visible = np.ones(1300, bool)
    assert not MaskRecord(first, end, visible).looks_ahead
    end = end.copy()
    end[1200] += 1
    assert MaskRecord(first, end, visible).looks_ahead
