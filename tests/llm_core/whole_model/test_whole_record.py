"""What the picture needs beyond a trace is the model's own; where it cannot be told, nothing is made up."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.whole_model.additions import Passed, find_additions
from llm_core.whole_model.asking import whole_record
from llm_core.whole_model.blocks import stream_stack

TEXT = "The cat sat on the mat."
PLAIN = ["gpt2", "llama", "t5", "gpt-neox"]
OTHER = ["bert", "albert", "modernbert", "gemma2", "bart"]


def traced(tiny, name, text=TEXT):
    model = tiny(name)
    return model, llm_core.trace(model, text, max_target_tokens=6)


@pytest.mark.parametrize("name", [*PLAIN, *OTHER])
def test_every_block_of_every_family_tells_how_much_it_adds(tiny, name):
    model, trace = traced(tiny, name)
    record = whole_record(model, trace)
    for stack in trace.stacks:
        assert tuple(record.additions[stack]) == trace.layers(stack)
        tokens = len(trace.query_tokens(stack))
        for kept in (record.additions[stack], record.feed_forward[stream_stack(stack)]):
            for share in kept.values():
                assert share.shape == (tokens,)
                assert np.isfinite(share).all()
                assert (share > 0).all()


def test_shares_are_lengths_of_what_the_library_adds_over_lengths_of_its_stream(tiny):
    model, trace = traced(tiny, "gpt2")
    record = whole_record(model, trace)
    outputs: dict[str, np.ndarray] = {}
    block = model.model.transformer.h[1]
    handles = [
        part.register_forward_hook(
            lambda _, __, out, name=name: outputs.__setitem__(name, (out[0] if isinstance(out, tuple) else out)[0])
        )
        for name, part in (("attention", block.attn), ("network", block.mlp))
    ]
    try:
        llm_core.trace(model, TEXT)
    finally:
        for handle in handles:
            handle.remove()
    attention, network = (outputs[name].numpy().reshape(len(trace.tokens), -1) for name in ("attention", "network"))
    below = trace.hidden_states("decoder")[1]
    length = np.linalg.norm
    np.testing.assert_allclose(
        record.additions["decoder"][1], length(attention, axis=1) / length(below, axis=1), rtol=1e-4
    )
    np.testing.assert_allclose(
        record.feed_forward["decoder"][1], length(network, axis=1) / length(below + attention, axis=1), rtol=1e-4
    )


def test_a_layer_of_experts_is_left_out_and_not_made_up(tiny):
    model, trace = traced(tiny, "mixtral")
    record = whole_record(model, trace)
    assert record.additions == {}
    assert record.feed_forward == {}


def test_a_model_that_cannot_be_watched_still_tells_what_comes_out(tiny):
    model, trace = traced(tiny, "bloom")
    assert trace.method == "eager"
    record = whole_record(model, trace)
    assert record.additions == {}
    assert record.candidates.shape[0] == len(trace.tokens)


def test_tables_of_the_first_vectors_add_up_to_them(tiny):
    model, trace = traced(tiny, "bert")
    beginning = whole_record(model, trace).beginnings["encoder"]
    assert [table.kind for table in beginning.tables] == ["token", "other", "position"]
    total = np.sum([table.vectors for table in beginning.tables], axis=0)
    assert beginning.norm is not None
    np.testing.assert_allclose(beginning.norm(total), trace.hidden_states("encoder")[0], atol=1e-4)


def test_candidates_are_the_likeliest_tokens_in_order_and_all_are_named(tiny):
    model, trace = traced(tiny, "llama")
    record = whole_record(model, trace)
    for row, candidates in zip(trace.logits, record.candidates, strict=True):
        np.testing.assert_array_equal(row[candidates], np.sort(row)[::-1][: len(candidates)])
        assert set(candidates.tolist()) <= set(record.vocabulary)


def test_a_headless_encoder_has_no_candidates(tiny):
    model, trace = traced(tiny, "bert-headless")
    record = whole_record(model, trace)
    assert record.candidates.size == 0
    assert record.vocabulary == {}


def test_a_trace_of_another_model_is_refused(tiny):
    _, trace = traced(tiny, "gpt2")
    with pytest.raises(llm_core.SelectionError, match="Expected a trace of"):
        whole_record(tiny("llama"), trace)


def test_what_a_network_adds_is_told_from_other_products_where_the_stream_is_ten_thousand_times_larger():
    rng = np.random.default_rng(0)
    below, attention, network, other = rng.normal(size=(4, 1, 16))
    below = 10_000 * below
    layer = Passed(below, [attention], [network, other], [below + attention + network], [], [])
    found = find_additions(layer)
    assert found is not None
    np.testing.assert_array_equal(found[1].added, network)
    np.testing.assert_allclose(found[1].share, np.linalg.norm(network) / np.linalg.norm(below + attention))
    assert find_additions(Passed(below, [attention], [other], layer.above, [], [])) is None
