"""What a screen shows of a layer, against the whole matrix computed at once."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.figures.screen import (
    FAINTEST,
    LARGEST_SIDE,
    MOST_CELLS,
    MOST_LINKS,
    SMALLEST_SIDE,
    block_of,
    cells_a_side,
    screens,
    screens_in_time,
)
from llm_core.figures.thumbnails import MOST_BYTES, ROWS_READ, rows_read, side_of, thumbnails
from llm_core.figures.windows import Window, window_of


@pytest.fixture(scope="module")
def long_trace(smollm2):
    words = " ".join(f"river{number} runs to the sea and back" for number in range(60))
    return llm_core.trace(smollm2, words, max_tokens=400, truncate=True)


def whole(trace, stack):
    return window_of(None, len(trace.query_tokens(stack))), window_of(None, len(trace.key_tokens(stack)))


def test_a_short_text_is_shown_pair_by_pair(tiny):
    trace = llm_core.trace(tiny("llama"), "one two three four")
    first, second = screens(trace, "decoder", 1, [0, 2], *whole(trace, "decoder"))
    assert (first.head, second.head, first.block) == (0, 2, 1)
    np.testing.assert_array_equal([first.cells, second.cells], trace.attention("decoder", 1, [0, 2]))
    np.testing.assert_array_equal(first.open_cells, np.tril(np.ones_like(first.open_cells)))
    assert first.possible == int(first.open_cells.sum())


def test_a_long_text_keeps_the_largest_weight_of_each_block(long_trace):
    trace = long_trace
    (shown,) = screens(trace, "decoder", 3, [4], *whole(trace, "decoder"))
    weights = trace.attention("decoder", 3, [4])[0]
    block = shown.block
    assert block == block_of(9, *whole(trace, "decoder")) == -(-len(trace.tokens) // cells_a_side(9)) > 1
    for row in range(shown.cells.shape[0]):
        for column in range(shown.cells.shape[1]):
            part = weights[row * block : (row + 1) * block, column * block : (column + 1) * block]
            assert shown.cells[row, column] == pytest.approx(part.max(), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("heads", [1, 9, 12, 32, 128, 200])
def test_all_heads_of_a_layer_together_stay_within_what_is_sent_ahead(heads):
    side = cells_a_side(heads)
    assert SMALLEST_SIDE <= side <= LARGEST_SIDE
    assert heads * side * side <= MOST_CELLS


def test_links_are_the_strongest_of_all_pairs_with_and_without_the_first_token(long_trace):
    trace = long_trace
    for shown in screens(trace, "decoder", 3, [4, 5], *whole(trace, "decoder")):
        weights = trace.attention("decoder", 3, [shown.head])[0]
        links = shown.links
        np.testing.assert_allclose(weights[links.query, links.key], links.weight, rtol=1e-5)
        assert (np.diff(links.weight) <= 0).all()
        for first in (0, 1):
            strongest = np.sort(weights[:, first:].ravel())[::-1][:MOST_LINKS]
            found = links.weight[links.key >= first][:MOST_LINKS]
            np.testing.assert_allclose(found, strongest[strongest > FAINTEST], rtol=1e-5)
        assert shown.total == pytest.approx(weights.sum(), rel=1e-4)
        assert shown.weight_on_first == pytest.approx(weights[1:, 0].mean(), rel=1e-4)
        shares = {habit.name: habit.share for habit in shown.habits}
        assert shares["the first token"] == shown.weight_on_first
        assert shares["the token before"] == pytest.approx(np.diagonal(weights, -1).mean(), rel=1e-4)
        # The first token has no choice but itself, which is no habit.
        assert shares["the token itself"] == pytest.approx(np.diagonal(weights)[1:].mean(), rel=1e-4)


def test_a_window_is_shown_in_full_detail_with_positions_of_the_whole_text(long_trace):
    rows, columns = Window(200, 240), Window(10, 90)
    (shown,) = screens(long_trace, "decoder", 3, [4], rows, columns)
    expected = long_trace.attention("decoder", 3, [4])[0, 200:240, 10:90]
    assert shown.block == 1
    np.testing.assert_allclose(shown.cells, expected, rtol=1e-5)
    assert shown.links.query.min() >= 200
    assert shown.links.key.max() < 90
    assert shown.total == pytest.approx(expected.sum(), rel=1e-4)
    assert shown.weight_on_first is None  # the first token is not on the screen


def test_a_window_that_nobody_may_look_into_is_closed_and_empty(long_trace):
    (shown,) = screens(long_trace, "decoder", 3, [4], Window(10, 40), Window(200, 260))
    assert not shown.open_cells.any()
    assert not shown.cells.any()
    assert (shown.possible, shown.total, len(shown.links.weight)) == (0, 0.0, 0)


def test_thumbnails_of_a_short_text_have_a_cell_for_each_pair(tiny):
    trace = llm_core.trace(tiny("bert"), "one two three")
    small = thumbnails(trace, "encoder", 1, side_of(trace, "encoder"))
    np.testing.assert_array_equal(small.cells, trace.attention("encoder", 1))
    assert small.open_cells.all()


def test_thumbnails_keep_the_largest_weight_of_the_rows_read(long_trace):
    small = thumbnails(long_trace, "decoder", 3, 32)
    weights = long_trace.attention("decoder", 3)
    count = len(long_trace.tokens)
    edges = [*(np.arange(32) * count // 32), count]
    for row, column in ((0, 0), (20, 3), (31, 31)):
        part = weights[:, edges[row] : edges[row + 1], edges[column] : edges[column + 1]]
        np.testing.assert_allclose(small.cells[:, row, column], part.max(axis=(1, 2)), rtol=1e-5)
    assert not small.open_cells[0, 5]
    assert small.open_cells[31, 5]


def test_of_a_long_text_evenly_spread_rows_are_read():
    rows = rows_read(4096)
    assert len(rows) == ROWS_READ
    assert (rows[0], rows[-1]) == (0, 4095)
    assert np.diff(rows).max() <= 9


def test_all_thumbnails_of_the_shipped_decoder_fit_in_one_small_message(long_trace):
    side = side_of(long_trace, "decoder")
    heads = sum(long_trace.heads("decoder", layer) for layer in long_trace.layers("decoder"))
    assert heads * side * side <= MOST_BYTES


def test_so_many_heads_are_made_as_there_is_time_for(long_trace):
    where = ("decoder", 3, [5, 2, 7], *whole(long_trace, "decoder"))
    made = screens_in_time(long_trace, *where, 60.0)
    assert [one.head for one in made] == [5, 2, 7]
    np.testing.assert_array_equal(made[1].cells, screens(long_trace, "decoder", 3, [2], *where[3:])[0].cells)
    assert [one.head for one in screens_in_time(long_trace, *where, 0.0)] == [5]
