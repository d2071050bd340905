"""The models known by name, and what a name means."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

import llm_core

EXPECTED = {
    "minilm-l6-mlm": ("encoder", True),
    "minilm-l6": ("encoder", True),
    "smollm2-135m": ("decoder", True),
    "t5-mini-en-fr": ("encoder-decoder", True),
    "bert-base-uncased": ("encoder", False),
    "gpt2": ("decoder", False),
    "t5-small": ("encoder-decoder", False),
}


def test_every_family_is_there_without_a_network():
    specs = {spec.name: spec for spec in llm_core.catalog()}
    assert len(specs) == len(llm_core.catalog())
    for name, (family, offline) in EXPECTED.items():
        assert (specs[name].family, specs[name].offline) == (family, offline)


def test_each_model_tells_its_licence_and_size():
    for spec in llm_core.catalog():
        assert spec.license in {"Apache-2.0", "MIT"}
        assert spec.parameters > 1_000_000
        assert spec.summary


def test_offline_models_come_first():
    offline = [spec.offline for spec in llm_core.catalog()]
    assert offline == sorted(offline, reverse=True)


def test_a_spec_is_a_key():
    spec = llm_core.catalog()[0]
    assert {spec: 1}[pickle.loads(pickle.dumps(spec))] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "other"


def test_the_catalog_says_the_truth_about_its_offline_models(mask_filler, minilm, smollm2, translator):
    for model in (mask_filler, minilm, smollm2, translator):
        (spec,) = (spec for spec in llm_core.catalog() if spec.name == model.spec.name)
        assert model.spec == spec


def test_a_name_means_the_catalog_then_a_path_then_the_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert llm_core.find_model("gpt2") in llm_core.catalog()
    assert llm_core.find_model("org/model").source == "hub"
    (tmp_path / "org" / "model").mkdir(parents=True)
    spec = llm_core.find_model("org/model")
    assert (spec.source, spec.location) == ("folder", str(tmp_path / "org" / "model"))
    file = tmp_path / "m.gguf"
    file.write_bytes(b"")
    assert llm_core.find_model(file).source == "gguf"
    assert llm_core.find_model(" minilm-l6 ").name == "minilm-l6"


def test_a_folder_that_changed_is_another_model_to_a_cache(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    before = llm_core.find_model(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    assert llm_core.find_model(tmp_path) != before


def test_a_model_loads_from_its_spec(tiny_folder):
    model = llm_core.load_model(llm_core.find_model(tiny_folder("llama")))
    assert (model.family, model.spec.offline) == ("decoder", True)
    assert model.nbytes == 4 * model.spec.parameters
