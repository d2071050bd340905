"""The public trace: shapes, tokens, targets, edits and what a wrong selection is told."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import torch
import transformers

import llm_core
from llm_core.measures.geometry import geometry
from tests.tiny_models import RECIPES

TEXT = "The cat sat on the mat because it was tired."


def library(folder, name, attention="sdpa"):
    return getattr(transformers, RECIPES[name][0]).from_pretrained(folder, attn_implementation=attention).eval()


def ids_of(tokens):
    return torch.tensor([[token.id for token in tokens]])


@pytest.mark.parametrize(
    ("name", "family", "stacks"),
    [
        ("bert", "encoder", ("encoder",)),
        ("llama", "decoder", ("decoder",)),
        ("t5", "encoder-decoder", ("encoder", "decoder", "cross")),
    ],
)
def test_family_decides_the_stacks(tiny, name, family, stacks):
    model = tiny(name)
    trace = llm_core.trace(model, TEXT, target="le chat" if family == "encoder-decoder" else None)
    assert (model.family, trace.family, trace.stacks) == (family, family, stacks)
    assert bool(trace.target_tokens) == (family == "encoder-decoder")


def test_shapes_of_an_encoder_decoder(tiny):
    trace = llm_core.trace(tiny("t5"), TEXT, target="le chat")
    source, target = len(trace.tokens), len(trace.target_tokens)
    assert source != target
    assert trace.attention("encoder", 0).shape == (4, source, source)
    assert trace.attention("decoder", layer=2).shape == (4, target, target)
    assert trace.attention("cross", layer=0).shape == (4, target, source)
    assert trace.attention("cross", layer=0, heads=[1], queries=[2]).shape == (1, 1, source)
    assert trace.hidden_states("encoder").shape == (3, source, 32)
    assert trace.hidden_states("decoder").shape == (4, target, 32)
    assert trace.logits.shape == (target, 160)
    assert trace.heads("cross", 0) == 4
    arrays = [trace.attention("cross", 0), trace.hidden_states("decoder"), trace.logits]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_chosen_heads_and_rows_are_those_of_the_whole_in_the_order_asked_for(tiny):
    trace = llm_core.trace(tiny("gemma2"), TEXT)
    whole = trace.attention("decoder", 1)
    chosen = trace.attention("decoder", 1, heads=[3, 0, 3], queries=[5, 2])
    np.testing.assert_allclose(chosen, whole[[3, 0, 3]][:, [5, 2]], atol=1e-6)
    assert trace.attention("decoder", 1, heads=[]).shape == (0, *whole.shape[1:])


def test_grouped_heads_are_told(tiny):
    trace = llm_core.trace(tiny("llama"), TEXT)
    assert (trace.heads("decoder", 0), trace.key_value_heads("decoder", 0)) == (4, 2)
    assert trace.record("decoder", 0).value.shape == (2, len(trace.tokens), 8)


def test_a_headless_encoder_has_no_logits(tiny):
    assert llm_core.trace(tiny("bert-headless"), TEXT).logits is None


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "gemma3", "modernbert", "t5", "bart"])
def test_logits_and_states_equal_those_of_the_plain_library_model(tiny, tiny_folder, name):
    target = "le chat" if name in {"t5", "bart"} else None
    trace = llm_core.trace(tiny(name), TEXT, target)
    inputs = {"input_ids": ids_of(trace.tokens), "attention_mask": torch.ones_like(ids_of(trace.tokens))}
    if target:
        inputs["decoder_input_ids"] = ids_of(trace.target_tokens)
    with torch.inference_mode():
        plain = library(tiny_folder(name), name)(**inputs, output_hidden_states=True)
    np.testing.assert_allclose(trace.logits, plain.logits[0].numpy(), atol=1e-5)
    states = plain.decoder_hidden_states if target else plain.hidden_states
    ours = trace.hidden_states("decoder" if target else trace.family)
    np.testing.assert_allclose(ours, torch.cat(states).numpy(), atol=1e-5)


@pytest.mark.parametrize(("name", "start"), [("t5", 0), ("bart", 2)])
def test_a_generated_target_is_the_librarys_greedy_one_and_begins_with_the_start_token(tiny, tiny_folder, name, start):
    trace = llm_core.trace(tiny(name), TEXT, max_target_tokens=12)
    plain = library(tiny_folder(name), name)
    ids = ids_of(trace.tokens)
    # T5's plain cache has a place for each layer of the encoder, and this decoder has more.
    written = plain.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, num_beams=1, max_new_tokens=12, use_cache=False
    )[0].tolist()
    if written[-1] == plain.generation_config.eos_token_id:
        written.pop()
    assert trace.target_generated
    assert [token.id for token in trace.target_tokens] == written
    assert len(written) > 3
    assert written[0] == start
    assert trace.target_tokens[0].is_special


def test_the_last_row_of_a_generated_target_predicts_what_would_come_next(tiny):
    model = tiny("bart")
    short = llm_core.trace(model, TEXT, max_target_tokens=5)
    longer = llm_core.trace(model, TEXT, max_target_tokens=6)
    assert len(longer.target_tokens) == len(short.target_tokens) + 1
    assert int(short.logits[-1].argmax()) == longer.target_tokens[-1].id


@pytest.mark.parametrize(("name", "start"), [("t5", 0), ("bart", 2)])
def test_a_given_target_is_read_after_the_start_token_and_without_an_end_token(tiny, name, start):
    model = tiny(name)
    trace = llm_core.trace(model, TEXT, target="le chat noir")
    plain = model.tokenizer("le chat noir", add_special_tokens=False)["input_ids"]
    assert [token.id for token in trace.target_tokens] == [start, *plain]
    assert not trace.target_generated
    assert trace.target_tokens[0].is_special
    assert not trace.target_tokens[-1].is_special


@pytest.mark.parametrize("name", ["llama", "bert"])
def test_a_target_for_a_model_without_a_decoder_of_its_own_is_refused(tiny, name):
    with pytest.raises(llm_core.SelectionError, match="Leave the target out"):
        llm_core.trace(tiny(name), TEXT, target="le chat")


ABLATIONS = [
    ("bert", ("encoder", 1), (0, 3), "bert.encoder.layer.1.attention.output.dense"),
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


@pytest.mark.parametrize(("name", "site", "heads", "projection"), ABLATIONS)
def test_ablating_a_head_equals_zeroing_its_slice_of_the_output_projections_input(
    tiny, tiny_folder, name, site, heads, projection
):
    model = tiny(name)
    target = "le chat" if name in {"t5", "bart"} else None
    trace = llm_core.trace(model, TEXT, target, edits=llm_core.Edits(ablate_heads={site: heads}))
    plain = library(tiny_folder(name), name, "eager")

    def zero(_module, arguments):
        hidden = arguments[0].clone()
        for head in heads:
            hidden[..., head * 8 : (head + 1) * 8] = 0
        return (hidden, *arguments[1:])

    plain.get_submodule(projection).register_forward_pre_hook(zero)
    inputs = {"input_ids": ids_of(trace.tokens), "attention_mask": torch.ones_like(ids_of(trace.tokens))}
    if target:
        inputs["decoder_input_ids"] = ids_of(trace.target_tokens)
    with torch.inference_mode():
        zeroed = plain(**inputs).logits[0].numpy()
    np.testing.assert_allclose(trace.logits, zeroed, atol=1e-5)
    unedited = llm_core.trace(model, TEXT, target)
    assert np.abs(unedited.logits - trace.logits).max() > 1e-3


def hooks_of(model):
    return [list(module._forward_hooks) + list(module._forward_pre_hooks) for module in model.model.modules()]


def test_edits_leave_the_shared_model_as_it_was(tiny):
    model = tiny("llama")
    weights = {name: tensor.clone() for name, tensor in model.model.state_dict().items()}
    before = llm_core.trace(model, TEXT).logits
    hooks = hooks_of(model)  # the library keeps some of its own
    llm_core.trace(model, TEXT, edits=llm_core.Edits(ablate_heads={("decoder", 0): (0, 1, 2, 3)}))
    np.testing.assert_array_equal(llm_core.trace(model, TEXT).logits, before)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in model.model.state_dict().items())
    assert hooks_of(model) == hooks


def test_edits_reach_the_generated_target(tiny):
    model = tiny("bart")
    everything = {
        (stack, layer): (0, 1, 2, 3)
        for stack, layers in {"encoder": 2, "decoder": 3, "cross": 3}.items()
        for layer in range(layers)
    }
    plain = llm_core.trace(model, TEXT, max_target_tokens=10)
    edited = llm_core.trace(model, TEXT, max_target_tokens=10, edits=llm_core.Edits(ablate_heads=everything))
    assert [t.id for t in plain.target_tokens] != [t.id for t in edited.target_tokens]


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({("decoder", 9): (0,)}, "layer 9"),
        ({("encoder", 0): (0,)}, "encoder"),
        ({("decoder", 0): (4,)}, "from 0 to 3"),
        ({("decoder", 0): (-1,)}, "from 0 to 3"),
        ({("decoder", 0): ("a",)}, "from 0 to 3"),
    ],
)
@pytest.mark.usefixtures("unchecked_types")
def test_edits_of_heads_that_do_not_exist_are_refused(tiny, edits, said):
    with pytest.raises(llm_core.SelectionError, match=said):
        llm_core.trace(tiny("llama"), TEXT, edits=llm_core.Edits(ablate_heads=edits))


def test_edits_of_a_model_that_is_not_recorded_are_refused(tiny):
    with pytest.raises(llm_core.UnsupportedModelError, match="switched off"):
        llm_core.trace(tiny("bloom"), TEXT, edits=llm_core.Edits(ablate_heads={("decoder", 0): (0,)}))


@pytest.mark.parametrize("name", ["bert", "gemma3", "t5", "gpt-oss", "bloom"])
def test_an_unpickled_trace_gives_the_same_attention(tiny, name):
    trace = llm_core.trace(tiny(name), TEXT, "le chat" if name == "t5" else None, pad_to=40)
    data = pickle.dumps(trace)
    assert b"torch" not in data
    again = pickle.loads(data)
    assert (again.tokens, again.target_tokens, again.stacks) == (trace.tokens, trace.target_tokens, trace.stacks)
    for stack in trace.stacks:
        for layer in trace.layers(stack):
            np.testing.assert_array_equal(again.attention(stack, layer), trace.attention(stack, layer))
    np.testing.assert_array_equal(again.logits, trace.logits)


@pytest.mark.parametrize("name", ["t5", "bloom"])
def test_nothing_in_a_trace_can_be_changed(tiny, name):
    trace = llm_core.trace(tiny(name), TEXT, "le chat" if name == "t5" else None)
    arrays = [trace.logits, *(state for states in trace.states.values() for state in states)]
    for stack in trace.stacks:
        for layer in trace.layers(stack):
            record = trace.record(stack, layer)
            arrays += [getattr(record, field.name) for field in dataclasses.fields(record)]
            arrays += [record.mask.first, record.mask.end, record.mask.visible]
    arrays = [array for array in arrays if isinstance(array, np.ndarray)]
    assert len(arrays) > 15
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.text = "other"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda t: t.attention("decoder", 0), "'encoder'"),
        (lambda t: t.attention("nothing", 0), "'encoder'"),
        (lambda t: t.attention(["encoder"], 0), "'encoder'"),
        (lambda t: t.attention("encoder", 3), "from 0 to 2"),
        (lambda t: t.attention("encoder", -1), "from 0 to 2"),
        (lambda t: t.attention("encoder", "0"), "from 0 to 2"),
        (lambda t: t.attention("encoder", [0]), "from 0 to 2"),
        (lambda t: t.attention("encoder", 0, heads=[4]), "heads from 0 to 3"),
        (lambda t: t.attention("encoder", 0, heads=[-1]), "heads from 0 to 3"),
        (lambda t: t.attention("encoder", 0, heads=[0.5]), "heads from 0 to 3"),
        (lambda t: t.attention("encoder", 0, heads=1), "heads from 0 to 3"),
        (lambda t: t.attention("encoder", 0, queries=[10_000]), "query positions from 0"),
        (lambda t: t.attention("encoder", 0, queries=[-1]), "query positions from 0"),
        (lambda t: t.attention("encoder", 0, queries=[0.5]), "list of query positions"),
        (lambda t: t.attention("encoder", 0, queries=3), "list of query positions"),
        (lambda t: t.attention("encoder", 0, queries=[[0], [1, 2]]), "list of query positions"),
        (lambda t: t.mask("encoder", 7), "from 0 to 2"),
        (lambda t: t.hidden_states("cross"), "hidden states"),
        (lambda t: t.hidden_states("decoder"), "hidden states"),
        (lambda t: t.query_tokens("cross"), "'encoder'"),
        (lambda t: t.key_tokens("decoder"), "'encoder'"),
    ],
)
@pytest.mark.parametrize("name", ["bert", "mpnet"])
@pytest.mark.usefixtures("unchecked_types")
def test_a_wrong_selection_is_told_what_there_is(tiny, name, ask, said):
    trace = llm_core.trace(tiny(name), TEXT)
    with pytest.raises(llm_core.SelectionError, match=said):
        ask(trace)


def test_several_streams_side_by_side_are_not_taken_for_one(tiny):
    model = tiny("gemma3n")
    trace = llm_core.trace(model, "The cat sat.")
    assert trace.states == {"decoder": ()}
    assert geometry(model, trace).d_model == model.model.config.get_text_config().hidden_size


def test_cross_attention_has_no_residual_stream(tiny):
    trace = llm_core.trace(tiny("t5"), TEXT, "le chat")
    with pytest.raises(llm_core.SelectionError, match="'encoder', 'decoder'"):
        trace.hidden_states("cross")


@pytest.mark.parametrize(("name", "layers"), [("bert", 3), ("t5", 8)])
def test_progress_is_told_for_each_layer_and_never_runs_backwards(tiny, name, layers):
    told = []
    llm_core.trace(tiny(name), TEXT, "le chat" if name == "t5" else None, progress=told.append)
    fractions = [progress.fraction for progress in told]
    assert len(told) >= layers
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert all(progress.message for progress in told)


@pytest.mark.parametrize("name", ["bert", "llama", "t5"])
@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, RuntimeError, IndexError])
def test_a_progress_callback_may_stop_the_pass_and_the_next_one_is_fine(tiny, name, after, kind):
    model = tiny(name)
    before = llm_core.trace(model, TEXT, max_target_tokens=4)
    told = []

    def stop(progress):
        told.append(progress)
        if len(told) > after:
            raise kind("enough")

    with pytest.raises(kind, match="enough"):
        llm_core.trace(model, TEXT, max_target_tokens=4, progress=stop)
    assert len(told) == after + 1
    again = llm_core.trace(model, TEXT, max_target_tokens=4)
    np.testing.assert_array_equal(again.logits, before.logits)
    for stack in before.stacks:
        np.testing.assert_array_equal(again.attention(stack, 1), before.attention(stack, 1))


def test_padding_beyond_the_models_limit_is_refused(tiny):
    with pytest.raises(llm_core.SelectionError, match="128"):
        llm_core.trace(tiny("bert"), TEXT, pad_to=129)


def test_a_trace_is_much_smaller_than_its_attention(tiny):
    trace = llm_core.trace(tiny("t5"), "cat " * 300, "chat")
    whole = sum(trace.attention("encoder", layer).nbytes for layer in trace.layers("encoder"))
    assert 0 < trace.nbytes < whole / 3


def test_the_real_encoder_reads_a_sentence(minilm):
    trace = llm_core.trace(minilm, TEXT)
    assert [token.text for token in trace.tokens] == ["[CLS]", *TEXT.lower().rstrip(".").split(), ".", "[SEP]"]
    assert trace.attention("encoder", layer=5).shape == (12, 13, 13)
    assert trace.largest_difference < 1e-5
    assert trace.method == "recorded"


@pytest.mark.parametrize(
    "edits",
    [{("encoder", 0): 0}, {("encoder", 0): 3}, {"encoder": (0,)}, {("encoder",): (0,)}, {("encoder", 0): ("a",)}],
)
@pytest.mark.usefixtures("unchecked_types")
def test_malformed_edits_say_how_they_are_written(minilm, edits):
    with pytest.raises(llm_core.SelectionError, match="Expected heads"):
        llm_core.trace(minilm, "The cat", edits=llm_core.Edits(ablate_heads=edits))


@pytest.mark.parametrize("options", [{"pad_to": "x"}, {"pad_to": -1}, {"max_tokens": 0}, {"max_tokens": 2.5}])
@pytest.mark.usefixtures("unchecked_types")
def test_a_length_that_is_none_is_refused(minilm, options):
    with pytest.raises(llm_core.SelectionError, match="number of tokens"):
        llm_core.trace(minilm, "The cat", **options)
