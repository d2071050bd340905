"""Tasks have the same name if they have the same answer, and no other."""

from __future__ import annotations

from llm_core.engine.task import task
from tests.made_traces import made_trace


def test_two_traces_made_of_the_same_text_are_told_apart():
    looks_back, looks_around = [[1.0, 0.0], [0.4, 0.6]], [[0.5, 0.5], [0.25, 0.75]]
    one = made_trace({"decoder": [[looks_back]]}, "red green")
    other = made_trace({"decoder": [[looks_around]]}, "red green")
    wanted = [task("lessons.drawn:square", trace) for trace in (one, other, one)]
    assert one.identity == other.identity
    assert wanted[0] != wanted[1]
    assert wanted[0] == wanted[2]
