"""Heads that are off equal a model whose weights were edited, whatever stands in their place."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers

import llm_core
from tests.tiny_models import ENCODER_DECODERS, RECIPES

TEXT = "The cat sat on the mat because it was tired."

PROJECTIONS = [
    ("bert", ("encoder", 1), (0, 3), "bert.encoder.layer.1.attention.output.dense"),
    ("modernbert", ("encoder", 1), (2,), "model.layers.1.attn.Wo"),
    ("gpt2", ("decoder", 2), (1,), "transformer.h.2.attn.c_proj"),
    ("llama", ("decoder", 1), (0, 2), "model.layers.1.self_attn.o_proj"),
    ("gemma2", ("decoder", 0), (1, 2), "model.layers.0.self_attn.o_proj"),
    ("gpt-oss", ("decoder", 1), (3,), "model.layers.1.self_attn.o_proj"),
    ("t5", ("encoder", 0), (2,), "encoder.block.0.layer.0.SelfAttention.o"),
    ("t5", ("decoder", 1), (0, 1), "decoder.block.1.layer.0.SelfAttention.o"),
    ("t5", ("cross", 2), (3,), "decoder.block.2.layer.1.EncDecAttention.o"),
    ("bart", ("encoder", 1), (2,), "model.encoder.layers.1.self_attn.out_proj"),
    ("bart", ("decoder", 0), (1, 3), "model.decoder.layers.0.self_attn.out_proj"),
    ("bart", ("cross", 2), (0,), "model.decoder.layers.2.encoder_attn.out_proj"),
]


def mean_output(trace, site, head):
    """A head's mean output over the real tokens, from the trace's numbers alone."""
    record = trace.record(*site)
    value = record.value[head * record.key_value_heads // record.heads]
    real = [not token.is_padding for token in trace.query_tokens(site[0])]
    return (trace.attention(*site)[head] @ value)[real].mean(axis=0)


def edited_library_model(folder, name, site, heads, projection, constants):
    """The plain model, its projection's part for these heads zeroed, and what they always give added to its bias."""
    model = getattr(transformers, RECIPES[name][0]).from_pretrained(folder, attn_implementation="eager").eval()
    module = model.get_submodule(projection)
    is_conv = type(module).__name__ == "Conv1D"
    with torch.no_grad():
        weight = module.weight if is_conv else module.weight.T  # (in, out), as views of the model's own
        added = torch.zeros(weight.shape[1])
        for head in heads:
            rows = weight[head * 8 : (head + 1) * 8]
            if constants is not None:
                added += torch.from_numpy(constants[head]) @ rows
            rows.zero_()
        if module.bias is None:
            module.bias = torch.nn.Parameter(torch.zeros(weight.shape[1]))
        module.bias += added
    return model


def ids_of(tokens):
    return torch.tensor([[token.id for token in tokens]])


@pytest.mark.parametrize("ablation", ["zero", "mean"])
@pytest.mark.parametrize(("name", "site", "heads", "projection"), PROJECTIONS)
def test_heads_that_are_off_equal_a_model_with_edited_weights(
    tiny, tiny_folder, name, site, heads, projection, ablation
):
    model = tiny(name)
    target = "le chat noir" if name in ENCODER_DECODERS else None
    plain = llm_core.trace(model, TEXT, target)
    constants = {head: mean_output(plain, site, head) for head in heads} if ablation == "mean" else None
    library = edited_library_model(tiny_folder(name), name, site, heads, projection, constants)
    inputs = {"input_ids": ids_of(plain.tokens), "attention_mask": torch.ones_like(ids_of(plain.tokens))}
    if target:
        inputs["decoder_input_ids"] = ids_of(plain.target_tokens)
    with torch.inference_mode():
        expected = library(**inputs).logits[0].numpy()
    edits = llm_core.Edits(ablate_heads={site: heads}, ablation=ablation)
    edited = llm_core.trace(model, TEXT, target, edits=edits)
    np.testing.assert_allclose(edited.logits, expected, atol=2e-5)
    assert np.abs(edited.logits - plain.logits).max() > 1e-3


