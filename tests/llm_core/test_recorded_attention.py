"""Recomputed attention equals the library's eager attention, whatever the architecture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers

import llm_core
from llm_core.recording.verification import OUTPUTS
from tests.tiny_models import ENCODER_DECODERS, RECIPES

TEXT = "The cat sat on the mat because it was tired."
RECORDED = sorted(set(RECIPES) - {"bloom", "xlnet", "mamba"})


def eager(folder, name, inputs):
    """The library's own model, loaded apart from ours, with its own attention."""
    model = getattr(transformers, RECIPES[name][0]).from_pretrained(folder, attn_implementation="eager").eval()
    with torch.inference_mode():
        return model(**inputs, output_attentions=True, output_hidden_states=True)


def library_inputs(trace):
    ids = torch.tensor([[token.id for token in trace.tokens]])
    inputs = {"input_ids": ids, "attention_mask": torch.tensor([[int(not t.is_padding) for t in trace.tokens]])}
    if trace.target_tokens:
        inputs["decoder_input_ids"] = torch.tensor([[token.id for token in trace.target_tokens]])
    return inputs


def real_rows(trace, stack):
    """Rows that are no padding: what a padded row under a window does is not defined, even in the library."""
    return [place for place, token in enumerate(trace.query_tokens(stack)) if not token.is_padding]


@pytest.mark.parametrize("padding", [0, 7])
@pytest.mark.parametrize("name", RECORDED)
def test_recomputed_attention_and_logits_equal_the_librarys(tiny, tiny_folder, name, padding):
    model = tiny(name)
    assert model.method == "recorded"
    target = "le chat" if name in ENCODER_DECODERS else None
    length = len(llm_core.trace(model, TEXT, target).tokens)
    trace = llm_core.trace(model, TEXT, target, pad_to=length + padding)
    library = eager(tiny_folder(name), name, library_inputs(trace))
    assert sum(token.is_padding for token in trace.tokens) == padding
    for stack, output in OUTPUTS[model.family].items():
        rows = real_rows(trace, stack)
        layers = library[output]
        assert trace.layers(stack) == tuple(range(len(layers)))
        for layer, weights in enumerate(layers):
            ours = trace.attention(stack, layer, queries=rows)
            np.testing.assert_allclose(ours, weights[0, :, rows].numpy(), atol=1e-5)
            if name != "gpt-oss":
                np.testing.assert_allclose(ours.sum(-1), 1, atol=1e-5)
    if name != "bert-headless":
        rows = real_rows(trace, "decoder" if target else model.family)
        np.testing.assert_allclose(trace.logits[rows], library.logits[0, rows].numpy(), atol=1e-4)
    states = torch.cat(library["decoder_hidden_states" if target else "hidden_states"]).numpy()
    ours = trace.hidden_states("decoder" if target else model.family)
    np.testing.assert_allclose(ours[:, rows], states[:, rows], atol=1e-4)


def test_padding_is_never_looked_at(tiny):
    trace = llm_core.trace(tiny("bert"), TEXT, pad_to=40)
    padding = [token.is_padding for token in trace.tokens]
    assert sum(padding) > 0
    assert trace.mask("encoder", 0).has_padding
    assert trace.attention("encoder", 1)[:, :, padding].max() == 0


@pytest.mark.parametrize(
    ("name", "stack", "kinds"),
    [
        ("bert", "encoder", ["full"] * 3),
        ("modernbert", "encoder", ["full", "sliding window", "full"]),
        ("llama", "decoder", ["causal"] * 3),
        ("gemma3", "decoder", ["sliding window", "causal", "sliding window"]),
        ("t5", "encoder", ["full"] * 2),
        ("t5", "decoder", ["causal"] * 3),
        ("t5", "cross", ["full"] * 3),
        ("bart", "decoder", ["causal"] * 3),
    ],
)
def test_masks_are_told_by_their_shape(tiny, name, stack, kinds):
    target = "le chat noir" if name in ENCODER_DECODERS else None
    trace = llm_core.trace(tiny(name), TEXT, target)
    assert [trace.mask(stack, layer).kind for layer in trace.layers(stack)] == kinds


def test_nothing_quadratic_is_kept(tiny):
    short = llm_core.trace(tiny("t5"), "cat " * 40, "chat")
    long = llm_core.trace(tiny("t5"), "cat " * 400, "chat")
    import pickle

    assert len(pickle.dumps(long)) < 12 * len(pickle.dumps(short))


@pytest.mark.parametrize("name", ["bloom", "xlnet"])
def test_models_with_an_attention_of_their_own_fall_back_to_eager(tiny, tiny_folder, name):
    model = tiny(name)
    assert model.method == "eager"
    trace = llm_core.trace(model, TEXT)
    library = eager(tiny_folder(name), name, library_inputs(trace))
    for layer, weights in enumerate(library.attentions):
        np.testing.assert_allclose(trace.attention(model.family, layer), weights[0].numpy(), atol=1e-5)


def test_a_model_without_attention_is_refused(tiny_folder):
    with pytest.raises(llm_core.UnsupportedModelError, match="attention"):
        llm_core.load_model(tiny_folder("mamba"))
