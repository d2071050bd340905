"""Settings of config.json that do not go together, or do not fit the weights: refused in a sentence that names them."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

import llm_core

pytestmark = pytest.mark.filterwarnings("ignore")

NOT_FITTING = {
    "other sizes": (
        "bert",
        {"vocab_size": 7},
        r"word_embeddings\.weight has \d+ × \d+ .*, and 7 × \d+",
    ),
    "one tensor of another size": ("bert", {"max_position_embeddings": 9}, r"and 9 × \d+ by config\.json\. Put the"),
    "an unknown function": ("bert", {"hidden_act": "nonsense"}, r"cannot be built .* KeyError: 'nonsense'\. Compare"),
    "heads that do not divide": ("bert", {"num_attention_heads": 3}, r"cannot be built .* heads \(3\)\. Compare"),
    "no heads": ("bert", {"num_attention_heads": 0}, r"cannot be built from its config\.json"),
    "a number as text": (
        "bert",
        {"num_attention_heads": "4"},
        r"configuration .* expected int, got str",
    ),
    "padding outside": ("bert", {"pad_token_id": 10**7}, r"cannot be built .* Padding_idx must be within"),
    "unknown positions": ("llama", {"rope_parameters": {"rope_type": "nonsense"}}, r"cannot be built .* 'nonsense'\."),
    "a first token outside": ("t5", {"decoder_start_token_id": 10**6}, r"name token 1000000 as its first\. Write"),
    "a first token below": ("bart", {"decoder_start_token_id": -3}, r"name token -3 as its first\. Write"),
    "no first token": ("t5", {"decoder_start_token_id": None, "bos_token_id": None}, r"do not say which token"),
}


def copy_of(folder, to, **changes):
    """A model's folder whose files say something else in both places that can say it."""
    shutil.copytree(folder, to)
    for file in ("config.json", "generation_config.json"):
        said = json.loads((to / file).read_text(encoding="utf-8")) if (to / file).is_file() else {}
        (to / file).write_text(json.dumps({**said, **changes}), encoding="utf-8")
    return to


@pytest.mark.parametrize("what", NOT_FITTING)
def test_what_does_not_fit_is_said(tiny_folder, tmp_path, what):
    name, changes, expected = NOT_FITTING[what]
    folder = copy_of(tiny_folder(name), tmp_path / "model", **changes)
    with pytest.raises(llm_core.NotAModelError, match=expected):
        llm_core.load_model(folder)


@pytest.mark.parametrize("factor", [float("nan"), 0.0])
def test_a_setting_that_makes_no_numbers_is_refused_without_printing_one(tiny_folder, tmp_path, factor):
    rope = {"rope_type": "linear", "factor": factor, "rope_theta": 10000.0}
    folder = copy_of(tiny_folder("llama"), tmp_path / "model", rope_parameters=rope)
    with pytest.raises(llm_core.UnsupportedModelError, match="not made of numbers") as refused:
        llm_core.load_model(folder)
    assert " nan" not in str(refused.value)


def test_quantized_weights_are_refused_before_any_quantizer_is_asked_for(tiny_folder, tmp_path):
    folder = copy_of(tiny_folder("llama"), tmp_path / "model", quantization_config={"quant_method": "gptq", "bits": 4})
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.0.mlp.up_proj.qweight"] = torch.ones(4, 4, dtype=torch.int32)
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(llm_core.NotAModelError, match=r"number format: .*up_proj\.qweight.* These are quantized"):
        llm_core.load_model(folder)


def test_a_package_that_a_quantizer_needs_is_named(tiny_folder, tmp_path):
    folder = copy_of(tiny_folder("llama"), tmp_path / "model", quantization_config={"load_in_8bit": True})
    with pytest.raises(llm_core.NotAModelError, match=r"needs the Python package bitsandbytes"):
        llm_core.load_model(folder)
