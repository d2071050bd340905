"""A trace on disk is the trace, and the shipped ones are what the models say today."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.recording.archive import load_trace, save_trace
from llm_core.samples import MODELS, TEXT, path_of, sample

SENTENCE = "The cat sat on the mat because it was tired."


@pytest.mark.parametrize("name", ["bert", "gemma2", "gemma3", "gpt-oss", "t5", "bloom"])
def test_a_saved_trace_is_the_same_trace(tiny, tmp_path, name):
    trace = llm_core.trace(tiny(name), SENTENCE, "le chat" if name == "t5" else None)
    save_trace(trace, tmp_path / "trace.safetensors")
    again = load_trace(tmp_path / "trace.safetensors")
    assert (again.tokens, again.target_tokens, again.stacks) == (trace.tokens, trace.target_tokens, trace.stacks)
    for stack in trace.stacks:
        assert again.layers(stack) == trace.layers(stack)
        for layer in trace.layers(stack):
            np.testing.assert_array_equal(again.attention(stack, layer), trace.attention(stack, layer))
            np.testing.assert_array_equal(again.mask(stack, layer).rows(), trace.mask(stack, layer).rows())
    np.testing.assert_array_equal(again.logits, trace.logits)
    stack = trace.stacks[0]
    np.testing.assert_array_equal(again.hidden_states(stack), trace.hidden_states(stack))
    assert again.stream_is_whole(stack)
    np.testing.assert_array_equal(again.residual_stream(stack), trace.residual_stream(stack))


def test_a_torn_file_is_named(tiny, tmp_path):
    path = tmp_path / "trace.safetensors"
    save_trace(llm_core.trace(tiny("bert"), SENTENCE), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(llm_core.NotAModelError, match=r"trace\.safetensors cannot be read"):
        load_trace(path)


@pytest.mark.parametrize("name", MODELS)
def test_shipped_samples_are_what_the_models_say(name):
    shipped = sample(name, TEXT)
    fresh = llm_core.trace(llm_core.load_model(name), TEXT)
    assert shipped.tokens == fresh.tokens
    for stack in fresh.stacks:
        for layer in fresh.layers(stack):
            ours, theirs = shipped.attention(stack, layer), fresh.attention(stack, layer)
            np.testing.assert_allclose(ours, theirs, atol=2e-5)
    # In half precision 15.85 and 15.95 would be told apart from what the model says now.
    np.testing.assert_allclose(shipped.logits, fresh.logits, atol=1e-3)
    for stack, states in fresh.states.items():
        np.testing.assert_allclose(shipped.states[stack], states, rtol=1e-4, atol=1e-3)
    assert shipped.guided_heads == fresh.guided_heads
    assert path_of(name).stat().st_size < 5_000_000


def test_there_is_no_sample_of_anything_else():
    assert sample("gpt2", TEXT) is None
    assert sample(MODELS[0], "Another text.") is None
