"""What models know of positions, against the library's own functions and hand-computed values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from llm_core.embeddings.position_records import DistanceBias, PositionTable, RotaryAngles, alibi_slopes, sinusoids
from llm_core.embeddings.positions import position_codes


def only(codes, kind):
    found = [code for code in codes if isinstance(code, kind)]
    assert len(found) == len(codes)
    return found


@pytest.mark.parametrize(
    ("name", "module", "first"),
    [
        ("bert", "bert.embeddings.position_embeddings", 0),
        ("roberta", "roberta.embeddings.position_embeddings", 1),
        ("gpt2", "transformer.wpe", 0),
        ("opt", "model.decoder.embed_positions", 2),
        ("distilbert", "distilbert.embeddings.position_embeddings", 0),
    ],
)
def test_learned_tables_begin_at_a_texts_first_position(tiny, name, module, first):
    model = tiny(name)
    (table,) = only(position_codes(model), PositionTable)
    assert table.learned
    np.testing.assert_array_equal(table.vectors, model.model.get_submodule(module).weight[first:].numpy())


def test_bart_has_a_table_for_each_stack(tiny):
    codes = only(position_codes(tiny("bart")), PositionTable)
    assert [(code.stack, code.learned) for code in codes] == [("encoder", True), ("decoder", True)]


def test_the_table_that_enters_is_the_one_that_the_model_adds(tiny):
    """GPT-2 adds token and position: what its first hidden state holds beside the token is the position."""
    import llm_core
    from llm_core.embeddings.token_table import token_table

    model = tiny("gpt2")
    trace = llm_core.trace(model, "The cat sat on the mat.")
    (table,) = position_codes(model)
    tokens = token_table(model).vectors[[token.id for token in trace.tokens]]
    np.testing.assert_allclose(trace.states["decoder"][0] - tokens, table.vectors[: len(tokens)], atol=1e-6)


@pytest.mark.parametrize("name", ["m2m-100", "xglm"])
def test_sinusoids_are_recognised(tiny, name):
    (learned,) = {code.learned for code in only(position_codes(tiny(name)), PositionTable)}
    assert not learned


def test_sinusoids_are_those_of_the_paper():
    table = sinusoids(50, 8)
    assert table[0].tolist() == [0, 1] * 4
    assert table[7, 2] == pytest.approx(np.sin(7 / 10_000 ** (2 / 8)), abs=1e-6)
    assert table[7, 5] == pytest.approx(np.cos(7 / 10_000 ** (4 / 8)), abs=1e-6)
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    theirs = MarianSinusoidalPositionalEmbedding(50, 8).create_weight().numpy()
    np.testing.assert_allclose(np.concatenate([table[:, 0::2], table[:, 1::2]], axis=1), theirs, atol=1e-5)


def test_rotary_frequencies_are_those_of_the_model(smollm2):
    (angles,) = only(position_codes(smollm2), RotaryAngles)
    config = smollm2.model.config
    theta = config.rope_parameters["rope_theta"]
    width = config.hidden_size // config.num_attention_heads
    np.testing.assert_allclose(angles.frequencies, theta ** (-np.arange(0, width, 2) / width), rtol=1e-5)
    assert angles.turns_after[0] == pytest.approx(2 * np.pi, rel=1e-5)
    np.testing.assert_allclose(angles.angles([0, 3])[1], 3 * angles.frequencies, rtol=1e-5)


def test_rotary_agreement_is_the_dot_product_of_turned_vectors(tiny):
    """The library turns equal vectors; what is left of their product is the agreement at that distance."""
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    model = tiny("llama")
    (angles,) = position_codes(model)
    positions = torch.arange(12)[None]
    cosine, sine = model.model.model.rotary_emb(torch.zeros(1), positions)
    width = 2 * len(angles.frequencies)
    query, key = apply_rotary_pos_emb(torch.ones(1, 1, 12, width), torch.ones(1, 1, 12, width), cosine, sine)
    products = (query[0, 0] @ key[0, 0].T / width).numpy()
    np.testing.assert_allclose(angles.agreement(np.arange(12)), products[0], atol=1e-5)


def test_layers_that_turn_differently_are_told_apart(tiny):
    assert {code.layers for code in only(position_codes(tiny("modernbert")), RotaryAngles)} == {"full", "sliding"}


@pytest.mark.parametrize("name", ["gptj", "codegen"])
def test_angles_kept_as_a_table_are_read(tiny, name):
    (angles,) = only(position_codes(tiny(name)), RotaryAngles)
    np.testing.assert_allclose(angles.frequencies, [1, 0.01], rtol=1e-4)


@pytest.mark.parametrize("name", ["t5", "mt5", "umt5", "t5-encoder"])
def test_relative_bias_is_what_entered_the_attention(tiny, name):
    import llm_core

    model = tiny(name)
    trace = llm_core.trace(model, "The cat sat on the mat.", "le chat noir" if name != "t5-encoder" else None)
    codes = only(position_codes(model), DistanceBias)
    assert {code.stack for code in codes} == ({"encoder"} if name == "t5-encoder" else {"encoder", "decoder"})
    for code in codes:
        recorded = trace.record(code.stack, code.layer or 0).bias
        count = recorded.queries
        rows = recorded.rows(1, np.arange(count))
        for query in range(count):
            for key in range(query + 1 if code.stack == "decoder" else count):
                place = list(code.distances).index(key - query)
                assert rows[query, key] == pytest.approx(code.bias[1, place], abs=1e-5)


def test_decoders_know_no_later_distance(translator):
    encoder, decoder = only(position_codes(translator), DistanceBias)
    assert (encoder.distances.min(), encoder.distances.max()) == (-64, 64)
    assert decoder.distances.max() == 0
    assert encoder.bias.shape == (8, 129)


@pytest.mark.parametrize("heads", [1, 4, 6, 12, 40])
def test_alibi_slopes_are_those_of_the_library(heads):
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    theirs = build_alibi_tensor(torch.ones(1, 3), heads, torch.float32).reshape(heads, 3)
    np.testing.assert_allclose(alibi_slopes(heads), (theirs[:, 2] - theirs[:, 1]).numpy(), rtol=1e-5)


@pytest.mark.parametrize("name", ["bloom", "mpt", "falcon-alibi"])
def test_alibi_falls_with_distance(tiny, name):
    (code,) = only(position_codes(tiny(name)), DistanceBias)
    assert not code.learned
    assert (code.bias[:, -1] == 0).all()
    assert (np.diff(code.bias, axis=1) > 0).all()


def test_a_model_without_known_positions_has_none(tiny):
    assert position_codes(tiny("jamba")) == ()


def test_near_positions_are_alike_in_a_trained_table(minilm):
    (table,) = only(position_codes(minilm), PositionTable)
    similar = table.similarities(64)
    assert similar.shape == (64, 64)
    np.testing.assert_allclose(np.diag(similar), 1, atol=1e-5)
    assert similar[30, 31] > similar[30, 60]


@pytest.mark.usefixtures("unchecked_types")
def test_records_check_their_shapes():
    with pytest.raises(ValueError, match="distances"):
        DistanceBias("encoder", None, np.arange(3), np.zeros((2, 4), np.float32), learned=True)
