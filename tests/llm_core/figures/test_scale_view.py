"""Figures of the Scale page, by their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from llm_core.figures.growth_view import growth_figure
from llm_core.figures.palette import DARK, LIGHT
from llm_core.figures.scale_view import Memory, Sized, memory_figure, parameters_figure
from llm_core.scale.growth import GrowthPoint


def test_areas_are_in_the_ratio_of_parameters():
    models = [Sized("small", 4_000, in_use=True), Sized("large", 1_000_000), Sized("secret", None)]
    large, small = parameters_figure(models, theme=LIGHT).layout.shapes
    area = {name: (one.x1 - one.x0) * (one.y1 - one.y0) for name, one in (("large", large), ("small", small))}
    assert area["large"] / area["small"] == pytest.approx(250)
    assert (large.fillcolor, small.fillcolor) == (LIGHT.hatch, LIGHT.query)
    said = [note.text for note in parameters_figure(models, theme=LIGHT).layout.annotations]
    assert said == ["large<br>1 M, 250 times", "<b>small: 4 k</b>", "secret: not published"]


def test_a_model_of_the_same_size_is_not_said_to_be_once_as_large():
    models = [Sized("own", 22_713_216, in_use=True), Sized("other", 22_744_506), Sized("less", 22_700_000)]
    said = [note.text for note in parameters_figure(models, theme=LIGHT).layout.annotations]
    assert [text.split(", ")[-1] for text in said if "own" not in text] == ["about as many"] * 2


def test_bars_add_up_and_those_that_leave_the_picture_say_so():
    models = [Memory("a", 10, 20, 30, in_use=True), Memory("b", 1000, None, None, beyond=True)]
    figure = memory_figure(models, with_matrices=True, most=100, theme=DARK)
    assert [list(bar.x) for bar in figure.data] == [[10, 1000], [20, 0], [30, 0]]
    assert [note.text for note in figure.layout.annotations] == ["<b>a: 60 B</b>", "b: at least 1 kB → *"]
    assert figure.layout.xaxis.range == (0, 100)
    assert len(memory_figure(models, with_matrices=False, theme=DARK).data) == 2


def test_an_unknown_part_makes_a_lower_bound_that_is_rounded_down():
    codex = Memory("Codex 12B", 24_000_000_000, None, None)
    assert codex.said(with_matrices=False) == "at least 24 GB"
    assert Memory("x", 24_999_999_999, None, None).said(with_matrices=True) == "at least 24.9 GB"
    known = Memory("encoder", 24_999_999_999, 0, None)
    assert known.said(with_matrices=False) == "25 GB"
    assert known.said(with_matrices=True) == "at least 24.9 GB"


def test_what_one_token_uses_stands_in_a_corner_of_a_mixture_to_the_same_scale():
    models = [Sized("dense", 1_000, in_use=True), Sized("mixture", 4_000, active=1_000)]
    figure = parameters_figure(models, theme=LIGHT)
    whole, part, dense = figure.layout.shapes
    areas = [(one.x1 - one.x0) * (one.y1 - one.y0) for one in (whole, part, dense)]
    assert areas == pytest.approx([areas[0], areas[0] / 4, areas[0] / 4])
    assert part.y1 == whole.y1
    assert next(note.text for note in figure.layout.annotations).endswith("mixture<br>4 k (1 k active), 4 times")


def test_the_dotted_curve_is_the_square_through_the_last_eager_point():
    points = [GrowthPoint(100, 0.1, 0.2, 10, 100), GrowthPoint(200, 0.3, 0.9, 20, 400)]
    figure = growth_figure(points, 400, theme=LIGHT)
    for trace, last in zip([trace for trace in figure.data if trace.line.dash == "dot"], (0.9, 400), strict=True):
        np.testing.assert_allclose(trace.y, last * (trace.x / 200) ** 2)
    measured = [list(trace.y) for trace in figure.data if trace.line.dash != "dot"]
    assert measured == [[0.1, 0.3], [0.2, 0.9], [10, 20], [100, 400]]
    assert len(growth_figure([], 400, theme=LIGHT).data) == 4
