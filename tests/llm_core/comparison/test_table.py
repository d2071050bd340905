"""The table of differences is computed, whatever stands side by side."""

from __future__ import annotations

import pytest

import llm_core
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
    assert rows["Looks at a source"].values[:2] == ("none", "none")
    assert "gpt2 has no second text" in rows["Looks at a source"].sentence
    assert "bert reads both sides of the blank" in rows["Fills a blank"].sentence
    assert "gpt2 has read only “The”" in rows["Fills a blank"].sentence


def test_a_window_that_never_opens_forward_is_no_band_around_the_diagonal(side_of):
    shape = table(side_of("gemma3"))["Shape of the mask"].values[0]
    assert "band below the diagonal" in shape
    assert "triangle" in shape
    assert table(side_of("modernbert"))["Shape of the mask"].values[0].startswith(("band", "full square"))


def test_shared_heads_shrink_the_cache(side_of):
    llama = side_of("llama")
    # keys and values, 3 layers, 2 key/value heads of width 8, four bytes each
    assert cache_bytes(llama.profile.geometry) == 2 * 3 * 2 * 8 * 4
    assert "keeps 1/2" in table(llama)["Keys and values kept while writing"].sentence
    assert cache_bytes(side_of("bert").profile.geometry) is None


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


def test_nothing_to_compare_is_an_empty_table():
    assert differences([]) == ()


def test_names_are_listed_with_the_verb_that_goes_with_them():
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert with_verb(["a", "b"], "has", "have") == "a and b have"
