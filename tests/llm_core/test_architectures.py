"""Architectures that the code does not name: each is traced faithfully, or refused with a reason."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
import transformers

import llm_core
from llm_core.recording.verification import OUTPUTS
from tests.other_recipes import OTHER_RECIPES
from tests.tiny_models import ENCODER_DECODERS

REFUSED = {
    "big-bird-sparse": "sparse blocks have no weights for each pair of tokens",
    "canine": "reads characters, and its first and last layers look at blocks of them",
    "fnet": "has no attention",
    "funnel": "pools its tokens, so later layers have fewer rows than tokens",
    "led": "hands out a band of its attention",
    "longformer": "hands out a band of its attention",
    "longt5": "looks at blocks",
    "minimax": "calls the states of its linear layers attention",
    "prophetnet": "its decoder predicts several tokens at once, with several rows for each",
    "reformer": "sorts its tokens into chunks",
    "rwkv": "has no attention",
}
TRACED = sorted(set(OTHER_RECIPES) - set(REFUSED))
TEXTS = ["The cat sat on the mat because it was tired.", "Le chat noir s'est assis sur la table: 1, 2, 3. " * 2]


def library_output(folder, name, trace):
    """What the library itself says about the same ids, from its own model with its own attention."""
    model_class = getattr(transformers, OTHER_RECIPES[name][0])
    model = model_class.from_pretrained(folder, attn_implementation="eager").eval()
    ids = torch.tensor([[token.id for token in trace.tokens]])
    inputs = {"input_ids": ids, "attention_mask": torch.tensor([[int(not t.is_padding) for t in trace.tokens]])}
    if trace.target_tokens:
        target = torch.tensor([[token.id for token in trace.target_tokens]])
        inputs |= {"decoder_input_ids": target, "decoder_attention_mask": torch.ones_like(target)}
    if "use_cache" in inspect.signature(model.forward).parameters:
        inputs["use_cache"] = False
    with torch.inference_mode():
        return model(**inputs, output_attentions=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TRACED)
def test_any_other_architecture_shows_the_librarys_weights(tiny, tiny_folder, name):
    model = tiny(name)
    target = "le chat" if model.family == "encoder-decoder" else None
    assert (target is not None) == (name in ENCODER_DECODERS)
    for text in TEXTS:
        for padding in (0, 5):
            length = len(llm_core.trace(model, text, target).tokens)
            trace = llm_core.trace(model, text, target, pad_to=length + padding)
            library = library_output(tiny_folder(name), name, trace)
            for stack, output in OUTPUTS[model.family].items():
                rows = [place for place, token in enumerate(trace.query_tokens(stack)) if not token.is_padding]
                layers = [weights for weights in getattr(library, output) if weights is not None]
                assert len(layers) == len(trace.layers(stack)) > 0
                for layer, weights in zip(trace.layers(stack), layers, strict=True):
                    ours = trace.attention(stack, layer, queries=rows)
                    np.testing.assert_allclose(ours, weights[0, :, rows].numpy(), atol=2e-5)
                    np.testing.assert_allclose(ours.sum(-1), 1, atol=1e-5)
            if trace.logits is not None:
                rows = [place for place, t in enumerate(trace.target_tokens or trace.tokens) if not t.is_padding]
                np.testing.assert_allclose(trace.logits[rows], library.logits[0, rows].numpy(), atol=1e-4)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_shown_faithfully_is_refused(tiny_folder, name):
    with pytest.raises(llm_core.UnsupportedModelError, match="another architecture"):
        llm_core.load_model(tiny_folder(name))


@pytest.mark.parametrize(
    ("name", "family"),
    [("bert-decoder", "decoder"), ("xlm", "encoder"), ("t5-encoder", "encoder"), ("bert2bert", "encoder-decoder")],
)
@pytest.mark.filterwarnings("ignore")
def test_family_is_what_the_model_does_and_not_what_it_is_called(tiny, name, family):
    assert tiny(name).family == family


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "layers"), [("jamba", (1, 3)), ("lfm2", (1, 3)), ("recurrent-gemma", (2,))])
def test_layers_of_a_hybrid_keep_the_models_own_numbers(tiny, name, layers):
    trace = llm_core.trace(tiny(name), TEXTS[0])
    assert trace.layers("decoder") == layers
    with pytest.raises(llm_core.SelectionError, match="with attention"):
        trace.attention("decoder", 0)


@pytest.mark.filterwarnings("ignore")
def test_a_mask_of_chunks_is_not_called_a_window(tiny):
    trace = llm_core.trace(tiny("llama4"), TEXTS[1])
    assert {trace.mask("decoder", layer).kind for layer in trace.layers("decoder")} == {"causal", "other"}


def test_a_decoder_deeper_than_its_encoder_writes_its_target(tiny):
    model = tiny("mt5")
    trace = llm_core.trace(model, TEXTS[0], max_target_tokens=6)
    ids = torch.tensor([[token.id for token in trace.tokens]])
    written = model.model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, do_sample=False, use_cache=False
    )
    assert [token.id for token in trace.target_tokens] == written[0, : len(trace.target_tokens)].tolist()
