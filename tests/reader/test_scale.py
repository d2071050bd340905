"""What the Scale page computes and concludes, against sums written out by hand, the library's models and its caches."""

from __future__ import annotations

import re

import pytest

import llm_core
from llm_core.scale.fitting import fitting
from llm_core.scale.growth import GrowthPoint
from llm_core.scale.model_dimensions import dimensions_of
from llm_core.scale.published_file import card, published_models
from llm_core.scale.sizes import all_matrices_bytes, cache_bytes, operations_per_token
from pages.shared.scale import growth, memory, parameters, table
from pages.shared.scale.rows import Row
from tests.reader.scale import (
    amounts,
    built,
    cached_bytes,
    card_bytes,
    figures,
    kept_numbers,
    multiplications,
    operations,
)

TOLD = figures()
MODELS = {model.name: model for model in published_models()}
DIGITS = 0.006
"""Three digits are written: half of the last one, of a number that begins with a one."""
SHAPED = [name for name, model in MODELS.items() if model.widths is not None]
DECODERS = [name for name in SHAPED if TOLD[name]["family"] == "decoder" and TOLD[name].get("design") == "llama"]
DECODERS.append("StarCoder")


def test_the_page_has_the_models_of_the_files():
    assert list(MODELS) == list(TOLD)


@pytest.mark.parametrize("tokens", [1, 100, 4096, 9000])
def test_keys_and_values_of_every_model_are_those_summed_layer_by_layer(tokens):
    for name, model in MODELS.items():
        for bits in (16, 4):
            assert cache_bytes(model.dimensions, tokens, bits) == cached_bytes(TOLD[name], tokens, bits), name


def test_no_shape_means_no_number_and_never_a_zero():
    unknown = [name for name in MODELS if cached_bytes(TOLD[name], 10, 16) is None]
    assert {"Codex 12B", "Command", "Claude", "Kimi K3", "GLM-5"} <= set(unknown)
    for name in unknown:
        assert cache_bytes(MODELS[name].dimensions, 10, 16) is None
        assert all_matrices_bytes(MODELS[name].dimensions, 10) is None
        assert operations_per_token(MODELS[name].dimensions, 10) is None


@pytest.mark.parametrize("name", DECODERS)
def test_the_librarys_own_model_of_the_published_shape_has_the_counted_parameters(name):
    total, used = built(TOLD[name])
    assert MODELS[name].counted == pytest.approx(total, rel=1e-3)
    assert MODELS[name].dimensions.matrix_parameters == pytest.approx(used, rel=1e-3)


def test_operations_of_every_model_are_those_counted_query_by_query():
    for name in SHAPED:
        size = MODELS[name].dimensions
        for tokens in (1, 700):
            expected = operations(TOLD[name], size.matrix_parameters, tokens)
            assert operations_per_token(size, tokens) == pytest.approx(expected, abs=1), name


def measured(model):
    target = "the cat" if model.family == "encoder-decoder" else None
    return dimensions_of(model, llm_core.trace(model, "The cat sat", target))


KEPT = (
    *("gpt2", "llama", "qwen3", "gemma2", "gemma3", "gpt-oss", "mistral", "mixtral", "falcon", "gpt-bigcode"),
    *("deepseek-v3", "cohere2", "olmo2", "starcoder2", "llama4", "t5", "bart", "t5-mini-en-fr"),
)


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("tokens", [5, 20])
def test_a_loaded_model_keeps_what_the_librarys_cache_holds(name, tokens, model, library):
    size = measured(model(name))
    kept = kept_numbers(library(name), tokens)
    shape = size.attention["decoder"]
    # The library lets the oldest token of a full window go before the next one comes.
    early = shape.windowed_layers * shape.cached_a_token if shape.window is not None and tokens >= shape.window else 0
    assert cache_bytes(size, tokens, bits=8) == kept + early


