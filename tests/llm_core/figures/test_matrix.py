"""Matrices draw the trace's numbers, hatch what is masked and keep sharp cells when pooled."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.figures.matrix import block_size, matrix_figure
from llm_core.figures.palette import LIGHT
from llm_core.figures.windows import pool_max, ticks, window_of
from llm_core.tokens import Token

TEXT = "The cat sat on the mat because it was tired."


def heatmaps(figure):
    return [trace for trace in figure.data if trace.type == "heatmap"]


def test_cells_are_the_traces_weights_in_the_order_of_the_heads(tiny):
    trace = llm_core.trace(tiny("bert"), TEXT)
    drawn = heatmaps(matrix_figure(trace, "encoder", 1, [3, 0], theme=LIGHT))
    for cells, weights in zip(drawn, trace.attention("encoder", 1, [3, 0]), strict=True):
        np.testing.assert_array_equal(np.asarray(cells.z), weights)


def test_masked_cells_are_empty_and_hatched_and_nothing_else_is(tiny):
    trace = llm_core.trace(tiny("gemma3"), TEXT)
    figure = matrix_figure(trace, "decoder", 0, [0], theme=LIGHT)
    visible = trace.mask("decoder", 0).rows()
    np.testing.assert_array_equal(np.isnan(np.asarray(heatmaps(figure)[0].z)), ~visible)
    hatch = next(trace for trace in figure.data if trace.name == "masked")
    corners = np.array(hatch.x, dtype=float).reshape(-1, 6)
    assert (corners[:, 1] - corners[:, 0]).sum() == (~visible).sum()


def test_hover_names_both_tokens_by_position(tiny):
    trace = llm_core.trace(tiny("bert"), TEXT)
    words = heatmaps(matrix_figure(trace, "encoder", 0, [0], theme=LIGHT))[0].customdata
    last = len(trace.tokens) - 1
    assert words[0][last] == f"{trace.tokens[0].label} [0] → {trace.tokens[last].label} [{last}]"


def test_equal_tokens_keep_their_own_rows(tiny):
    trace = llm_core.trace(tiny("bert"), "the cat the cat the cat")
    figure = matrix_figure(trace, "encoder", 0, [0], theme=LIGHT)
    count = len(trace.tokens)
    assert list(figure.layout.xaxis.tickvals) == list(range(count))
    assert np.asarray(heatmaps(figure)[0].z).shape == (count, count)


def test_cross_attention_is_as_wide_as_the_source(tiny):
    trace = llm_core.trace(tiny("t5"), TEXT, "le chat")
    cells = heatmaps(matrix_figure(trace, "cross", 0, [0], theme=LIGHT))[0]
    assert np.asarray(cells.z).shape == (len(trace.target_tokens), len(trace.tokens))


def test_a_window_shows_only_its_part(tiny):
    trace = llm_core.trace(tiny("llama"), TEXT)
    cells = heatmaps(matrix_figure(trace, "decoder", 0, [0], theme=LIGHT, window=(3, 8)))[0]
    expected = trace.attention("decoder", 0, [0])[0, 3:8, 3:8]
    np.testing.assert_array_equal(np.nan_to_num(np.asarray(cells.z)), expected)


def test_long_texts_are_pooled_by_their_largest_weight(tiny):
    trace = llm_core.trace(tiny("t5"), "cat " * 300, "le chat")
    cells = np.asarray(heatmaps(matrix_figure(trace, "encoder", 0, [0], theme=LIGHT))[0].z)
    weights = trace.attention("encoder", 0, [0])[0]
    block = block_size(len(weights), len(weights), 1)
    assert block > 1
    assert max(cells.shape) <= 160
    assert cells[1, 2] == weights[block : 2 * block, 2 * block : 3 * block].max()


def test_pooling_keeps_a_lone_sharp_cell():
    values = np.zeros((7, 5), np.float32)
    values[6, 4] = 0.9
    pooled = pool_max(values, 3)
    assert pooled.shape == (3, 2)
    assert pooled[2, 1] == np.float32(0.9)
    assert pooled.sum() == np.float32(0.9)


@pytest.mark.parametrize(
    ("wanted", "is_"), [(None, (0, 10)), ((2, 5), (2, 5)), ((8, 99), (8, 10)), ((50, 60), (9, 10)), ((-3, 0), (0, 1))]
)
def test_windows_stay_within_the_text(wanted, is_):
    window = window_of(wanted, 10)
    assert (window.start, window.end) == is_


def test_axis_labels_are_thinned_and_markup_is_escaped():
    tokens = [Token(place, f"<b>{place}", "") for place in range(100)]
    places, labels = ticks(tokens, 25)
    assert len(places) <= 25
    assert labels[1].endswith("&lt;b&gt;4")
