"""Lines are the strongest links, and what is left out is counted."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.figures.head_view import FAINTEST, MOST_LINES, head_view
from llm_core.figures.palette import DARK, LIGHT

TEXT = "The cat sat on the mat because it was tired."


def lines(view, head):
    """Drawn links of a head as (query row, key row)."""
    pairs = []
    for trace in view.figure.data:
        if trace.mode == "lines" and trace.name == f"head {head}":
            y = np.asarray(trace.y).reshape(-1, 3)
            pairs += [(int(a), int(b)) for a, b, _ in y]
    return sorted(pairs)


@pytest.mark.parametrize("name", ["bert", "llama"])
def test_every_link_above_the_faintest_is_drawn_once(tiny, name):
    trace = llm_core.trace(tiny(name), TEXT)
    stack = trace.stacks[0]
    view = head_view(trace, stack, 1, [0, 2], theme=LIGHT)
    for head in (0, 2):
        weights = trace.attention(stack, 1, [head])[0]
        assert lines(view, head) == sorted(zip(*map(list, np.nonzero(weights >= FAINTEST)), strict=True))


def test_what_is_left_out_is_counted(tiny):
    trace = llm_core.trace(tiny("t5"), "cat " * 60, "le chat")
    view = head_view(trace, "encoder", 0, [0, 1, 2, 3], theme=LIGHT)
    weights = trace.attention("encoder", 0)
    count = weights.shape[-1]
    assert view.drawn <= MOST_LINES
    assert view.possible == 4 * count * count
    strongest = np.sort(weights.ravel())[-view.drawn :]
    assert view.weight_drawn == pytest.approx(strongest.sum() / weights.sum(), rel=1e-4)


def test_one_token_shows_only_its_own_links(tiny):
    trace = llm_core.trace(tiny("bert"), TEXT)
    view = head_view(trace, "encoder", 0, [1], theme=DARK, query=4)
    drawn = lines(view, 1)
    assert drawn
    assert {row for row, _ in drawn} == {4}


def test_hover_says_the_pair_and_the_weight(tiny):
    trace = llm_core.trace(tiny("bert"), TEXT)
    view = head_view(trace, "encoder", 0, [1], theme=LIGHT, query=4)
    words = next(part for part in view.figure.data if part.name == "links").text
    weights = trace.attention("encoder", 0, [1], [4])[0, 0]
    best = int(weights.argmax())
    assert words[-1] == f"{trace.tokens[4].label} → {trace.tokens[best].label}<br>{weights[best]:.1%}<br>head 1"


def test_heads_keep_their_colours_and_have_a_legend(tiny):
    trace = llm_core.trace(tiny("bert"), TEXT)
    view = head_view(trace, "encoder", 0, [3, 1], theme=LIGHT)
    legend = {part.name: part.line.color for part in view.figure.data if part.showlegend is None and part.line.color}
    assert legend == {"3": LIGHT.heads[3], "1": LIGHT.heads[1]}
    assert view.figure.layout.showlegend


def test_tokens_are_no_markup(smollm2):
    trace = llm_core.trace(smollm2, "<b>a & b</b>")
    view = head_view(trace, "decoder", 0, [0], theme=LIGHT)
    labels = [text for part in view.figure.data if part.mode == "markers+text" for text in part.text]
    assert any("&lt;" in label for label in labels)
    assert not any("<" in label for label in labels)
