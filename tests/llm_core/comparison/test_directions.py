"""Where attention goes, on matrices made by hand and on real models."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.comparison.directions import DirectionSums, directions
from llm_core.heads.attention_blocks import attention_blocks as rows_of
from llm_core.recording.masks import causal_mask, full_mask
from llm_core.recording.records import StoredAttention
from llm_core.recording.trace_record import Trace
from llm_core.text.tokens import Token


def made_trace(weights, *, family="encoder", mask=None, padding=0, keys=None):
    """A trace whose one layer has the attention given, shape (head query key)."""
    weights = np.asarray(weights, np.float32)
    count = weights.shape[1]
    tokens = tuple(
        Token(id=i, text="abcdefgh"[i % 8], raw="", is_special=i >= count - padding, is_padding=i >= count - padding)
        for i in range(count)
    )
    record = StoredAttention(weights, mask or full_mask(count, weights.shape[2]))
    stacks = {"decoder" if family == "decoder" else "encoder": {0: record}}
    if keys is not None:
        stacks = {
            "encoder": {0: StoredAttention(np.eye(len(keys), dtype=np.float32)[None], full_mask(len(keys), len(keys)))}
        }
        stacks |= {"decoder": {0: StoredAttention(np.eye(count, dtype=np.float32)[None], causal_mask(count, count))}}
        stacks |= {"cross": {0: record}}
    return Trace(
        model_name="made",
        family="encoder-decoder" if keys is not None else family,
        text="a",
        tokens=tokens if keys is None else tuple(keys),
        target_tokens=() if keys is None else tokens,
        target_generated=False,
        layers_recorded=stacks,
        states={},
        logits=None,
        method="eager",
        largest_difference=0.0,
    )


def shares(trace, stack="encoder", **options):
    found = directions(trace, stack, **options)
    return {name: found.shares[0, :, place] for place, name in enumerate(found.names)}


def test_an_identity_matrix_looks_at_itself():
    told = shares(made_trace([np.eye(4)]))
    assert told["itself"] == pytest.approx([1])
    assert told["first token"] == told["back"] == told["forward"] == pytest.approx([0])


def test_shifted_identities_look_back_and_forward():
    forward = np.eye(4, k=1)
    forward[3, 3] = 1
    back = np.eye(4, k=-1)
    back[0, 0] = 1
    told = shares(made_trace([forward, back]))
    assert told["forward"] == pytest.approx([3 / 4, 0])
    assert told["itself"] == pytest.approx([1 / 4, 1 / 4])
    # What the second token gives the one before it goes to the first token.
    assert told["first token"] == pytest.approx([0, 1 / 4])
    assert told["back"] == pytest.approx([0, 2 / 4])


def test_uniform_attention_by_hand():
    told = shares(made_trace([np.full((4, 4), 1 / 4)]))
    assert told["first token"] == pytest.approx([3 / 16])
    assert told["back"] == pytest.approx([3 / 16])
    assert told["itself"] == pytest.approx([4 / 16])
    assert told["forward"] == pytest.approx([6 / 16])


def test_a_causal_matrix_sends_exactly_nothing_forward(tiny):
    trace = llm_core.trace(tiny("llama"), "The cat sat on the mat.")
    assert directions(trace, "decoder").overall("forward") == 0.0


def test_shares_sum_to_one_for_every_head(tiny):
    for name, stack in (
        ("bert", "encoder"),
        ("gemma3", "decoder"),
        ("t5", "encoder"),
        ("t5", "decoder"),
        ("t5", "cross"),
    ):
        trace = llm_core.trace(tiny(name), "The cat sat on the mat.", max_target_tokens=5)
        assert directions(trace, stack).shares.sum(axis=-1) == pytest.approx(1, abs=1e-5)


def test_padding_does_not_count_as_looking():
    weights = np.eye(4)
    weights[2:] = [1, 0, 0, 0]
    told = shares(made_trace([weights], padding=2))
    assert told["itself"] == pytest.approx([1])


def test_some_rows_can_be_read():
    weights = np.eye(4)
    weights[3] = [0, 1, 0, 0]
    assert shares(made_trace([weights]), queries=[3])["back"] == pytest.approx([1])
    assert shares(made_trace([weights]), queries=[0, 3])["itself"] == pytest.approx([1 / 2])


def test_cross_attention_goes_to_words_or_marks():
    keys = [Token(1, "cat", "cat"), Token(2, ".", "."), Token(3, "</s>", "</s>", is_special=True)]
    told = shares(made_trace([[[0.5, 0.25, 0.25], [1, 0, 0]]], keys=keys), "cross")
    assert told["words"] == pytest.approx([0.75])
    assert told["marks"] == pytest.approx([0.25])


def test_rows_one_by_one_give_what_one_block_gives(tiny):
    trace = llm_core.trace(tiny("bert"), "The cat sat on the mat because it was tired.")
    sums = DirectionSums(trace, "encoder")
    blocks = [block for layer in trace.layers("encoder") for block in rows_of(trace, "encoder", layer, block_bytes=1)]
    assert len(blocks) == 3 * len(trace.tokens)
    for block in blocks:
        sums.add(block)
    assert sums.directions().shares == pytest.approx(directions(trace, "encoder").shares, abs=1e-6)


def test_a_stack_that_is_not_there_is_refused(tiny):
    trace = llm_core.trace(tiny("bert"), "The cat sat.")
    with pytest.raises(llm_core.SelectionError, match="encoder"):
        directions(trace, "cross")
