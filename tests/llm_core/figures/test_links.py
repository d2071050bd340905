"""Links that stand out in a part of a text, against the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.figures.links import link_in_words, most_decided, strongest_links, telling_query
from llm_core.figures.windows import Window
from tests.made_traces import made_trace

ROWS = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.1, 0.6, 0.3]]
OTHER = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.2, 0.8]]


@pytest.fixture
def trace():
    return made_trace({"decoder": [[ROWS, OTHER]]}, "red green blue")


def test_the_strongest_links_of_a_part_are_those_of_its_weights(tiny):
    trace = llm_core.trace(tiny("llama"), "one two three four five six")
    rows, columns = Window(2, 5), Window(1, 4)
    found = strongest_links(trace, "decoder", 1, [3, 0], rows, columns, 4)
    weights = trace.attention("decoder", 1, [3, 0])
    part = np.sort(weights[:, 2:5, 1:4].ravel())[::-1]
    np.testing.assert_allclose(found.weight, part[:4], rtol=1e-6)
    heads = [[3, 0].index(head) for head in found.head]
    np.testing.assert_allclose(found.weight, weights[heads, found.query, found.key], rtol=1e-6)
    np.testing.assert_allclose(found.mean, weights.mean(axis=0)[found.query, found.key], rtol=1e-6)


def test_the_link_in_words_speaks_of_the_part_alone(trace):
    whole = link_in_words(trace, "decoder", 0, [0], Window(0, 3), Window(0, 3))
    assert whole == "the strongest link between words is “blue” looking at “green” (60.0 %)"
    assert link_in_words(trace, "decoder", 0, [0], Window(0, 2), Window(0, 3)) == "no token stands out"


def test_the_most_decided_word_is_not_that_which_looks_at_itself_or_where_attention_rests(trace):
    assert most_decided(trace, "decoder", 0, [0, 1], Window(0, 3)) == (2, 1)
    assert telling_query(trace, "decoder", 0, 0) == 2
