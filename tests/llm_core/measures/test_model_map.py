"""The map of a model: every parameter is in one block, and the blocks are the model's own."""

from __future__ import annotations

import pytest

import llm_core
from llm_core.measures.model_map import counts_of, map_of, map_of_model, model_map
from llm_core.measures.parameters import block_counts, parameter_blocks
from llm_core.samples import MODELS, sample_map

TEXT = "The cat sat on the mat."
TINY = ["bert", "albert", "distilbert", "modernbert", "gpt2", "llama", "gpt-neox", "mixtral", "t5", "bart", "bert2bert"]


def mapped(model):
    return model_map(model, llm_core.trace(model, TEXT, "le chat" if model.family == "encoder-decoder" else None))


@pytest.mark.parametrize("name", [*TINY, "bert-headless", "xlm", "jamba", "opt", "gemma3"])
def test_the_blocks_add_up_to_the_models_parameters(tiny, name):
    model = tiny(name)
    total = sum(parameter.numel() for parameter in model.model.parameters())
    drawn = mapped(model)
    assert drawn.total == total == parameter_blocks(model.model).total
    assert sum(one.parameters for one in block_counts(model.model)) == total


@pytest.mark.parametrize(("name", "fixture"), list(zip(MODELS, ["mask_filler", "smollm2", "translator"], strict=True)))
def test_the_shipped_maps_are_those_of_the_models(request, name, fixture):
    model = request.getfixturevalue(fixture)
    drawn = sample_map(name)
    assert drawn == map_of(name, model.family, drawn.geometry, counts_of(model.model))
    assert drawn.total == sum(parameter.numel() for parameter in model.model.parameters())
    assert drawn.geometry == mapped(model).geometry


def test_a_tied_table_is_counted_once_and_as_an_embedding():
    drawn = sample_map("smollm2-135m")
    assert drawn.embedding == 49_152 * 576
    assert drawn.head == 0


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "gpt-neox", "t5", "bart", "albert"])
def test_a_head_is_tied_if_the_library_ties_it(tiny, name):
    model = tiny(name)
    tables = [model.model.get_input_embeddings().weight, model.model.get_output_embeddings().weight]
    assert mapped(model).geometry.tied == (tables[0] is tables[1]) == model.model.config.tie_word_embeddings


def test_a_model_without_a_head_ties_nothing(tiny):
    assert not mapped(tiny("bert-headless")).geometry.tied


def test_layers_have_the_sizes_of_their_matrices():
    (stack,) = sample_map("smollm2-135m").stacks
    assert (stack.heads, stack.key_value_heads, stack.cross_heads, len(stack.layers)) == (9, 3, 0, 30)
    assert stack.layers[7]["attention"] == 2 * 576 * 576 + 2 * 576 * 192
    assert stack.layers[7]["feed_forward"] == 3 * 576 * 1536
    assert stack.beside == {"normalisation": 576}


def test_an_encoder_decoder_has_two_stacks_with_cross_attention_in_the_second(tiny):
    encoder, decoder = mapped(tiny("t5")).stacks
    assert (encoder.stack, len(encoder.layers), encoder.cross_heads) == ("encoder", 2, 0)
    assert (decoder.stack, len(decoder.layers), decoder.cross_heads) == ("decoder", 3, 4)
    assert "cross_attention" not in encoder.layers[0]
    # The table of relative positions belongs to the first layer, which alone has one.
    assert decoder.layers[0]["attention"] - decoder.layers[1]["attention"] == 32 * 4
    assert decoder.layers[1]["cross_attention"] == decoder.layers[1]["attention"] == 4 * 32 * 32


def test_layers_that_share_their_weights_are_counted_once(tiny):
    (stack,) = mapped(tiny("albert")).stacks
    assert len(stack.layers) == 3
    assert stack.layers[0]["attention"] > 0
    assert stack.layers[1] == stack.layers[2] == {}


@pytest.mark.parametrize("name", ["gpt2", "t5"])
def test_a_model_that_has_read_nothing_has_the_map_of_one_that_has(tiny, name):
    model = tiny(name)
    target = "cat" if model.family == "encoder-decoder" else None
    assert map_of_model(model) == model_map(model, llm_core.trace(model, "the cat", target))
