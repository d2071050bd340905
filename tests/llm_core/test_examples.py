"""Pages open where there is something to see."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.heads.examples import EXAMPLES, opening_view


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.question)
@pytest.mark.parametrize("name", ["minilm", "smollm2"])
def test_an_example_opens_at_the_head_that_answers_it(request, example, name):
    trace = llm_core.trace(request.getfixturevalue(name), example.text)
    stack = trace.stacks[0]
    view = opening_view(trace, stack)
    weights = trace.attention(stack, view.layer, [view.head], [view.query])[0, 0]
    assert trace.tokens[view.query].text == example.word
    best = max(
        float(trace.attention(stack, layer)[:, row, column].max())
        for layer in trace.layers(stack)
        for row, one in enumerate(trace.tokens)
        for column, other in enumerate(trace.tokens)
        if one.text == example.word and other.text == example.finds
    )
    found = [place for place, token in enumerate(trace.tokens) if token.text == example.finds]
    assert weights[found].max() == pytest.approx(best)


def test_other_texts_open_at_words_that_are_no_neighbours(minilm):
    trace = llm_core.trace(minilm, "A bird sings in the old tree near our house.")
    view = opening_view(trace, "encoder")
    key = int(np.argmax(trace.attention("encoder", view.layer, [view.head], [view.query])))
    assert abs(key - view.query) > 1
    assert not trace.tokens[view.query].is_special


def test_long_texts_open_at_once_without_a_search(minilm):
    view = opening_view(llm_core.trace(minilm, "word " * 300), "encoder")
    assert (view.layer, view.head, view.query) == (3, 0, None)


def test_cross_attention_opens_at_a_head_that_aligns_words(translator):
    trace = llm_core.trace(translator, "The black cat sat on the table.")
    view = opening_view(trace, "cross")
    assert view.query is None
    french = [token.text for token in trace.target_tokens]
    weights = trace.attention("cross", view.layer, [view.head])[0]
    looked_at = {word: trace.tokens[int(weights[place].argmax())].text for place, word in enumerate(french)}
    assert (looked_at["chat"], looked_at["noir"]) == ("cat", "black")
