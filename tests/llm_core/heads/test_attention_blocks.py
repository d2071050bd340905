"""A layer's attention in blocks of rows is the layer's attention, and no block is large."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core

TEXT = "The cat sat on the mat because it was tired."


@pytest.mark.parametrize(("name", "stack"), [("llama", "decoder"), ("t5", "cross"), ("bloom", "decoder")])
def test_blocks_put_together_are_the_layer(tiny, name, stack):
    trace = llm_core.trace(tiny(name), TEXT, "le chat noir" if name == "t5" else None)
    row_bytes = 4 * trace.heads(stack, 1) * len(trace.key_tokens(stack))
    blocks = list(llm_core.attention_blocks(trace, stack, 1, block_bytes=2 * row_bytes))
    assert len(blocks) == -(-len(trace.query_tokens(stack)) // 2)
    assert all(block.weights.nbytes <= 2 * row_bytes for block in blocks)
    np.testing.assert_array_equal(np.concatenate([b.queries for b in blocks]), range(len(trace.query_tokens(stack))))
    whole = np.concatenate([block.weights for block in blocks], axis=1)
    np.testing.assert_allclose(whole, trace.attention(stack, 1), atol=1e-6)
    np.testing.assert_array_equal(np.concatenate([b.visible for b in blocks]), trace.mask(stack, 1).rows())


def test_a_block_has_a_row_even_if_that_is_larger_than_allowed(tiny):
    trace = llm_core.trace(tiny("llama"), TEXT)
    assert {len(block.queries) for block in llm_core.attention_blocks(trace, "decoder", 0, block_bytes=1)} == {1}


def test_only_the_rows_asked_for_come(tiny):
    trace = llm_core.trace(tiny("llama"), TEXT)
    (block,) = llm_core.attention_blocks(trace, "decoder", 0, queries=[4, 2])
    assert block.queries.tolist() == [4, 2]
    np.testing.assert_allclose(block.weights, trace.attention("decoder", 0)[:, [4, 2]], atol=1e-6)


def test_a_row_that_does_not_exist_is_refused(tiny):
    trace = llm_core.trace(tiny("llama"), TEXT)
    with pytest.raises(llm_core.SelectionError, match="query positions"):
        list(llm_core.attention_blocks(trace, "decoder", 0, queries=[99]))
