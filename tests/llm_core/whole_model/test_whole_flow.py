"""Rows, links and blocks of the picture against the trace they are read off."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.whole_model.blocks import Block, blocks_of, find_block
from llm_core.whole_model.distribution import candidates, probabilities, shares_of
from llm_core.whole_model.flow import FAINTEST, LINKS_PER_ROW, row_attention, strongest_links
from llm_core.whole_model.opening import opening_head, opening_token
from llm_core.whole_model.rows import rows_of


def test_a_short_text_has_a_row_for_each_token_and_a_long_one_shares():
    short, long = rows_of(13), rows_of(200)
    assert short.starts.tolist() == list(range(13))
    assert not short.pooled
    assert long.pooled
    assert len(long) <= 64
    assert long.sizes.sum() == 200
    assert [long.row_of(position) for position in (0, 3, 4, 199)] == [0, 0, 1, len(long) - 1]


def test_row_means_are_means_over_the_tokens_of_a_row():
    rows = rows_of(5, most=2)
    assert rows.mean(np.array([1.0, 2, 3, 4, 6])).tolist() == [2, 5]


def test_row_attention_of_a_short_text_is_the_mean_over_heads(tiny):
    trace = llm_core.trace(tiny("gpt2"), "The cat sat on the mat.")
    rows = rows_of(len(trace.tokens))
    ours = row_attention(trace, "decoder", 1, rows, rows)
    np.testing.assert_allclose(ours, trace.attention("decoder", 1).mean(axis=0), atol=1e-6)


def test_row_attention_of_shared_rows_still_adds_up_to_one(tiny):
    trace = llm_core.trace(tiny("bert"), "The cat sat on the mat. " * 4)
    rows = rows_of(len(trace.tokens), most=5)
    ours = row_attention(trace, "encoder", 0, rows, rows)
    np.testing.assert_allclose(ours.sum(axis=1), 1, atol=1e-5)
    mean = trace.attention("encoder", 0).mean(axis=0)
    read, row = rows.read()
    assert len(read) < len(trace.tokens), "rows of this many tokens are read in part"
    first = mean[read[row == 0], rows.starts[1] : rows.starts[2]].sum(axis=1).mean()
    assert ours[0, 1] == pytest.approx(first, abs=1e-6)


def test_links_are_the_strongest_of_each_row_and_say_how_much_they_carry():
    weights = np.array([[0.7, 0.2, 0.1], [0.01, 0.5, 0.49]], np.float32)
    links = strongest_links(weights)
    told = {(int(q), int(k)): float(w) for q, k, w in zip(links.query, links.key, links.weight, strict=True)}
    assert told == {
        (0, 0): pytest.approx(0.7),
        (0, 1): pytest.approx(0.2),
        (0, 2): pytest.approx(0.1),
        (1, 1): pytest.approx(0.5),
        (1, 2): pytest.approx(0.49),
    }
    assert (np.diff(links.weight) >= 0).all()
    assert links.drawn == pytest.approx(1.99 / 2)
    assert FAINTEST == 0.02
    assert LINKS_PER_ROW >= 3


@pytest.mark.parametrize("name", ["bert", "gpt2", "t5"])
def test_every_block_is_found_by_its_name(tiny, name):
    trace = llm_core.trace(tiny(name), "The cat sat.", max_target_tokens=4)
    blocks = blocks_of(trace)
    assert len({block.name for block in blocks}) == len(blocks)
    assert [find_block(trace, block.name) for block in blocks] == list(blocks)
    assert blocks[0].part == "embedding"
    assert blocks[-1].part == "output"
    assert ("cross.0.attention" in {block.name for block in blocks}) == (name == "t5")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "encoder",
        "decoder.0.attention",
        "encoder.99.attention",
        "encoder.-1.attention",
        None,
        7,
        "<script>",
        "cross.0.feed_forward",
        "encoder.0.attention\n",
    ],
)
def test_a_name_of_no_block_finds_none(tiny, name):
    assert find_block(llm_core.trace(tiny("bert"), "The cat sat."), name) is None


def test_probabilities_are_over_the_whole_vocabulary_at_any_temperature():
    logits = np.log(np.array([0.5, 0.25, 0.125, 0.125]))
    np.testing.assert_allclose(probabilities(logits), [0.5, 0.25, 0.125, 0.125])
    squared = np.array([0.5, 0.25, 0.125, 0.125]) ** 2
    np.testing.assert_allclose(probabilities(logits, 0.5), squared / squared.sum())
    assert candidates(logits, 2).tolist() == [0, 1]


def test_shares_of_some_tokens_are_their_probabilities_however_many_rows_there_are():
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=30, size=(70, 50)).astype(np.float32)
    chosen = candidates(logits, 5)
    expected = np.take_along_axis(probabilities(logits), chosen, -1)
    np.testing.assert_allclose(shares_of(logits, chosen.astype(np.uint32)), expected, rtol=1e-12)


def test_it_opens_at_the_last_token_of_a_decoder_and_at_a_word_or_mask_of_an_encoder(tiny):
    decoder = llm_core.trace(tiny("gpt2"), "The cat sat.")
    assert opening_token(decoder) == len(decoder.tokens) - 1
    encoder = llm_core.trace(tiny("bert"), "The cat sat on the [MASK] because.")
    assert encoder.tokens[opening_token(encoder)].raw == "[MASK]"
    asked = llm_core.trace(tiny("bert"), "The cat sat on the mat because it was tired.")
    assert asked.tokens[opening_token(asked)].text == "it"


def test_a_block_opens_at_the_head_in_which_the_token_looks_most_at_another_word(tiny):
    trace = llm_core.trace(tiny("bert"), "The cat sat on the mat.")
    head = opening_head(trace, "encoder", 0, 2)
    words = [place for place, token in enumerate(trace.tokens) if token.is_word and place not in (0, 2)]
    weights = trace.attention("encoder", 0, None, [2])[:, 0, words]
    assert head == int(weights.max(axis=1).argmax())
    assert Block("attention", "encoder").name == "encoder.0.attention"
