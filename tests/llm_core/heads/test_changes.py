"""What differs between two traces of the same tokens."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.heads.changes import change_of, changed_layers, largest_change
from llm_core.tracing.trace import trace_without


def test_layers_above_a_head_that_is_off_change_and_the_largest_change_is_told(tiny):
    model, text = tiny("llama"), "The cat sat on the mat."
    before = llm_core.trace(model, text)
    after = trace_without(model, text, before, llm_core.Edits({("decoder", 1): (0,)}))
    last = before.layers("decoder")[-1]
    assert changed_layers(before, after, "decoder") == set(range(2, last + 1))
    rows = list(range(len(before.tokens)))
    assert change_of(before, after, "decoder", 1, (2,), rows) is None
    found = change_of(before, after, "decoder", last, (2, 1), rows)
    assert found == largest_change(before, after, "decoder", last, (2, 1), rows)
    differ = np.abs(after.attention("decoder", last, [2, 1]) - before.attention("decoder", last, [2, 1]))
    assert abs(found.after - found.before) == pytest.approx(differ.max())