@pytest.mark.parametrize("name", ["bert", "distilbert", "roberta", "gpt2", "opt", "t5", "bart", "minilm-l6-mlm"])
def test_operations_are_those_that_run(name, model, library):
    tokens, size = 30, measured(model(name))
    run = multiplications(library(name), tokens)
    read = 2 * tokens if size.family == "encoder-decoder" else tokens
    computed = operations_per_token(size, tokens) * read
    # Eager attention of a decoder also multiplies the pairs that its mask then closes.
    closed = sum(
        2 * shape.layers * shape.heads * (shape.d_head + shape.value_width) * (tokens * (tokens - 1) // 2)
        for stack, shape in size.attention.items()
        if stack == "decoder"
    )
    assert computed + closed == pytest.approx(run, rel=2e-3)


@pytest.mark.parametrize("name", ["mixtral", "gpt-oss", "llama4", "deepseek-v3"])
def test_a_loaded_mixture_uses_a_share_of_its_experts(name, model):
    loaded = model(name)
    size = measured(loaded)
    config = loaded.model.config
    count = next(
        value for key in ("n_routed_experts", "num_local_experts") if (value := getattr(config, key, None)) is not None
    )
    experts = sum(p.numel() for key, p in loaded.model.named_parameters() if ".experts." in key)
    idle = experts * (count - config.num_experts_per_tok) // count
    assert experts > 0
    assert size.active_parameters == size.parameters - idle


def rows_with(name, names=None):
    return [
        Row(model.name, model.dimensions, model, model.name == name)
        for model in MODELS.values()
        if names is None or model.name in names or model.name == name
    ]


NUMBER = re.compile(r"([\d,.]+) ([MB]) parameters")


def test_the_headline_of_parameters_names_the_largest_and_the_ratio_for_every_model():
    counts = {name: told["parameters"] for name, told in TOLD.items() if "parameters" in told}
    largest = max(counts, key=counts.get)
    for name, count in counts.items():
        said = parameters.sentence(rows_with(name)).replace("\\", "")
        if name == largest:
            assert said.startswith(f"{name} has ")
            assert "the most of all models here" in said
            continue
        assert said.startswith(f"{largest} has ")
        assert said.endswith(f" of {name}")
        number, unit = NUMBER.search(said).groups()
        assert float(number.replace(",", "")) * {"M": 1e6, "B": 1e9}[unit] == pytest.approx(counts[largest], rel=DIGITS)
        ratio = float(re.search(r", ([\d,.]+) times", said)[1].replace(",", ""))
        assert ratio == pytest.approx(counts[largest] / count, rel=DIGITS)


def test_two_models_that_share_the_first_place_are_both_named():
    tied = parameters.sentence(rows_with("gpt2", ["Gemma 2 27B", "Gemma 3 27B"]))
    assert tied.startswith("Gemma 2 27B and Gemma 3 27B have 27 B parameters")


@pytest.mark.parametrize(("tokens", "bits"), [(128, 32), (2048, 16), (131_072, 4)])
def test_the_headline_and_the_bar_of_memory_for_every_model(tokens, bits):
    for name, told in TOLD.items():
        if "parameters" not in told:
            continue
        row = rows_with(name, [])[0]
        bar = memory.memory_of(row, tokens, bits)
        weights, kept = told["parameters"] * bits / 8, cached_bytes(told, tokens, bits)
        said = memory.sentence([bar], tokens, bits)
        named = amounts(said)
        assert named[0] == pytest.approx(weights, rel=DIGITS)
        assert ("of keys and values" in said) == bool(kept)
        assert ("not known" in said) == (kept is None)
        if kept:
            assert named[1] == pytest.approx(kept, rel=DIGITS)
        (total,) = amounts(bar.said(with_matrices=False))
        if kept is None:
            assert bar.said(with_matrices=False).startswith("at least ")
            assert total <= weights
            assert total == pytest.approx(weights, rel=2 * DIGITS)
        else:
            assert not bar.said(with_matrices=False).startswith("at least")
            assert total == pytest.approx(weights + kept, rel=DIGITS)


@pytest.mark.parametrize(("tokens", "bits"), [(128, 32), (2048, 16), (131_072, 4)])
def test_the_card_holds_those_models_that_it_holds(tokens, bits):
    fit = too_large = unknown = 0
    for told in TOLD.values():
        if "parameters" not in told:
            continue
        weights, kept = told["parameters"] * bits / 8, cached_bytes(told, tokens, bits)
        if weights + (kept or 0) > card_bytes():
            too_large += 1
        elif kept is None:
            unknown += 1
        else:
            fit += 1
    said = memory.card_sentence(fitting((model.dimensions for model in MODELS.values()), card(), tokens, bits), card())
    assert f"holds {fit} of {fit + too_large + unknown} models" in said
    assert (f"; of {unknown} more the weights alone would fit" in said) == bool(unknown)
    assert "141 GB, announced in November 2023" in said


def test_the_headline_of_the_table_names_the_longest_context():
    contexts = {name: told["context"] for name, told in TOLD.items() if "context" in told}
    most = max(contexts.values())
    said = table.sentence(rows_with("gpt2"))
    for name, context in contexts.items():
        assert (name in said) == (context == most), name
    assert f"up to {most:,} tokens" in said
    assert amounts(said)[0] == pytest.approx(most * most * 2, rel=DIGITS)


def test_the_words_for_attention_and_experts_are_those_of_the_figures():
    for name in SHAPED:
        told, row = TOLD[name], rows_with(name, [])[0]
        said = table.attention_of(row)
        shared, heads = told.get("key_value_heads", told["heads"]), told["heads"]
        assert ("latent" in said) == ("latent_key_value" in told)
        if "latent" not in said:
            assert ("multi-query" in said) == (shared == 1)
            assert ("grouped" in said) == (1 < shared < heads)
            assert f"{heads:,} head" in said
        assert (f"window of {told.get('window', 0):,}" in said) == ("window" in told)
        experts = table.experts_of(row)
        assert (experts == "none") == ("experts" not in told)
        if "experts" in told:
            assert experts.startswith(f"{told['experts_used']} of {told['experts']}")


def test_the_headline_of_the_measurement_gives_the_ratios_of_its_points():
    points = [GrowthPoint(128, 0.002, 0.004, 1_000, 4_000), GrowthPoint(1024, 0.048, 0.2, 8_100, 210_000)]
    said = growth.sentence("m", points, disturbed=False)
    ratios = [float(number) for number in re.findall(r"([\d.]+) times", said)]
    assert ratios == pytest.approx([8, 50, 52.5, 24, 8.1], rel=DIGITS)
    assert "as long" not in growth.sentence("m", points, disturbed=True)
