"""Each layer read with the model's own head: the last row is the model, and inner rows meet its final norm once."""

from __future__ import annotations

import copy
import dataclasses
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import llm_core
from llm_core.lens.layer_skip import find_readout
from llm_core.lens.logit_lens import logit_lens

TEXT = "The cat sat on the mat because it was tired."
READ = [
    "gpt2",
    "llama",
    "gemma2",
    "gemma3",
    "qwen3",
    "gpt-neox",
    "gpt-oss",
    "opt",
    "bloom",
    "falcon",
    "mpt",
    "cohere",
    "granite",
    "olmo2",
    "deepseek-v3",
    "jamba",
    "openai-gpt",
    "xglm",
    "bert",
    "roberta",
    "albert",
    "distilbert",
    "modernbert",
    "electra",
    "deberta-v2",
    "xlm",
    "t5",
    "mt5",
    "bart",
    "marian",
    "mbart",
    "m2m-100",
    "bert2bert",
    "t5gemma",
]


@pytest.mark.parametrize("name", READ)
def test_the_last_row_is_the_models_own_answer(tiny, name):
    model = tiny(name)
    trace = llm_core.trace(model, TEXT, "le chat" if model.family == "encoder-decoder" else None)
    lens = logit_lens(model, trace, count=5)
    own = torch.from_numpy(trace.logits.copy()).softmax(dim=-1)
    assert lens.largest_difference < 1e-3
    assert lens.rows == len(trace.states[lens.stack])
    np.testing.assert_array_equal(lens.candidates[-1, :, 0], trace.logits.argmax(axis=1))
    np.testing.assert_allclose(lens.probabilities[-1], own.topk(5).values.numpy(), rtol=1e-5)
    assert (lens.answer_ranks[-1] == 1).all()


LISTS_OF_LAYERS = {
    "albert": ["albert.encoder.albert_layer_groups"],  # one group serves as all layers: only their number is cut
    "xlm": [f"transformer.{part}" for part in ("attentions", "layer_norm1", "ffns", "layer_norm2")],
    "t5": ["decoder.block"],
    "mt5": ["decoder.block"],
    "bert2bert": ["decoder.bert.encoder.layer"],
    "t5gemma": ["model.decoder.layers"],
}
"""Where the layers lie in models that have more than one list of that length, or none."""

NUMBER_OF_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers", "num_decoder_layers")


def only_list_of(network, layers):
    (found,) = [
        path
        for path, module in network.named_modules()
        if isinstance(module, torch.nn.ModuleList) and len(module) == layers and len(list(module.parameters()))
    ]
    return found


@pytest.mark.parametrize("name", READ)
def test_a_model_cut_off_after_a_layer_says_what_the_lens_says_there(tiny, name):
    """The library itself, with the layers above taken away, is the reference for an inner row."""
    model = tiny(name)
    target = "le chat" if model.family == "encoder-decoder" else None
    trace = llm_core.trace(model, TEXT, target)
    lens = logit_lens(model, trace, count=3)
    whole = find_readout(model)
    shorter = copy.deepcopy(model.model)
    keep = whole.layers - 1
    for path in LISTS_OF_LAYERS.get(name) or [only_list_of(shorter, whole.layers)]:
        owner, _, layers = path.rpartition(".")
        stack = shorter.get_submodule(owner)
        del getattr(stack, layers)[keep:]
        for counted in (stack, getattr(stack, "config", None)):
            for key in NUMBER_OF_LAYERS:
                if getattr(counted, key, None) == whole.layers:
                    setattr(counted, key, keep)
    inputs = model.tokenizer(TEXT, return_tensors="pt")
    arguments = {"input_ids": inputs["input_ids"], "use_cache": False}
    if target is not None:
        written = torch.tensor([[token.id for token in trace.target_tokens]])
        # Without a mask some models take the first token of a target for padding.
        arguments |= {"decoder_input_ids": written, "decoder_attention_mask": torch.ones_like(written)}
    if model.family == "encoder":
        arguments.pop("use_cache")
    with torch.inference_mode():
        logits = shorter(**arguments).logits[0]
    expected = logits.softmax(dim=-1).topk(3)
    np.testing.assert_allclose(lens.probabilities[keep], expected.values.numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["bert-headless", "t5-encoder"])
def test_a_model_without_a_head_is_refused(tiny, name):
    model = tiny(name)
    with pytest.raises(llm_core.UnsupportedModelError, match="no head that says words"):
        logit_lens(model, llm_core.trace(model, TEXT))


@pytest.mark.parametrize("name", ["xlnet", "gemma3n", "fsmt"])
def test_a_model_whose_layers_cannot_be_read_faithfully_is_refused(tiny, name):
    with pytest.raises(llm_core.UnsupportedModelError, match="cannot be read faithfully"):
        find_readout(tiny(name))


def test_reading_changes_nothing_in_the_shared_model(tiny):
    model = tiny("llama")
    before = {name: id(module) for name, module in model.model.named_modules()}
    hooks = [len(module._forward_hooks) for module in model.model.modules()]
    logits = llm_core.trace(model, TEXT).logits
    logit_lens(model, llm_core.trace(model, TEXT))
    assert {name: id(module) for name, module in model.model.named_modules()} == before
    assert [len(module._forward_hooks) for module in model.model.modules()] == hooks
    np.testing.assert_array_equal(llm_core.trace(model, TEXT).logits, logits)


def test_gpt2_by_hand(tiny):
    model = tiny("gpt2")
    trace = llm_core.trace(model, TEXT)
    lens = logit_lens(model, trace, count=1)
    states = torch.from_numpy(np.stack(trace.states["decoder"]))
    own = model.model
    with torch.inference_mode():
        inner = own.lm_head(own.transformer.ln_f(states[1])).softmax(-1)
        last = own.lm_head(states[-1]).softmax(-1)
    np.testing.assert_allclose(lens.probabilities[1, :, 0], inner.max(-1).values.numpy(), rtol=1e-5)
    np.testing.assert_allclose(lens.probabilities[-1, :, 0], last.max(-1).values.numpy(), rtol=1e-5)


