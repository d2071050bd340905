"""What the last layer gives out is what its final norm was given, in every family, and the model stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import llm_core
from llm_core.embeddings.point_cloud import cloud_of_texts
from llm_core.embeddings.word_contexts import word_in_contexts

TEXT = "The cat sat on the mat."
NORMED = {
    "gpt2": {"decoder": "transformer.ln_f"},
    "llama": {"decoder": "model.norm"},
    "gemma2": {"decoder": "model.norm"},
    "olmo2": {"decoder": "model.norm"},
    "gpt-neox": {"decoder": "gpt_neox.final_layer_norm"},
    "opt": {"decoder": "model.decoder.final_layer_norm"},
    "bloom": {"decoder": "transformer.ln_f"},
    "modernbert": {"encoder": "model.final_norm"},
    "t5": {"encoder": "encoder.final_layer_norm", "decoder": "decoder.final_layer_norm"},
    "mbart": {"encoder": "model.encoder.layer_norm", "decoder": "model.decoder.layer_norm"},
}
"""Where the library keeps each model's final norm."""


@pytest.mark.parametrize("name", NORMED)
def test_the_final_norm_makes_the_last_hidden_state_of_the_last_output(tiny, name):
    model = tiny(name)
    trace = llm_core.trace(model, TEXT, max_target_tokens=6)
    for stack, path in NORMED[name].items():
        stream = trace.residual_stream(stack)
        assert trace.stream_is_whole(stack)
        np.testing.assert_array_equal(stream[:-1], trace.hidden_states(stack)[:-1])
        with torch.inference_mode():
            normed = model.model.get_submodule(path)(torch.from_numpy(stream[-1].copy())).numpy()
        np.testing.assert_allclose(normed, trace.hidden_states(stack)[-1], atol=1e-4)
        assert np.abs(stream[-1] - trace.hidden_states(stack)[-1]).max() > 0.01


@pytest.mark.parametrize("name", ["bert", "bert-headless", "albert", "distilbert", "bart", "marian", "xlnet", "fsmt"])
def test_where_every_layer_ends_in_a_norm_the_last_output_is_the_last_hidden_state(tiny, name):
    trace = llm_core.trace(tiny(name), TEXT, max_target_tokens=6)
    for stack in trace.states:
        assert trace.stream_is_whole(stack)
        np.testing.assert_allclose(trace.residual_stream(stack), trace.hidden_states(stack), atol=1e-5)


@pytest.mark.parametrize("name", ["llama", "t5"])
def test_the_model_is_not_changed_and_a_second_trace_is_the_same(tiny, name):
    model = tiny(name)
    before = [(path, id(module)) for path, module in model.model.named_modules()]
    first, second = (llm_core.trace(model, TEXT, "Le chat" if name == "t5" else None) for _ in range(2))
    assert [(path, id(module)) for path, module in model.model.named_modules()] == before
    for stack in first.states:
        assert len(first.states[stack]) == len(second.states[stack]) == len(first.layers(stack)) + 1
        np.testing.assert_array_equal(first.residual_stream(stack), second.residual_stream(stack))


def test_what_cannot_be_told_apart_is_left_out(tiny):
    trace = llm_core.trace(tiny("llama"), TEXT)
    unknown = replace(trace, last_outputs={})
    assert not unknown.stream_is_whole("decoder")
    np.testing.assert_array_equal(unknown.residual_stream("decoder"), trace.hidden_states("decoder")[:-1])
    assert cloud_of_texts([unknown], "decoder").layers == cloud_of_texts([trace], "decoder").layers - 1
    with pytest.raises(llm_core.SelectionError, match="Expected a stack with hidden states"):
        trace.residual_stream("cross")


def test_pictures_that_go_through_the_layers_end_in_the_last_layers_own_output(tiny):
    model = tiny("llama")
    trace = llm_core.trace(model, TEXT)
    np.testing.assert_array_equal(cloud_of_texts([trace], "decoder").vectors[-1], trace.last_outputs["decoder"])
    made = word_in_contexts(model, "cat", {"one": ["The cat sat."], "other": [TEXT]})
    place = made.uses[1].positions[0]
    np.testing.assert_allclose(made.vectors[-1, 1], trace.last_outputs["decoder"][place], atol=1e-5)
