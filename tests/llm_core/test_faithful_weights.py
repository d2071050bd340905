"""What the files hold is what runs, every tensor of it, or the model is refused."""

from __future__ import annotations

import json
import re
import shutil
import zlib

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

import llm_core
from llm_core.models import admission
from tests.llm_core.test_architectures import REFUSED
from tests.tiny_models import ALL_RECIPES

TEXT = "The cat sat on the mat because it was tired."
TRACED = sorted(set(ALL_RECIPES) - set(REFUSED) - {"mamba"})
"""Every architecture of the tests that is traced at all."""


def rewritten(folder, to, change):
    """A copy of a model's folder with its tensors changed, and those tensors."""
    shutil.copytree(folder, to)
    tensors = load_file(to / "model.safetensors")
    change(tensors)
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(tensors, to / "model.safetensors", metadata={"format": "pt"})
    return to


def target_of(model):
    return "le chat" if model.family == "encoder-decoder" else None


def everything_in(model):
    trace = llm_core.trace(model, TEXT, target_of(model))
    weights = [trace.attention(stack, layer) for stack in trace.stacks for layer in trace.layers(stack)]
    states = [trace.hidden_states(stack) for stack, layers in trace.states.items() if layers]
    return [*weights, *states, *([] if trace.logits is None else [trace.logits])]


def chosen(tensors, name):
    """A matrix of the body, another one for each architecture, and the same one on every machine."""
    body = [key for key, tensor in tensors.items() if tensor.ndim > 1 and tensor.dtype == torch.float32]
    return sorted(body)[zlib.crc32(name.encode()) % len(body)]


def dropped(tensors, key):
    del tensors[key]


def renamed(tensors, key):
    head, _, last = key.rpartition(".")
    tensors[f"{head}.inner.{last}"] = tensors.pop(key)


def doubled(tensors, key):
    """Once more with other numbers, as another layer or another part would be."""
    head, _, last = key.rpartition(".")
    tensors[f"{head}.twin.{last}"] = tensors[key] + 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("change", [dropped, renamed, doubled])
@pytest.mark.parametrize("name", TRACED)
def test_a_changed_set_of_tensors_is_refused_by_name_or_changes_nothing(tiny, tiny_folder, tmp_path, name, change):
    keys = []

    def apply(tensors):
        keys.append(chosen(tensors, name))
        change(tensors, keys[0])

    folder = rewritten(tiny_folder(name), tmp_path / name, apply)
    refused = None
    try:
        model = llm_core.load_model(folder)
    except (llm_core.NotAModelError, llm_core.LeftOutError) as error:
        refused = str(error)
    if refused is not None:
        assert keys[0].rpartition(".")[2] in refused
        return
    ours, expected = everything_in(model), everything_in(tiny(name))
    # Without the head's tensors the body is shown without logits, which come last.
    assert len(ours) in {len(expected), len(expected) - 1}
    for one, other in zip(ours, expected, strict=False):
        np.testing.assert_array_equal(one, other)


