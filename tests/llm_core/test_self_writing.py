"""Models that change themselves while they run: no text changes the picture of the next one, nor another thread's."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import transformers

import llm_core
from llm_core import GenerationSettings
from llm_core.recording.probe import probe_ids, probe_inputs
from llm_core.recording.self_writing import changed_by, original_of, private_copy
from llm_core.recording.verification import accepted_arguments
from tests.llm_core.test_architectures import REFUSED
from tests.tiny_models import ALL_RECIPES

TRACED = sorted(set(ALL_RECIPES) - set(REFUSED) - {"mamba"})
SHORT = "The cat sat."
LONG = "Attention is all you need, or so they say: 1, 2, 3. " * 3
FACTORS = [1.0, 1.2, 1.5, 2.0]
ROPES = {
    "dynamic": {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 10000.0},
    "longrope": {
        "rope_type": "longrope",
        "rope_theta": 10000.0,
        "factor": 8.0,
        "short_factor": FACTORS,
        "long_factor": [3 * factor for factor in FACTORS],
        "original_max_position_embeddings": 16,
    },
}


@pytest.fixture(scope="module", params=sorted(ROPES))
def turning(request, tiny_folder, tmp_path_factory):
    """A model whose rotary frequencies follow the length of the text, and its folder."""
    folder = tmp_path_factory.mktemp("turning") / request.param
    shutil.copytree(tiny_folder("llama"), folder)
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config.pop("rope_theta", None)
    config["rope_parameters"] = config["rope_scaling"] = ROPES[request.param]
    config["max_position_embeddings"] = 16 if request.param == "dynamic" else 128
    path.write_text(json.dumps(config))
    tokenizer = folder / "tokenizer_config.json"
    tokenizer.write_text(json.dumps({**json.loads(tokenizer.read_text()), "model_max_length": 10**30}))
    return folder


def fresh(folder):
    """A loaded model that takes longer texts than its first frequencies were made for."""
    model = llm_core.load_model(folder)
    return model if model.token_limit is None else _unlimited(model)


def _unlimited(model):
    from dataclasses import replace

    return replace(model, token_limit=None)


def library_weights(folder, ids):
    """The weights of the library's own model, which has read nothing before."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids]), output_attentions=True, use_cache=False).attentions


def assert_shows_the_librarys(folder, trace):
    expected = library_weights(folder, [token.id for token in trace.tokens])
    for layer, weights in enumerate(expected):
        np.testing.assert_allclose(trace.attention("decoder", layer), weights[0].numpy(), atol=2e-5)


@pytest.mark.filterwarnings("ignore")
def test_what_was_read_before_changes_no_picture(turning):
    model = fresh(turning)
    assert model.writes_to_itself
    assert model.method == "recorded"
    for text in (SHORT, LONG, SHORT, LONG[:60], LONG, SHORT):
        assert_shows_the_librarys(turning, llm_core.trace(model, text))


@pytest.mark.filterwarnings("ignore")
def test_threads_with_texts_of_other_lengths_never_mix(turning):
    model = fresh(turning)
    texts = [SHORT, LONG, LONG[:60], LONG[:90]]
    alone = [llm_core.trace(model, text) for text in texts]

    def run(number):
        for step in range(12):
            place = (number + step) % len(texts)
            trace = llm_core.trace(model, texts[place])
            for layer in trace.layers("decoder"):
                ours, expected = (one.attention("decoder", layer) for one in (trace, alone[place]))
                np.testing.assert_allclose(ours, expected, atol=1e-6)
        return True

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(run, range(6)))
    for text, trace in zip(texts, alone, strict=True):
        assert trace.text == text
        assert_shows_the_librarys(turning, trace)


@pytest.mark.filterwarnings("ignore")
def test_writing_goes_as_the_library_writes_and_leaves_nothing_behind(turning):
    model = fresh(turning)
    settings = GenerationSettings(max_new_tokens=12, temperature=0.0, seed=0)
    library = transformers.AutoModelForCausalLM.from_pretrained(turning).eval()
    for text in (SHORT, LONG, SHORT):
        ids = torch.tensor([model.tokenizer(text)["input_ids"]])
        output = private_copy(library).generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12
        )
        steps = list(llm_core.generate(model, text, settings))
        assert [step.token.id for step in steps] == output[0, ids.shape[1] :].tolist()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TRACED)
def test_every_model_that_changes_itself_is_known_to(tiny, name):
    """By trial, at lengths below, at and beyond all that its tables hold."""
    model = tiny(name)
    for count in (2, 5, 40, min(model.token_limit or 200, 200)):
        ids = probe_ids(model.model, model.tokenizer, count)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
        if model.family == "encoder-decoder":
            inputs |= {"decoder_input_ids": ids[:, : max(count // 2, 1)]}
        if changed_by(model.model, accepted_arguments(model.model.forward, inputs)):
            assert model.writes_to_itself, f"{name} changes itself at {count} tokens"


def test_a_copy_shares_the_weights_and_nothing_else(tiny):
    model = tiny("llama").model
    copied = private_copy(model)
    for one, other in zip(model.parameters(), copied.parameters(), strict=True):
        assert one is other
    buffers = list(zip(model.buffers(), copied.buffers(), strict=True))
    assert buffers
    assert all(one is not other for one, other in buffers)
    assert all(original_of(one) is other for one, other in zip(copied.modules(), model.modules(), strict=True))
    assert copied.config is not model.config


def test_a_trial_finds_a_module_that_counts_its_passes(tiny, monkeypatch):
    model = private_copy(tiny("gpt2").model)
    inputs = probe_inputs(model, tiny("gpt2").tokenizer, "decoder")
    assert not changed_by(model, inputs)
    forward = type(model.transformer.ln_f).forward

    def counting(self, *args):
        self.passes = getattr(self, "passes", 0) + 1
        return forward(self, *args)

    monkeypatch.setattr(type(model.transformer.ln_f), "forward", counting)
    assert changed_by(model, inputs)
