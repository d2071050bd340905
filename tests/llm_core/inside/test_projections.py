"""The matrices around an attention layer are found by what they do, in architectures of every layout."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.inside.layer_record import Projections
from llm_core.models.loading import LoadedModel
from llm_core.shapes import Stack

NAMES = {
    "bert": "bert.encoder.layer.1.attention.self.query.weight",
    "gpt2": "transformer.h.1.attn.c_attn.weight",
    "llama": "model.layers.1.self_attn.q_proj.weight",
    "gemma3": "model.layers.1.self_attn.q_proj.weight",
    "gpt-neox": "gpt_neox.layers.1.attention.query_key_value.weight",
    "phi3": "model.layers.1.self_attn.qkv_proj.weight",
    "modernbert": "model.layers.1.attn.Wqkv.weight",
    "opt": "model.decoder.layers.1.self_attn.q_proj.weight",
    "olmo2": "model.layers.1.self_attn.q_proj.weight",
}
OUTPUTS = {
    "bert": "bert.encoder.layer.1.attention.output.dense.weight",
    "gpt2": "transformer.h.1.attn.c_proj.weight",
    "llama": "model.layers.1.self_attn.o_proj.weight",
    "gpt-neox": "gpt_neox.layers.1.attention.dense.weight",
}


def projections(model: LoadedModel) -> dict[tuple[Stack, int], Projections]:
    """The projections of every attention layer, by (stack, layer)."""
    trace = llm_core.trace(model, "The cat sat on the mat.", None if model.family != "encoder-decoder" else "Le chat.")
    return {
        (stack, layer): llm_core.observe_layer(model, trace, stack, layer).projections
        for stack in trace.stacks
        for layer in trace.layers(stack)
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_query_projection_is_the_one_the_library_names_so(tiny, name):
    model = tiny(name)
    projection = projections(model)[model.family, 1].query
    assert projection.name.endswith(NAMES[name].removeprefix("model.").removeprefix("bert."))


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_output_projection_is_the_one_the_library_names_so(tiny, name):
    model = tiny(name)
    assert projections(model)[model.family, 1].output.name == OUTPUTS[name]


@pytest.mark.parametrize("name", [*NAMES, "qwen3", "gpt-oss", "distilbert", "albert", "t5", "bart", "bert2bert"])
def test_every_projection_of_every_layer_is_found(tiny, name):
    model = tiny(name)
    for layer in projections(model).values():
        assert None not in (layer.query, layer.key, layer.value, layer.output)


@pytest.mark.parametrize(
    ("name", "query", "key", "value"),
    [
        ("gpt2", (0, 8, 16, 24), (32, 40, 48, 56), (64, 72, 80, 88)),
        ("gpt-neox", (0, 24, 48, 72), (8, 32, 56, 80), (16, 40, 64, 88)),
        ("phi3", (0, 8, 16, 24), (32, 40), (48, 56)),
        ("llama", (0, 8, 16, 24), (0, 8), (0, 8)),
    ],
)
def test_fused_and_grouped_heads_lie_where_the_library_cuts_them(tiny, name, query, key, value):
    layer = projections(tiny(name))["decoder", 0]
    assert (layer.query.starts, layer.key.starts, layer.value.starts) == (query, key, value)


@pytest.mark.parametrize(
    ("name", "pairing", "width"), [("llama", "halves", 8), ("gpt-neox", "halves", 2), ("cohere", "neighbours", 8)]
)
def test_rotary_pairs_are_told_by_what_they_do(tiny, name, pairing, width):
    rotation = projections(tiny(name))["decoder", 1].rotation
    assert (rotation.turning.pairing, rotation.turning.width) == (pairing, width)
    assert rotation.angles[5, 0] == pytest.approx(5)


@pytest.mark.parametrize("name", ["bert", "gpt2", "t5", "bart"])
def test_models_that_do_not_rotate_have_no_rotation(tiny, name):
    found = projections(tiny(name))
    assert found
    assert {layer.rotation for layer in found.values()} == {None}


def test_the_sum_over_heads_is_the_layers_attention_output(tiny):
    """GPT-2's residual stream after attention, computed from the weights directly."""
    model = tiny("gpt2")
    trace = llm_core.trace(model, "The cat sat on the mat.")
    record, output = trace.record("decoder", 0), projections(model)["decoder", 0].output
    heads = record.weights() @ record.value
    ours = sum(heads[head] @ output.weight[:, output.place(head)].T for head in range(4)) + output.bias
    attention = model.model.transformer.h[0].attn.c_proj
    import torch

    joined = torch.from_numpy(np.concatenate(list(heads), axis=-1))
    np.testing.assert_allclose(ours, attention(joined).numpy(), atol=1e-5)


def test_what_cannot_be_told_is_none_and_not_a_guess(tiny):
    layer = projections(tiny("deepseek-v3"))["decoder", 0]
    assert layer.query is None
    assert layer.output is not None


def test_models_with_an_attention_of_their_own_have_none(tiny):
    assert llm_core.output_projections(tiny("bloom")) == {}


def test_the_weights_are_shared_and_cannot_be_changed(tiny):
    model = tiny("llama")
    output = projections(model)["decoder", 0].output
    assert np.shares_memory(output.weight, model.model.model.layers[0].self_attn.o_proj.weight.numpy())
    with pytest.raises(ValueError, match="read-only"):
        output.weight[0, 0] = 1