REFUSALS = {
    "relative positions that the library no longer has": (
        "bert",
        lambda t: t.update(
            {f"bert.encoder.layer.{i}.attention.self.distance_embedding.weight": torch.randn(255, 8) for i in range(3)}
        ),
        r"3 of the tensors .*distance_embedding",
    ),
    "biases that the configuration does not name": (
        "llama",
        lambda t: t.update({f"model.layers.{i}.self_attn.q_proj.bias": torch.ones(32) for i in range(3)}),
        r"layers\.0\.self_attn\.q_proj\.bias",
    ),
    "more layers than the configuration says": (
        "gpt2",
        lambda t: t.update({k.replace("h.2.", "h.3."): v + 0.1 for k, v in list(t.items()) if ".h.2." in k}),
        r"h\.3\.",
    ),
    "an adapter's matrices among the weights": (
        "llama",
        lambda t: t.update({"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": torch.ones(4, 32)}),
        "lora_A",
    ),
    "the same tensor with and without the body's name": (
        "bert",
        lambda t: t.update({"encoder.layer.0.attention.self.query.weight": torch.ones(32, 32)}),
        "twice",
    ),
    "a decoder's experts for a model without any": (
        "t5",
        lambda t: t.update({"encoder.block.0.layer.1.mlp.router.classifier.weight": torch.ones(2, 32)}),
        "router",
    ),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_weights_that_nothing_takes_are_refused_by_name(tiny_folder, tmp_path, why):
    name, change, named = REFUSALS[why]
    with pytest.raises(llm_core.LeftOutError, match=named):
        llm_core.load_model(rewritten(tiny_folder(name), tmp_path / "model", change))


ALLOWED = {
    "a pooler": ("bert", {"bert.pooler.dense.weight": (32, 32), "bert.pooler.dense.bias": (32,)}),
    "a head for pairs of sentences": (
        "bert",
        {"cls.seq_relationship.weight": (2, 32), "cls.seq_relationship.bias": (2,)},
    ),
    "a head that sorts texts": (
        "roberta",
        {"classifier.dense.weight": (32, 32), "classifier.out_proj.weight": (2, 32)},
    ),
    "a head that scores texts": ("llama", {"score.weight": (2, 32)}),
    "a value head": ("gpt2", {"v_head.summary.weight": (1, 32), "v_head.summary.bias": (1,)}),
    "rotary frequencies of each layer": ("llama", {"model.layers.0.self_attn.rotary_emb.inv_freq": (4,)}),
    "positions that are counted again": ("bert", {"bert.embeddings.position_ids": (1, 128)}),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_parts_that_no_picture_needs_may_be_left_out(tiny, tiny_folder, tmp_path, what):
    name, more = ALLOWED[what]
    folder = rewritten(
        tiny_folder(name), tmp_path / "model", lambda t: t.update({k: torch.rand(shape) for k, shape in more.items()})
    )
    for ours, expected in zip(everything_in(llm_core.load_model(folder)), everything_in(tiny(name)), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_causal_masks_that_older_versions_saved_as_biases_may_be_left_out(tiny, tiny_folder, tmp_path):
    mask = torch.ones(128, 128).tril()[None, None]
    folder = rewritten(
        tiny_folder("gpt2"),
        tmp_path / "model",
        lambda t: t.update({f"transformer.h.{i}.attn.bias": mask.clone() for i in range(3)}),
    )
    assert everything_in(llm_core.load_model(folder))
    other = rewritten(
        tiny_folder("gpt2"), tmp_path / "other", lambda t: t.update({"transformer.h.0.attn.bias": torch.rand(96)})
    )
    with pytest.raises(llm_core.LeftOutError, match=r"attn\.bias"):
        llm_core.load_model(other)


def test_a_head_of_the_same_numbers_twice_is_no_contradiction(tiny_folder, tmp_path):
    def twice(tensors):
        tensors["encoder.layer.0.attention.self.query.weight"] = tensors[
            "bert.encoder.layer.0.attention.self.query.weight"
        ].clone()

    assert everything_in(llm_core.load_model(rewritten(tiny_folder("bert"), tmp_path / "model", twice)))


@pytest.mark.parametrize("files", [["adapter_config.json"], ["adapter_config.json", "adapter_model.safetensors"]])
def test_an_adapter_beside_the_weights_is_said(tiny_folder, tmp_path, files):
    folder = shutil.copytree(tiny_folder("llama"), tmp_path / "model")
    for file in files:
        (folder / file).write_text("{}")
    with pytest.raises(llm_core.UnsupportedModelError, match=r"adapter.*Merge it"):
        llm_core.load_model(folder)


def test_an_adapter_without_its_model_is_said(tmp_path):
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    with pytest.raises(llm_core.NotAModelError, match="only an adapter"):
        llm_core.load_model(tmp_path)


def test_weights_in_a_file_that_is_not_read_are_said(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder("llama"), tmp_path / "model")
    save_file({"more.weight": torch.ones(2)}, folder / "extra.safetensors")
    with pytest.raises(llm_core.UnsupportedModelError, match=r"extra\.safetensors"):
        llm_core.load_model(folder)


def test_the_same_weights_in_a_second_file_are_no_contradiction(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder("llama"), tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    some = dict(list(tensors.items())[::2])
    save_file(some, folder / "again.safetensors", metadata={"format": "pt", "written by": "another program"})
    assert everything_in(llm_core.load_model(folder))


@pytest.mark.parametrize("change", ["number", "format", "shape"])
def test_other_numbers_in_a_second_file_are_refused_with_the_tensor(tiny_folder, tmp_path, change):
    folder = shutil.copytree(tiny_folder("llama"), tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    name = max(tensors)
    other = tensors[name].clone()
    if change == "number":
        other.reshape(-1)[-1] += 1e-3
    tensors[name] = {"number": other, "format": other.half(), "shape": other.reshape(1, *other.shape)}[change]
    save_file(tensors, folder / "again.safetensors")
    with pytest.raises(llm_core.UnsupportedModelError, match=rf"again.* 1 tensors twice .* example {re.escape(name)}"):
        llm_core.load_model(folder)


def test_a_missing_part_of_weights_in_several_files_is_said(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder("llama"), tmp_path / "model")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="40KB")
    assert llm_core.load_model(folder).method == "recorded"
    min(folder.glob("model-*.safetensors")).unlink()
    with pytest.raises(llm_core.NotAModelError, match="files are missing"):
        llm_core.load_model(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["llama", "bert", "t5", "bloom", "xlnet"])
def test_weights_that_are_no_numbers_are_refused(tiny_folder, tmp_path, name, value):
    keys = []

    def spoil(tensors):
        keys.append(chosen(tensors, name))
        tensors[keys[0]][-1, 0] = value

    with pytest.raises(llm_core.NotAModelError, match="NaN or infinity in 1 of its tensors"):
        llm_core.load_model(rewritten(tiny_folder(name), tmp_path / "model", spoil))


def test_numbers_that_overflow_in_a_pass_are_refused_in_a_sentence(tiny_folder, tmp_path):
    def blow_up(tensors):
        tensors["model.layers.1.mlp.down_proj.weight"] *= 3e37
        tensors["model.layers.1.mlp.up_proj.weight"] *= 3e37

    folder = rewritten(tiny_folder("llama"), tmp_path / "model", blow_up)
    with pytest.raises(llm_core.UnsupportedModelError):
        llm_core.trace(llm_core.load_model(folder), TEXT)


def test_overwritten_files_reach_only_what_is_loaded_after(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder("llama"), tmp_path / "model")
    spec = llm_core.find_model(folder)
    model = llm_core.load_model(folder)
    before = everything_in(model)
    tensors = {name: tensor * 1.5 for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    for ours, expected in zip(everything_in(model), before, strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert llm_core.find_model(folder) != spec
    again = llm_core.load_model(folder)
    assert not np.array_equal(everything_in(again)[-1], before[-1])
    first, second = (llm_core.trace(one, TEXT) for one in (model, again))
    assert first.identity != second.identity
    assert first.identity == llm_core.trace(model, TEXT).identity != llm_core.trace(model, TEXT + " Yes.").identity


def test_known_model_types_are_those_of_the_library():
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    assert admission.known_model_types() == set(CONFIG_MAPPING)


@pytest.mark.parametrize("kind", [torch.int8, torch.float8_e4m3fn])
def test_weights_that_stand_for_nothing_without_a_scale_are_refused(tiny_folder, tmp_path, kind):
    def quantize(tensors):
        key = "model.layers.1.self_attn.q_proj.weight"
        tensors[key] = (tensors[key] * 8).to(kind)

    folder = rewritten(tiny_folder("llama"), tmp_path / "quantized", quantize)
    with pytest.raises(llm_core.NotAModelError, match=r"another number format: .*layers\.1\.self_attn\.q_proj\.weight"):
        llm_core.load_model(folder)


def test_a_saved_buffer_that_is_no_number_is_refused_as_a_weight_is(tiny_folder, tmp_path):
    def spoil(tensors):
        tensors["final_logits_bias"] = torch.full_like(tensors["final_logits_bias"], torch.nan)

    folder = rewritten(tiny_folder("bart"), tmp_path / "spoilt", spoil)
    with pytest.raises(llm_core.NotAModelError, match=r"NaN or infinity in 1 of its tensors: final_logits_bias"):
        llm_core.load_model(folder)