def test_tied_t5_is_scaled_as_the_model_scales(tiny_folder, tmp_path):
    import transformers

    from tests.tiny_models import write_tiny_model

    write_tiny_model("t5", tmp_path / "t5")
    config = transformers.T5Config.from_pretrained(
        tmp_path / "t5", tie_word_embeddings=True, scale_decoder_outputs=True
    )
    torch.manual_seed(0)
    transformers.T5ForConditionalGeneration(config).save_pretrained(tmp_path / "t5")
    model = llm_core.load_model(tmp_path / "t5")
    trace = llm_core.trace(model, TEXT, "le chat")
    lens = logit_lens(model, trace, count=1)
    decoder = model.model.decoder
    state = torch.from_numpy(trace.states["decoder"][1].copy())
    with torch.inference_mode():
        normed = decoder.final_layer_norm(state) * config.d_model**-0.5
        inner = model.model.lm_head(normed).softmax(-1).max(-1).values
    np.testing.assert_allclose(lens.probabilities[1, :, 0], inner.numpy(), rtol=1e-5)


def test_chosen_positions_say_the_same_as_all(tiny):
    model = tiny("gemma2")
    trace = llm_core.trace(model, TEXT)
    everything, some = logit_lens(model, trace), logit_lens(model, trace, [4, 1])
    np.testing.assert_array_equal(some.answers, everything.answers[[4, 1]])
    np.testing.assert_allclose(some.probabilities, everything.probabilities[:, [4, 1]], rtol=1e-4, atol=1e-7)
    assert some.positions == (4, 1)
    assert [token.id for token in some.tokens] == [trace.tokens[4].id, trace.tokens[1].id]


def test_texts_longer_than_a_chunk_are_read_whole(tiny):
    model = tiny("llama")
    trace = llm_core.trace(model, "The cat sat on the mat. " * 12, max_tokens=110, truncate=True)
    assert len(trace.tokens) > 64
    lens = logit_lens(model, trace, count=1)
    np.testing.assert_array_equal(lens.answers, trace.logits.argmax(axis=1))
    assert lens.candidates.shape == (lens.rows, len(trace.tokens), 1)


def test_ranks_count_the_tokens_that_are_likelier(tiny):
    model = tiny("gpt-neox")
    trace = llm_core.trace(model, TEXT)
    lens = logit_lens(model, trace, count=160)
    for row in range(lens.rows):
        for column in range(len(lens.tokens)):
            place = list(lens.candidates[row, column]).index(lens.answers[column])
            assert lens.answer_ranks[row, column] == place + 1
            assert lens.answer_probabilities[row, column] == pytest.approx(lens.probabilities[row, column, place])
    first = [lens.settled(column) for column in range(len(lens.tokens))]
    assert max(first) > 0
    for column, settled in enumerate(first):
        assert (lens.answer_ranks[settled:, column] == 1).all()
        assert (lens.answer_ranks[:settled, column] > 1)[-1:].all()


def test_one_token_is_enough(tiny):
    model = tiny("gpt2")
    lens = logit_lens(model, llm_core.trace(model, "a"))
    assert lens.candidates.shape[:2] == (4, 1)


@pytest.mark.usefixtures("unchecked_types")
def test_what_does_not_exist_is_said(tiny):
    model, other = tiny("gpt2"), tiny("llama")
    trace = llm_core.trace(model, TEXT)
    for wrong in ([99], [-1], [], ["x"]):
        with pytest.raises(llm_core.SelectionError, match="Expected positions from 0"):
            logit_lens(model, trace, wrong)
    with pytest.raises(llm_core.SelectionError, match="Expected a number of candidates"):
        logit_lens(model, trace, count=0)
    with pytest.raises(llm_core.SelectionError, match="Expected a trace of"):
        logit_lens(other, trace)
    with pytest.raises(llm_core.SelectionError, match="Expected a position"):
        logit_lens(model, trace).settled(99)


def test_progress_is_told_and_can_stop(tiny):
    model = tiny("llama")
    trace = llm_core.trace(model, TEXT)
    told = []
    logit_lens(model, trace, progress=told.append)
    assert [step.fraction for step in told] == sorted(step.fraction for step in told)
    assert "Layer 3 of 3" in told[-1].message

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        logit_lens(model, trace, progress=stop)


def test_the_capital_of_france_becomes_paris_near_the_top(smollm2):
    trace = llm_core.trace(smollm2, "The capital of France is")
    lens = logit_lens(smollm2, trace, [len(trace.tokens) - 1])
    assert lens.words[int(lens.answers[0])].text == "Paris"
    assert lens.probabilities[-1, 0, 0] > 0.5
    assert lens.answer_ranks[5, 0] > 100
    assert lens.answer_ranks[-2, 0] <= 10


def test_a_readout_is_found_once_and_goes_when_its_model_goes(tiny):
    model = dataclasses.replace(tiny("llama"))
    readout = find_readout(model)
    assert find_readout(model) is readout
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    assert readout.read(torch.zeros(2, 32)).shape[0] == 2


def test_threads_that_read_at_once_get_their_own_words(tiny):
    readout = find_readout(tiny("gpt2"))
    states = torch.randn(16, 3, 32, generator=torch.Generator().manual_seed(0))
    alone = [readout.read(state) for state in states]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(readout.read, states.repeat(8, 1, 1)))
    for place, logits in enumerate(together):
        torch.testing.assert_close(logits, alone[place % len(states)])
