"""One pass over a stack's attention, short texts and long."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.comparison.directions import directions
from llm_core.comparison.survey import MOST_CELLS, MOST_ROWS, head_overview, spread, survey
from llm_core.comparison.word_similarity import word_similarity, words_across
from llm_core.heads.scores import head_scores

TEXT = "The cat sat on the mat because it was tired."


def test_the_overview_of_a_short_text_is_the_mean_over_heads(tiny):
    trace = llm_core.trace(tiny("bert"), TEXT)
    found = survey(trace, "encoder")
    assert found.block == 1
    for place, layer in enumerate(trace.layers("encoder")):
        assert found.overview[place] == pytest.approx(trace.attention("encoder", layer).mean(axis=0), abs=1e-6)
    assert head_overview(trace, "encoder", 1, 2) == pytest.approx(trace.attention("encoder", 1, [2])[0], abs=1e-6)


def test_a_survey_tells_what_its_parts_tell(tiny):
    trace = llm_core.trace(tiny("t5"), TEXT, max_target_tokens=5)
    for stack in trace.stacks:
        found = survey(trace, stack)
        assert found.directions.shares == pytest.approx(directions(trace, stack).shares, abs=1e-6)
        assert found.scores.entropy == pytest.approx(head_scores(trace, stack).entropy, abs=1e-6, nan_ok=True)


def test_a_long_text_is_read_in_part_and_pooled(tiny):
    trace = llm_core.trace(tiny("t5"), "The cat sat. " * 200, "Le chat")
    found = survey(trace, "encoder")
    queries = len(trace.tokens)
    assert queries > MOST_ROWS
    assert found.rows == MOST_ROWS
    assert found.overview.shape[1] <= MOST_CELLS
    rows = spread(queries, MOST_ROWS)
    whole = trace.attention("encoder", 0, queries=rows).mean(axis=0)
    first_cell = whole[rows < found.block, : found.block].max()
    assert found.overview[0, 0, 0] == pytest.approx(first_cell, abs=1e-6)
    assert found.directions.shares.sum(axis=-1) == pytest.approx(1, abs=1e-4)


def test_rows_are_spread_from_first_to_last():
    assert spread(3, 10).tolist() == [0, 1, 2]
    assert spread(101, 3).tolist() == [0, 50, 100]
    assert spread(1, 5).tolist() == [0]


def test_words_are_compared_by_the_mean_of_their_tokens(tiny):
    trace = llm_core.trace(tiny("llama"), TEXT)
    found = word_similarity(trace)
    words = [trace.text[slice(*word)] for word in found.words]
    assert words == TEXT[:-1].split()
    assert np.diagonal(found.cosine, axis1=1, axis2=2) == pytest.approx(1, abs=1e-5)
    tokens = {
        word: [
            i
            for i, token in enumerate(trace.tokens)
            if token.start is not None and start < token.end and token.start < end
        ]
        for word, (start, end) in zip(words, found.words, strict=True)
    }
    states = trace.hidden_states("decoder")[2]
    one, other = states[tokens["cat"]].mean(0), states[tokens["tired"]].mean(0)
    expected = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert found.cosine[2, words.index("cat"), words.index("tired")] == pytest.approx(expected, abs=1e-5)


def test_equal_words_are_equal_before_any_layer_without_position_vectors(tiny):
    trace = llm_core.trace(tiny("llama"), "cat mat cat")
    first = word_similarity(trace).cosine
    assert first[0].shape == (3, 3)
    assert word_similarity(llm_core.trace(tiny("llama"), ".")).words == ()


def test_words_of_two_texts_are_compared(tiny):
    texts = [llm_core.trace(tiny("llama"), text) for text in ("The cat sat.", "A mat, a cat")]
    across = words_across(*texts)
    assert across.shape == (4, 3, 4)
    assert across == pytest.approx(words_across(*reversed(texts)).transpose(0, 2, 1), abs=1e-6)
    same = words_across(texts[0], texts[0])
    assert same == pytest.approx(word_similarity(texts[0]).cosine, abs=1e-6)
