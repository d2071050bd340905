"""One token's attention read three ways, by the figure's numbers."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.figures.link_view import Readings, link_figure, strongest_keys
from llm_core.figures.palette import LIGHT


def shares(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


READINGS = Readings(
    weight=shares(0.5, 0.3, 0.1, 0.1), value=shares(0.1, 0.1, 0.1, 0.7), rollout=shares(0.25, 0.25, 0.25, 0.25)
)


def test_keys_that_stand_out_in_any_reading_are_shown_with_the_chosen_one():
    assert strongest_keys(READINGS, chosen=2, most=2) == [0, 2, 3]


def test_bars_are_the_shares_of_the_keys_shown(tiny):
    trace = llm_core.trace(tiny("bert"), "one two")
    tokens = trace.tokens[:4]
    figure = link_figure(READINGS, tokens, 3, "encoder", theme=LIGHT)
    assert [bar.name for bar in figure.data] == ["weight", "weighted value", "rollout"]
    assert list(figure.data[1].x) == pytest.approx([0.1, 0.1, 0.1, 0.7])
    assert figure.data[1].marker.color == LIGHT.value
    assert figure.layout.yaxis.ticktext[3].startswith("<b>")


def test_what_was_not_recorded_is_left_out(tiny):
    tokens = llm_core.trace(tiny("bert"), "one two").tokens
    alone = Readings(READINGS.weight, None, None)
    assert len(link_figure(alone, tokens, None, "encoder", theme=LIGHT).data) == 1
