"""What is drawn of a side, against the trace it was read off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import llm_core
from llm_core.comparison.compared import compare, compare_known
from llm_core.comparison.model_profile import model_profile
from llm_core.comparison.survey import head_overview
from llm_core.comparison.word_similarity import word_similarity
from llm_core.heads.roles import roles_of

TEXT = "The cat sat on the mat because it was tired."


@pytest.mark.parametrize("name", ["bert", "gpt2", "t5"])
def test_the_nearest_heads_have_the_highest_scores_and_their_own_attention(tiny, name):
    model = tiny(name)
    trace = llm_core.trace(model, TEXT, max_target_tokens=5)
    found = compare(name, model, trace)
    for stack in trace.stacks:
        scores = found.side.surveys[stack].scores
        for role in roles_of(stack):
            values, nearest = scores.roles[role.name], found.nearest.get((stack, role.name))
            if nearest is None:
                assert not np.isfinite(values).any()
                continue
            assert values[nearest.row, nearest.head] == np.nanmax(values)
            assert scores.layers[nearest.row] == nearest.layer
            drawn = found.overviews[stack, nearest.layer, nearest.head]
            np.testing.assert_array_equal(drawn, head_overview(trace, stack, nearest.layer, nearest.head))
    np.testing.assert_array_equal(found.words.cosine, word_similarity(trace).cosine)
    assert len(found.sources) == len(trace.target_tokens)


def test_a_trace_without_vectors_has_no_words(tiny):
    model = tiny("bert")
    trace = llm_core.trace(model, TEXT)
    found = compare_known("bert", replace(trace, states={}, last_outputs={}), model_profile(model, trace))
    assert found.words is None


def test_progress_rises_and_what_it_raises_stops_the_work(tiny):
    told = []
    model = tiny("t5")
    trace = llm_core.trace(model, TEXT, max_target_tokens=5)
    compare("t5", model, trace, progress=told.append)
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)

    def stop(_):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        compare("t5", model, trace, progress=stop)