@pytest.mark.parametrize("ablation", ["zero", "mean"])
@pytest.mark.parametrize(
    ("name", "site", "heads", "projection"), [case for case in PROJECTIONS if case[0] in {"t5", "bart"}]
)
def test_what_is_written_without_heads_is_what_the_edited_model_writes(
    tiny, tiny_folder, name, site, heads, projection, ablation
):
    model = tiny(name)
    plain = llm_core.trace(model, TEXT, max_target_tokens=10)
    constants = {head: mean_output(plain, site, head) for head in heads} if ablation == "mean" else None
    library = edited_library_model(tiny_folder(name), name, site, heads, projection, constants)
    ids = ids_of(plain.tokens)
    written = library.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, num_beams=1, max_new_tokens=10, use_cache=False
    )[0].tolist()
    if written[-1] == library.generation_config.eos_token_id:
        written.pop()
    edits = llm_core.Edits(ablate_heads={site: heads}, ablation=ablation)
    edited = llm_core.trace(model, TEXT, edits=edits, max_target_tokens=10)
    assert [token.id for token in edited.target_tokens] == written


def test_the_mean_leaves_padding_out(tiny):
    edits = llm_core.Edits(ablate_heads={("encoder", 1): (0, 3)}, ablation="mean")
    plain = llm_core.trace(tiny("bert"), TEXT, edits=edits)
    padded = llm_core.trace(tiny("bert"), TEXT, edits=edits, pad_to=40)
    np.testing.assert_allclose(padded.logits[: len(plain.tokens)], plain.logits, atol=1e-5)


def test_a_layer_that_serves_several_times_is_replaced_only_where_it_was_asked_for(tiny):
    model = tiny("albert")
    first = llm_core.trace(model, TEXT, edits=llm_core.Edits({("encoder", 0): (1,)}, "mean"))
    last = llm_core.trace(model, TEXT, edits=llm_core.Edits({("encoder", 2): (1,)}, "mean"))
    plain = llm_core.trace(model, TEXT)
    np.testing.assert_array_equal(last.hidden_states("encoder")[2], plain.hidden_states("encoder")[2])
    assert np.abs(first.hidden_states("encoder")[1] - plain.hidden_states("encoder")[1]).max() > 1e-3
    assert np.abs(last.hidden_states("encoder")[3] - plain.hidden_states("encoder")[3]).max() > 1e-3


def test_ablating_by_the_mean_of_a_single_token_changes_nothing(tiny):
    edits = llm_core.Edits({("decoder", 1): (0, 1, 2, 3)}, "mean")
    one = llm_core.trace(tiny("llama"), "a", edits=edits)
    assert len(one.tokens) == 1
    np.testing.assert_allclose(one.logits, llm_core.trace(tiny("llama"), "a").logits, atol=1e-5)


@pytest.mark.parametrize(
    ("heads", "ablation", "said"),
    [
        ({("decoder", 0): (4,)}, "mean", "from 0 to 3"),
        ({("decoder", 9): (0,)}, "mean", "layer 9"),
        ({("decoder", 0): (0,)}, "median", "“zero” or “mean”"),
    ],
)
@pytest.mark.usefixtures("unchecked_types")
def test_edits_that_cannot_be_made_are_refused(tiny, heads, ablation, said):
    with pytest.raises(llm_core.SelectionError, match=said):
        llm_core.trace(tiny("llama"), TEXT, edits=llm_core.Edits(heads, ablation))


def test_progress_runs_through_both_passes_and_can_stop_the_first(tiny):
    edits = llm_core.Edits({("cross", 0): (0,)}, "mean")
    told = []
    llm_core.trace(tiny("bart"), TEXT, edits=edits, max_target_tokens=4, progress=told.append)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[0] < 0.2
    assert fractions[-1] == pytest.approx(1)
