"""Sizes computed from dimensions, against real models and hand-computed numbers."""

from __future__ import annotations

import pytest
import torch
import transformers

import llm_core
from llm_core.errors import SelectionError
from llm_core.scale.attention_shape import AttentionShape, Latent
from llm_core.scale.model_dimensions import dimensions_of
from llm_core.scale.parameter_formula import Experts, Widths, matrix_parameters, parameter_count
from llm_core.scale.published_file import published_models
from llm_core.scale.sizes import (
    Dimensions,
    all_matrices_bytes,
    cache_bytes,
    matrix_bytes,
    operations_per_token,
    weight_bytes,
)

GPT3 = next(model for model in published_models() if model.name == "GPT-3 175B").dimensions


def built(kind, **sizes):
    with torch.device("meta"):
        model_class = getattr(transformers, kind)
        return model_class(model_class.config_class(**sizes))


def size_of(model):
    return sum(parameter.numel() for parameter in model.parameters())


def shape(layers, heads, shared=None, d_head=8):
    return AttentionShape(layers, heads, shared or heads, d_head)


NARROW = {"vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3}
WIDTHS = {"d_model": 32, "d_feed_forward": 48, "vocabulary": 97}
T5 = {"encoder": shape(2, 4), "decoder": shape(3, 4), "cross": shape(3, 4)}
CASES = {
    "bert with pooler": (
        ("BertModel", {**NARROW, "num_attention_heads": 4, "max_position_embeddings": 60}),
        ("bert", Widths(**WIDTHS, positions=60, attention={"encoder": shape(3, 4)})),
    ),
    "bert with masked head": (
        ("BertForMaskedLM", {**NARROW, "num_attention_heads": 4, "max_position_embeddings": 60}),
        ("bert", Widths(**WIDTHS, positions=60, attention={"encoder": shape(3, 4)}, head="masked")),
    ),
    "distilbert": (
        (
            "DistilBertForMaskedLM",
            {"vocab_size": 97, "dim": 32, "hidden_dim": 48, "n_layers": 3, "n_heads": 4, "max_position_embeddings": 60},
        ),
        ("distilbert", Widths(**WIDTHS, positions=60, attention={"encoder": shape(3, 4)})),
    ),
    "gpt": (
        (
            "GPT2LMHeadModel",
            {"vocab_size": 97, "n_embd": 32, "n_inner": 48, "n_layer": 3, "n_head": 4, "n_positions": 60},
        ),
        ("gpt", Widths(**WIDTHS, positions=60, attention={"decoder": shape(3, 4)})),
    ),
    "llama with shared heads, own output head": (
        ("LlamaForCausalLM", {**NARROW, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}),
        ("llama", Widths(**WIDTHS, positions=0, attention={"decoder": shape(3, 4, 2)}, tied=False, gated=True)),
    ),
    "llama, tied, wide heads": (
        ("LlamaForCausalLM", {**NARROW, "num_attention_heads": 4, "head_dim": 16, "tie_word_embeddings": True}),
        ("llama", Widths(**WIDTHS, positions=0, attention={"decoder": shape(3, 4, d_head=16)}, gated=True)),
    ),
    "mixture of experts": (
        (
            "MixtralForCausalLM",
            {
                **NARROW,
                **{"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8},
                **{"num_local_experts": 5, "num_experts_per_tok": 2},
            },
        ),
        (
            "llama",
            Widths(
                **WIDTHS,
                positions=0,
                attention={"decoder": shape(3, 4, 2)},
                tied=False,
                gated=True,
                experts=Experts(layers=3, count=5, used=2, shared=0, d_expert=48),
            ),
        ),
    ),
    "t5, gated": (
        (
            "T5ForConditionalGeneration",
            {
                **{"vocab_size": 97, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_heads": 4, "num_layers": 2},
                **{"num_decoder_layers": 3, "feed_forward_proj": "gated-gelu"},
            },
        ),
        ("t5", Widths(**WIDTHS, positions=0, attention=T5, gated=True)),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_formula_counts_what_the_library_builds(case):
    (kind, sizes), (design, widths) = CASES[case]
    assert parameter_count(design, widths) == size_of(built(kind, **sizes))


@pytest.mark.parametrize(
    ("name", "kind", "sizes"),
    [
        ("bert-base-uncased", "BertForMaskedLM", {}),
        ("distilbert-base-uncased", "DistilBertForMaskedLM", {}),
        ("gpt2", "GPT2LMHeadModel", {}),
        ("distilgpt2", "GPT2LMHeadModel", {"n_layer": 6}),
        ("t5-small", "T5ForConditionalGeneration", {}),
    ],
)
def test_models_of_the_hub_have_the_shape_of_the_librarys_defaults(name, kind, sizes):
    model = next(model for model in published_models() if model.name == name)
    assert model.counted == model.value("parameters") == size_of(built(kind, **sizes))


def test_shipped_models_have_the_dimensions_of_the_data_file(minilm, smollm2, translator):
    for loaded in (minilm, smollm2, translator, llm_core.load_model("minilm-l6-mlm")):
        target = "Le chat" if loaded.family == "encoder-decoder" else None
        measured = dimensions_of(loaded, llm_core.trace(loaded, "The cat sat", target))
        told = next(model for model in published_models() if model.name == loaded.spec.name)
        assert told.dimensions == measured
        assert told.counted == measured.parameters == loaded.spec.parameters
        assert weight_bytes(measured.parameters, 32) == loaded.nbytes


@pytest.mark.parametrize(
    ("name", "stacks"),
    [
        ("bert", {"encoder": shape(3, 4)}),
        ("gpt2", {"decoder": shape(3, 4)}),
        ("llama", {"decoder": shape(3, 4, 2)}),
        ("t5", T5),
        ("bart", T5),
        ("albert", {"encoder": shape(3, 4)}),
        ("bloom", {"decoder": shape(3, 4)}),
    ],
)
def test_dimensions_are_seen_in_any_loaded_model(tiny, name, stacks):
    model = tiny(name)
    target = "the cat" if model.family == "encoder-decoder" else None
    size = dimensions_of(model, llm_core.trace(model, "The cat sat", target))
    assert size.attention == stacks
    assert size.parameters == size_of(model.model)
    assert (size.vocabulary, size.d_model) == (160, 32)


@pytest.mark.parametrize("name", ["bert", "bert-headless", "gpt2", "llama", "t5", "bart"])
def test_matrix_parameters_are_those_of_attention_and_feed_forward_networks(tiny, name):
    model = tiny(name)
    target = "the cat" if model.family == "encoder-decoder" else None
    size = dimensions_of(model, llm_core.trace(model, "The cat sat", target))
    widths = Widths(32, 128 if name == "gpt2" else 48, 160, 128, size.attention, gated=name in {"t5", "llama"})
    assert size.matrix_parameters == matrix_parameters(widths)


def test_weights_take_their_bits_and_round_up_to_whole_bytes():
    assert [weight_bytes(175_000_000_000, bits) for bits in (32, 16, 8, 4)] == [
        *(700_000_000_000, 350_000_000_000, 175_000_000_000, 87_500_000_000),
    ]
    assert weight_bytes(3, 4) == 2


def test_the_cache_counts_shared_heads_once():
    # Keys and values, 30 layers, 3 heads of 64 numbers, 4 bytes each.
    size = Dimensions("decoder", attention={"decoder": AttentionShape(30, 9, 3, 64)})
    assert cache_bytes(size, 1000) == 2 * 30 * 3 * 64 * 4 * 1000
    assert cache_bytes(size, 1000, bits=16) == cache_bytes(size, 1000) // 2


def test_a_cache_holds_as_many_numbers_as_the_librarys_own(tiny):
    model = tiny("llama")
    with torch.inference_mode():
        cache = model.model(torch.arange(7).unsqueeze(0), use_cache=True).past_key_values
    numbers = sum(layer.keys.numel() + layer.values.numel() for layer in cache.layers)
    size = dimensions_of(model, llm_core.trace(model, "The cat sat"))
    assert cache_bytes(size, 7) == 4 * numbers


def test_an_encoder_decoder_keeps_its_own_tokens_and_those_of_the_source():
    size = Dimensions("encoder-decoder", attention=T5)
    assert cache_bytes(size, 10, source_tokens=100) == 2 * 3 * 4 * 8 * 4 * (10 + 100)
    assert cache_bytes(size, 10) == cache_bytes(size, 10, source_tokens=10)


def test_an_encoder_keeps_nothing_and_an_unknown_shape_gives_no_number():
    assert cache_bytes(Dimensions("encoder", attention={"encoder": shape(3, 4)}), 1000) == 0
    assert cache_bytes(Dimensions("decoder"), 1000) is None
    assert cache_bytes(Dimensions(), 1000) is None
    assert all_matrices_bytes(Dimensions(context=100), 10) is None
    assert operations_per_token(Dimensions(parameters=5), 10) is None


def test_attention_matrices_grow_with_the_square_of_the_text():
    assert matrix_bytes(100_000, 16) == 20_000_000_000
    assert matrix_bytes(2048, 32) == 16_777_216
    assert all_matrices_bytes(GPT3, 2048, 16) == 96 * 96 * 2048 * 2048 * 2


def test_a_record_of_attention_is_as_large_as_computed(tiny):
    model = tiny("bert")
    trace = llm_core.trace(model, "The cat sat on the mat")
    tokens = len(trace.tokens)
    size = dimensions_of(model, trace)
    assert all_matrices_bytes(size, tokens) == sum(trace.attention("encoder", layer).nbytes for layer in range(3))


def test_operations_of_gpt_3_follow_the_formula():
    # 12 layers' matrices d_model squared each, Kaplan et al. 2020: N = 12 n_layer d_model^2 for four-fold networks.
    numbers = 12 * 96 * 12288**2
    assert operations_per_token(GPT3, 0) == 2 * numbers
    # A token looks at half of the text and at itself: 2 n_layer n_ctx d_attn, and one key more.
    assert operations_per_token(GPT3, 2048) == 2 * numbers + 2 * 96 * 2049 * 12288


def test_a_token_of_an_encoder_looks_at_the_whole_text():
    size = Dimensions("encoder", matrix_parameters=1000, attention={"encoder": shape(2, 4)})
    assert operations_per_token(size, 100) == 2 * 1000 + 2 * 2 * 4 * (8 + 8) * 100


def test_a_window_bounds_what_is_kept_and_what_is_met():
    windowed = AttentionShape(6, 4, 2, 8, window=10, windowed_layers=5)
    assert windowed.cached_numbers(7) == 6 * 2 * 16 * 7
    assert windowed.cached_numbers(100) == 2 * 16 * (100 + 5 * 10)
    # Tokens 1 to 10 see 1 to 10 keys, each later one 10.
    assert windowed.met_numbers(100, "decoder") == 4 * 16 * (5050 + 5 * (55 + 900))


def test_latent_attention_keeps_one_short_vector():
    latent = AttentionShape(2, 8, 8, 24, d_value=16, latent=Latent(key_value=32, rotary=8, query=12))
    assert latent.cached_numbers(10) == 2 * 10 * (32 + 8)
    assert latent.value_width == 16


def test_a_token_of_an_encoder_decoder_passes_one_half():
    size = Dimensions("encoder-decoder", matrix_parameters=1000, attention={"encoder": shape(1, 1)})
    assert operations_per_token(size, 0) == 1000


@pytest.mark.parametrize("wrong", [lambda: weight_bytes(-1, 8), lambda: matrix_bytes(5, 0), lambda: matrix_bytes(-2)])
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(SelectionError, match="Expected"):
        wrong()
