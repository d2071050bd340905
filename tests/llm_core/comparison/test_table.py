"""The table of differences is computed, whatever stands side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

import llm_core
from llm_core.comparison.attention import blank_sentence
from llm_core.comparison.costs import cache_bytes
from llm_core.comparison.differences import differences
from llm_core.comparison.model_profile import model_profile
from llm_core.comparison.table import Side, listed, side, with_verb

TEXT = "The cat sat on the mat because it was tired."


@pytest.fixture(scope="module")
def side_of(tiny):
    def make(name, text=TEXT) -> Side:
        model = tiny(name)
        trace = llm_core.trace(model, text, max_target_tokens=5)
        return side(name, trace, model_profile(model, trace))

    return make


def table(*sides):
    return {row.name: row for row in differences(sides)}


def test_three_architectures(side_of):
    rows = table(side_of("bert"), side_of("gpt2"), side_of("t5"))
    assert all(len(row.values) == 3 and row.sentence for row in rows.values())
    assert rows["Shape of the mask"].values == (
        "full square",
        "triangle",
        "encoder: full square; decoder: triangle; cross: full rectangle",
    )
    forward = rows["Attention that goes forward"]
    assert forward.values[1] == "0.0 %"
    assert "gpt2 cannot look ahead: 0.0 % of attention goes forward" in forward.sentence
    assert "bert sends" in forward.sentence
    assert "on this text of" in forward.sentence
    assert rows["Looks at a source"].values[:2] == ("none", "none")
    assert "gpt2 has no second text" in rows["Looks at a source"].sentence
    assert "bert reads both sides of the blank" in rows["Fills a blank"].sentence
    assert "gpt2 has read only “The”" in rows["Fills a blank"].sentence


def test_a_window_that_never_opens_forward_is_no_band_around_the_diagonal(side_of):
    shape = table(side_of("gemma3"))["Shape of the mask"].values[0]
    assert "band below the diagonal" in shape
    assert "triangle" in shape
    assert table(side_of("modernbert"))["Shape of the mask"].values[0].startswith(("band", "full square"))


@pytest.mark.parametrize(("name", "near"), [("mistral", "only what stands near"), ("gpt2", "a triangle")])
def test_a_window_in_all_layers_is_not_said_to_be_in_some(side_of, name, near):
    said = table(side_of(name))["Shape of the mask"].sentence
    assert near in said
    assert "in some layers" not in said
    assert "in some layers" in table(side_of("gemma3"))["Shape of the mask"].sentence


def test_the_longest_text_is_not_said_to_be_longer_than_a_limit_that_is_not_told(side_of):
    gpt2, other = side_of("gpt2"), side_of("llama")
    measures = replace(other.profile.geometry, token_limit=None)
    untold = replace(other, profile=replace(other.profile, geometry=measures))
    said = table(gpt2, untold)["Longest text"].sentence
    assert "less" not in said
    assert said.endswith(" Of llama no limit is told.")
    shorter = replace(gpt2, name="short", profile=replace(gpt2.profile, geometry=replace(measures, token_limit=9)))
    assert table(gpt2, untold, shorter)["Longest text"].sentence.endswith(
        " short takes less. Of llama no limit is told."
    )


def test_shared_heads_shrink_the_cache(side_of):
    llama = side_of("llama")
    # keys and values, 3 layers, 2 key/value heads of width 8, four bytes each
    assert cache_bytes(llama.profile) == {"decoder": 2 * 3 * 2 * 8 * 4}
    assert "keeps 1/2" in table(llama)["Keys and values kept while writing"].sentence
    assert cache_bytes(side_of("bert").profile) == {}
    # Cross-attention keeps those of the source: 3 layers, 4 heads of width 8.
    assert cache_bytes(side_of("t5").profile) == {"decoder": 2 * 3 * 4 * 8 * 4, "cross": 2 * 3 * 4 * 8 * 4}


def test_what_the_library_keeps_is_told_and_not_what_its_heads_would_need(side_of):
    # All heads of this Falcon share one; its keys reach the recorder spread over all four.
    assert cache_bytes(side_of("falcon").profile) == {"decoder": 2 * 3 * 8 * 4}
    # Latent attention keeps 16 numbers and 4 with the position, in each of 3 layers.
    latent = side_of("deepseek-v3")
    assert cache_bytes(latent.profile) == {"decoder": 3 * (16 + 4) * 4}
    assert "of what keys and values of its own" in table(latent)["Keys and values kept while writing"].sentence
    assert cache_bytes(side_of("bloom").profile) == {"decoder": 2 * 3 * 4 * 8 * 4}


def test_what_is_not_known_is_not_told_as_nothing(side_of):
    gpt2 = side_of("gpt2")
    unknown = replace(gpt2, profile=replace(gpt2.profile, kept=None))
    assert table(unknown, gpt2)["Keys and values kept while writing"].values[0] == "not known"


def test_two_of_one_family_and_one_model_with_two_texts(side_of):
    rows = table(side_of("gpt2"), side_of("llama"))
    assert "Looks at a source" not in rows
    assert rows["Shape of the mask"].values == ("triangle", "triangle")
    rows = table(side_of("bert"), side_of("bert", "Two springs."))
    assert len(set(rows["Parameters"].values)) == 1
    assert len(set(rows["Tokens, and the vocabulary they come from"].values)) == 2


@pytest.mark.parametrize("name", ["bert-headless", "bloom", "gpt-oss", "bart", "albert", "bert2bert"])
@pytest.mark.parametrize("text", ["a", ".", "The cat sat. " * 9])
def test_no_model_and_no_text_leaves_a_row_without_its_sentence(side_of, name, text):
    rows = differences([side_of(name, text), side_of("t5", text)])
    assert len(rows) >= 10
    for row in rows:
        assert row.sentence.endswith("."), row
        assert "nan" not in row.sentence + "".join(row.values)


def test_a_decoder_with_one_token_is_not_said_to_know_what_follows(side_of):
    said = table(side_of("gpt2", "a"))["Attention that goes forward"].sentence
    assert said == "gpt2 has one token, and nowhere else to look."


def test_an_encoder_whose_last_word_is_hidden_has_not_read_only_what_stands_before(side_of):
    bert = side_of("bert", "The cat")
    blank = replace(bert.profile.outcome.blank, word="cat", before="The ", after="")
    said = blank_sentence(bert, blank)
    assert said.startswith("bert reads what stands before the blank and puts “")
    assert "does not reach it" not in said
    assert blank_sentence(bert, replace(blank, before="", after=" cat")).startswith("bert reads what stands after")
    assert "nothing is left to guess it from" in table(side_of("bert", "tired"))["Fills a blank"].sentence


def test_short_texts_are_too_short_to_rest_on_a_first_token(side_of):
    assert "fewer than 8 tokens" in table(side_of("gpt2", "a"))["Rests on the first token"].sentence


def test_nothing_to_compare_is_an_empty_table():
    assert differences([]) == ()


def test_names_are_listed_with_the_verb_that_goes_with_them():
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert with_verb(["a", "b"], "has", "have") == "a and b have"
