"""Norms and rollout against numbers computed by hand and from the weights themselves."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
import transformers

import llm_core
from llm_core.recording.masks import causal_mask, full_mask
from llm_core.recording.records import AttentionRecord
from tests.made_traces import made_trace
from tests.tiny_models import ENCODER_DECODERS, RECIPES

TEXT = "The cat sat on the mat because it was tired."


def flat_record(value, heads=1, mask=None):
    """Attention that is even over what the mask leaves open: no query and no key differ."""
    queries = np.zeros((heads, value.shape[1], 2), np.float32)
    return AttentionRecord(queries, queries[: len(value)], value, mask or full_mask(*queries.shape[1:2] * 2), 1.0)


VALUE = np.array([[[3, 4], [0, 2]]], np.float32)


def test_a_norm_is_the_weight_times_the_length_of_the_projected_value():
    trace = made_trace({"encoder": [flat_record(VALUE)]}, "red fox")
    weight = np.array([[[1, 0, 0], [0, 2, 0]]], np.float32)
    projection = llm_core.OutputProjection(weight, None, 0.0)
    found = llm_core.contribution_norms(trace, "encoder", 0, projection)
    assert found.projected
    # (3, 4) becomes (3, 8, 0) and (0, 2) becomes (0, 4, 0); each has half of the attention.
    np.testing.assert_allclose(found.norms[0], [[np.sqrt(73) / 2, 2], [np.sqrt(73) / 2, 2]], rtol=1e-6)


def test_without_the_projection_it_is_the_length_of_the_weighted_value_and_says_so():
    trace = made_trace({"encoder": [flat_record(VALUE)]}, "red fox")
    found = llm_core.contribution_norms(trace, "encoder", 0, None)
    assert not found.projected
    np.testing.assert_allclose(found.norms[0], [[2.5, 1], [2.5, 1]], rtol=1e-6)


def test_grouped_heads_share_their_values_and_have_their_own_projection():
    trace = made_trace({"decoder": [flat_record(VALUE, heads=2, mask=causal_mask(2, 2))]}, "red fox")
    weight = np.array([np.eye(2), 10 * np.eye(2)], np.float32)
    projection = llm_core.OutputProjection(weight, None, 0.0)
    found = llm_core.contribution_norms(trace, "decoder", 0, projection, heads=[1, 0], queries=[1])
    np.testing.assert_allclose(found.norms[:, 0], [[25, 10], [2.5, 1]], rtol=1e-6)


def test_a_model_whose_values_were_not_recorded_has_no_norms():
    trace = made_trace({"encoder": [np.full((1, 2, 2), 0.5)]}, "red fox")
    with pytest.raises(llm_core.SelectionError, match="cannot be recorded"):
        llm_core.contribution_norms(trace, "encoder", 0, None)


LAYERS = [
    (
        "bert",
        ("encoder", 1),
        "bert.encoder.layer.1.attention.self.value",
        "bert.encoder.layer.1.attention.output.dense",
    ),
    ("gpt2", ("decoder", 1), "transformer.h.1.attn.c_attn", "transformer.h.1.attn.c_proj"),
    ("llama", ("decoder", 1), "model.layers.1.self_attn.v_proj", "model.layers.1.self_attn.o_proj"),
    ("t5", ("cross", 1), "decoder.block.1.layer.1.EncDecAttention.v", "decoder.block.1.layer.1.EncDecAttention.o"),
    ("t5", ("encoder", 0), "encoder.block.0.layer.0.SelfAttention.v", "encoder.block.0.layer.0.SelfAttention.o"),
    ("bart", ("decoder", 2), "model.decoder.layers.2.self_attn.v_proj", "model.decoder.layers.2.self_attn.out_proj"),
]


@pytest.mark.parametrize(("name", "site", "value_name", "projection_name"), LAYERS)
def test_norms_equal_a_direct_computation_from_the_weights(tiny, tiny_folder, name, site, value_name, projection_name):
    model = tiny(name)
    trace = llm_core.trace(model, TEXT, "le chat noir" if name in ENCODER_DECODERS else None)
    library = getattr(transformers, RECIPES[name][0]).from_pretrained(tiny_folder(name), attn_implementation="eager")
    given = {}
    library.get_submodule(value_name).register_forward_hook(lambda module, inputs, output: given.update(value=output))
    inputs = {"input_ids": torch.tensor([[token.id for token in trace.tokens]])}
    if trace.target_tokens:
        inputs["decoder_input_ids"] = torch.tensor([[token.id for token in trace.target_tokens]])
    with torch.inference_mode():
        library.eval()(**inputs)
    values = given["value"][0][:, -8 * trace.key_value_heads(*site) :]  # GPT-2 gives query, key and value at once
    values = values.reshape(len(values), -1, 8).repeat_interleave(4 // trace.key_value_heads(*site), dim=1)
    module = library.get_submodule(projection_name)
    weight = module.weight if type(module).__name__ == "Conv1D" else module.weight.T
    projected = torch.einsum("khd,hdm->hkm", values, weight.detach().reshape(4, 8, -1))
    expected = trace.attention(*site) * projected.norm(dim=-1).numpy()[:, None, :]
    found = llm_core.contribution_norms(trace, *site, llm_core.output_projections(model)[site])
    np.testing.assert_allclose(found.norms, expected, atol=1e-5)


RECORDED = sorted(set(RECIPES) - {"bloom", "xlnet", "mamba"})


@pytest.mark.parametrize("name", RECORDED)
def test_the_output_projection_of_every_layer_is_found_and_gives_what_the_layer_gave(tiny, name):
    model = tiny(name)
    found = llm_core.output_projections(model)
    assert set(found) == {(site.stack, site.layer) for places in model.sites.values() for site in places}
    for projection in found.values():
        assert projection.weight.shape == (4, 8, 32)
        assert projection.largest_difference < 1e-5


@pytest.mark.parametrize("name", ["qwen3-next", "bloom"])
def test_a_layer_that_changes_its_output_first_or_is_not_recorded_has_no_projection(tiny, name):
    assert llm_core.output_projections(tiny(name)) == {}


def test_looking_for_projections_in_one_thread_leaves_others_alone(tiny):
    model = tiny("llama")
    expected = llm_core.trace(model, TEXT).logits
    failures = []

    def trace_again():
        for _ in range(10):
            if not np.array_equal(llm_core.trace(model, TEXT).logits, expected):
                failures.append("different logits")

    def look():
        for _ in range(10):
            if len(llm_core.output_projections(model)) != 3:
                failures.append("projections missing")

    threads = [threading.Thread(target=work) for work in (trace_again, look, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_projection_cannot_be_changed(tiny):
    projection = llm_core.output_projections(tiny("bert"))[("encoder", 0)]
    with pytest.raises(ValueError, match="read-only"):
        projection.weight[0, 0, 0] = 1


def test_rollout_multiplies_half_attention_and_half_identity():
    first, second = [[1, 0], [0.5, 0.5]], [[1, 0], [1, 0]]
    trace = made_trace({"decoder": [[first], [second]]}, "red fox")
    np.testing.assert_allclose(llm_core.attention_rollout(trace, "decoder", 0), [[1, 0], [0.25, 0.75]])
    np.testing.assert_allclose(llm_core.attention_rollout(trace, "decoder"), [[1, 0], [0.625, 0.375]])


def test_rollout_averages_the_heads():
    trace = made_trace({"encoder": [[[[1, 0], [0, 1]], [[0, 1], [1, 0]]]]}, "red fox")
    np.testing.assert_allclose(llm_core.attention_rollout(trace, "encoder"), [[0.75, 0.25], [0.25, 0.75]])


def test_rows_that_a_sink_makes_smaller_are_made_to_sum_to_one():
    trace = made_trace({"encoder": [[[[0.5, 0], [0, 0.5]]]]}, "red fox")
    np.testing.assert_allclose(llm_core.attention_rollout(trace, "encoder"), np.eye(2))
    trace = made_trace({"encoder": [[[[0, 0.5], [0, 0.5]]]]}, "red fox")
    np.testing.assert_allclose(llm_core.attention_rollout(trace, "encoder")[0], [2 / 3, 1 / 3], rtol=1e-6)


def test_rollout_of_cross_attention_goes_through_the_encoder_and_the_decoder():
    encoder = [[[0, 1], [0, 1]]]
    decoder = [[[1, 0], [1, 0]]]
    cross = [[[1, 0], [0, 1]]]
    trace = made_trace({"encoder": [encoder], "decoder": [decoder] * 2, "cross": [cross] * 2}, "le chat", "[S] the")
    # The encoder mixes to ((0.5, 0.5), (0, 1)). Layer 0 puts half of that into each target position.
    one = llm_core.attention_rollout(trace, "cross", 0)
    np.testing.assert_allclose(one, [[0.25, 0.25], [0, 0.5]])
    # Layer 1 first moves half of position 0 into position 1, then halves all and adds half of the encoder's again.
    two = llm_core.attention_rollout(trace, "cross")
    np.testing.assert_allclose(two, [[0.375, 0.375], [0.0625, 0.6875]])


@pytest.mark.parametrize(("name", "stack"), [("gemma3", "decoder"), ("gpt-oss", "decoder"), ("bert", "encoder")])
def test_rollout_rows_sum_to_one(tiny, name, stack):
    rolled = llm_core.attention_rollout(llm_core.trace(tiny(name), TEXT, pad_to=40), stack)
    np.testing.assert_allclose(rolled.sum(axis=1), 1, atol=1e-5)
    assert rolled.min() >= 0


def test_rollout_of_a_real_cross_attention_leaves_a_part_to_the_target(tiny):
    trace = llm_core.trace(tiny("t5"), TEXT, "le chat noir")
    sums = llm_core.attention_rollout(trace, "cross").sum(axis=1)
    np.testing.assert_allclose(sums, 1 - 0.5**3, atol=1e-5)


def test_a_rollout_of_a_very_long_text_is_refused():
    tokens = " ".join(["red"] * 2049)
    record = flat_record(np.zeros((1, 2049, 2), np.float32))
    with pytest.raises(llm_core.SelectionError, match="2,048 tokens at most"):
        llm_core.attention_rollout(made_trace({"encoder": [record]}, tokens), "encoder")


@pytest.mark.parametrize(("stack", "layer"), [("cross", None), ("decoder", 7), ("decoder", "1")])
@pytest.mark.usefixtures("unchecked_types")
def test_a_rollout_of_what_does_not_exist_is_refused(tiny, stack, layer):
    with pytest.raises(llm_core.SelectionError, match="Expected"):
        llm_core.attention_rollout(llm_core.trace(tiny("llama"), TEXT), stack, layer)


def test_a_rollout_tells_its_progress(tiny):
    told = []
    llm_core.attention_rollout(llm_core.trace(tiny("llama"), TEXT), "decoder", progress=told.append)
    assert [progress.fraction for progress in told] == pytest.approx([1 / 3, 2 / 3, 1])


@pytest.mark.parametrize("ablation", ["zero", "mean"])
def test_heads_that_are_off_carry_nothing_and_a_rollout_passes_them_over(tiny, ablation):
    model, every = tiny("bert"), (0, 1, 2, 3)
    one = llm_core.trace(model, TEXT, edits=llm_core.Edits({("encoder", 1): (2,)}, ablation))
    found = llm_core.contribution_norms(one, "encoder", 1, None)
    assert found.norms[2].max() == 0
    assert (found.norms[[0, 1, 3]].sum(axis=-1) > 0).all()
    weights = one.attention("encoder", 1).copy()
    weights[2] = 0
    mixed = 0.5 * weights.mean(axis=0) + 0.5 * np.eye(len(one.tokens))
    below = llm_core.attention_rollout(one, "encoder", 0)
    expected = mixed / mixed.sum(axis=1, keepdims=True) @ below
    np.testing.assert_allclose(llm_core.attention_rollout(one, "encoder", 1), expected, atol=1e-6)
    none = llm_core.trace(model, TEXT, edits=llm_core.Edits({("encoder", 0): every}, ablation))
    np.testing.assert_allclose(llm_core.attention_rollout(none, "encoder", 0), np.eye(len(none.tokens)), atol=1e-6)


def test_a_cross_attention_that_is_off_leaves_the_mixture_as_it_was(tiny):
    model, every = tiny("t5"), (0, 1, 2, 3)
    trace = llm_core.trace(model, TEXT, "Le chat", edits=llm_core.Edits({("cross", 0): every}))
    assert llm_core.attention_rollout(trace, "cross", 0).max() == 0
