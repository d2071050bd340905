"""What a model's parameters are spent on."""

from __future__ import annotations

import pytest

from llm_core.measures.parameters import parameter_blocks

D, VOCABULARY, INNER, LAYERS = 32, 160, 48, 3


def independent_total(model):
    """Parameters counted by storage, so that tied weights count once."""
    return sum({parameter.data_ptr(): parameter.numel() for parameter in model.parameters()}.values())


@pytest.mark.parametrize(
    "name",
    [
        "bert",
        "gpt2",
        "llama",
        "t5",
        "bart",
        "gemma3",
        "albert",
        "distilbert",
        "gpt-oss",
        "gpt-neox",
        "xlnet",
        "bert2bert",
    ],
)
def test_blocks_sum_to_the_total_with_nothing_left_over(tiny, name):
    model = tiny(name).model
    blocks = parameter_blocks(model)
    assert blocks.total == independent_total(model) == tiny(name).spec.parameters
    assert blocks.other == 0


def test_llama_by_hand(tiny):
    blocks = parameter_blocks(tiny("llama").model)
    assert blocks.embedding == VOCABULARY * D
    # Four heads of 8 share two key/value heads: queries and outputs are square, keys and values half as wide.
    assert blocks.attention == LAYERS * (2 * D * D + 2 * D * D // 2)
    assert blocks.feed_forward == LAYERS * 3 * D * INNER
    assert blocks.normalisation == (2 * LAYERS + 1) * D
    assert blocks.head == VOCABULARY * D
    assert blocks.cross_attention == 0


def test_bert_by_hand(tiny):
    blocks = parameter_blocks(tiny("bert").model)
    assert blocks.embedding == (VOCABULARY + 128 + 2) * D
    assert blocks.attention == LAYERS * 4 * (D * D + D)
    assert blocks.feed_forward == LAYERS * (2 * D * INNER + INNER + D)
    assert blocks.normalisation == (2 * LAYERS + 1) * 2 * D
    # The table that gives the scores is the token table; its bias and the transform before it are the head's own.
    assert blocks.head == VOCABULARY + D * D + D + 2 * D


def test_a_tied_output_table_is_counted_once_as_embedding(tiny):
    assert parameter_blocks(tiny("gpt2").model).head == 0
    assert parameter_blocks(tiny("gpt2").model).embedding == (VOCABULARY + 128) * D


def test_cross_attention_is_told_apart(tiny):
    for name in ("t5", "bart"):
        blocks = parameter_blocks(tiny(name).model)
        bias = 0 if name == "t5" else 4 * D
        assert blocks.cross_attention == 3 * (4 * D * D + bias)
        assert blocks.embedding >= VOCABULARY * D


def test_what_is_no_block_is_called_other(tiny_folder):
    import transformers

    folder = tiny_folder("mamba")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    blocks = parameter_blocks(model)
    assert blocks.attention == blocks.feed_forward == 0
    assert blocks.other > 0
    assert blocks.total == independent_total(model)
