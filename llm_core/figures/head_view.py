"""Attention as lines from the tokens that look (left) to the tokens looked at (right)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from llm_core.figures.matrix import base_layout
from llm_core.figures.palette import Theme
from llm_core.figures.windows import Window, shorten, ticks, window_of
from llm_core.shapes import Attention, Stack
from llm_core.trace_record import Trace

MOST_LINES = 500
PREVIEWED = 128
"""With a token singled out, hovering any other previews it in windows of at most this many tokens."""

FAINTEST = 0.02
STRENGTHS = (0.05, 0.1, 0.2, 0.4, 0.7, 1.01)
"""Lines are drawn in groups of about equal weight; each group has its opacity and width."""


@dataclass(frozen=True)
class HeadView:
    """A drawn head view and what it leaves out.

    Attributes:
        figure: The picture.
        drawn: Number of lines drawn.
        possible: Number of pairs that may look at each other, over all heads drawn.
        weight_drawn: Share of all attention that the drawn lines carry, from 0 to 1.
    """

    figure: go.Figure
    drawn: int
    possible: int
    weight_drawn: float


def head_view(
    trace: Trace,
    stack: Stack,
    layer: int,
    heads: Sequence[int],
    *,
    theme: Theme,
    query: int | None = None,
    window: tuple[int, int] | None = None,
) -> HeadView:
    """Draw the strongest links of some heads, each head in its colour.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        heads: Heads to draw, at least one.
        theme: Colours.
        query: Draw only what this query position looks at; None for all.
        window: First and one past last token to show, or None for all.

    Raises:
        SelectionError: There is no such stack, layer or head.
    """
    down = window_of(window, len(trace.query_tokens(stack)))
    across = window_of(window, len(trace.key_tokens(stack)))
    positions = np.arange(down.start, down.end) if query is None else np.array([query])
    weights = trace.attention(stack, layer, heads, positions)
    visible = trace.mask(stack, layer).rows(positions)
    inside = weights[:, :, across.start : across.end]
    links = _strongest(inside)
    figure = go.Figure()
    for place, head in enumerate(heads):
        mine = links[links[:, 0] == place]
        _add_lines(figure, mine, inside, positions - down.start, theme.heads[head % len(theme.heads)], head)
    _add_hover(figure, links, inside, heads, positions, down, across, trace, stack, theme)
    previews = weights.mean(axis=0), positions
    if query is not None and down.size <= PREVIEWED:
        everyone = np.arange(down.start, down.end)
        previews = trace.attention(stack, layer, heads, everyone).mean(axis=0), everyone
    _add_tokens(figure, trace, stack, previews, down, across, query, theme)
    rows = max(down.size, across.size)
    figure.update_xaxes(range=[-0.42, 1.42], visible=False, fixedrange=True)
    figure.update_yaxes(range=[rows - 0.3, -2.4], visible=False, fixedrange=True)
    height = 26 * rows if rows <= 48 else max(26 * 48, min(12 * rows, 2400))
    layout = {**base_layout(theme), "margin": {"l": 8, "r": 8, "t": 4, "b": 8}}
    figure.update_layout(
        height=max(360, height + 80) + (40 if len(heads) > 1 else 0),
        showlegend=len(heads) > 1,
        legend={
            "orientation": "h",
            "title": {"text": "head "},
            "x": 0.5,
            "xanchor": "center",
            "y": 0,
            "yanchor": "top",
        },
        hovermode="closest",
        **layout,
    )
    total = float(weights.sum())
    carried = float(inside[tuple(links.T)].sum())
    return HeadView(figure, len(links), int(visible.sum()) * len(heads), carried / total if total else 0.0)


def _strongest(weights: Attention) -> np.ndarray:
    """Indices (link 3) into (head query key) of the strongest links, weakest first."""
    flat = weights.ravel()
    count = min(MOST_LINES, flat.size)
    chosen = np.argpartition(flat, flat.size - count)[flat.size - count :]
    chosen = chosen[flat[chosen] >= FAINTEST]
    chosen = chosen[np.argsort(flat[chosen])]
    return np.stack(np.unravel_index(chosen, weights.shape), axis=1)


def _add_lines(
    figure: go.Figure, links: np.ndarray, weights: Attention, rows: np.ndarray, colour: str, head: int
) -> None:
    strength = np.digitize(weights[tuple(links.T)], STRENGTHS)
    for group in range(len(STRENGTHS)):
        mine = links[strength == group]
        if not len(mine):
            continue
        gap = np.full(len(mine), np.nan)
        y = np.stack([rows[mine[:, 1]], mine[:, 2], gap], axis=1).ravel()
        x = np.tile([0, 1, np.nan], len(mine))
        middle = (STRENGTHS[max(group - 1, 0)] + min(STRENGTHS[group], 1)) / 2
        figure.add_trace(
            go.Scatter(
                x=x.astype(np.float32),
                y=y.astype(np.float32),
                mode="lines",
                line={"color": colour, "width": 1 + 4 * middle},
                opacity=0.12 + 0.88 * middle**0.7,
                hoverinfo="skip",
                legendgroup=f"head {head}",
                showlegend=False,
                name=f"head {head}",
            )
        )
    # The legend shows the head's colour in full, whatever the weights; a click there hides the head.
    figure.add_trace(
        go.Scatter(
            x=[None],
            y=[None],
            mode="lines",
            line={"color": colour, "width": 5},
            legendgroup=f"head {head}",
            name=f"{head}",
        )
    )


def _add_hover(
    figure: go.Figure,
    links: np.ndarray,
    weights: Attention,
    heads: Sequence[int],
    positions: np.ndarray,
    down: Window,
    across: Window,
    trace: Trace,
    stack: Stack,
    theme: Theme,
) -> None:
    """Invisible points on the lines that say which token looks at which, and how much."""
    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)
    near = 0.5
    words = [
        f"{shorten(queries[positions[row]].label)} → {shorten(keys[across.start + column].label)}"
        f"<br>{weights[place, row, column]:.1%}<br>head {heads[place]}"
        for place, row, column in links
    ]
    start = positions[links[:, 1]] - down.start
    figure.add_trace(
        go.Scatter(
            x=np.full(len(links), near, np.float32),
            y=(start * (1 - near) + links[:, 2] * near).astype(np.float32),
            mode="markers",
            marker={"size": 9, "opacity": 0, "color": theme.quiet},
            text=words,
            hovertemplate="%{text}<extra></extra>",
            name="links",
            showlegend=False,
        )
    )


def _add_tokens(
    figure: go.Figure,
    trace: Trace,
    stack: Stack,
    previews: tuple[np.ndarray, np.ndarray],
    down: Window,
    across: Window,
    query: int | None,
    theme: Theme,
) -> None:
    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)
    mean, positions = previews
    row_of = {int(position): row for row, position in enumerate(positions)}
    looks = [
        _listing(mean[row_of[place]], [token.label for token in keys], "looks at") if place in row_of else ""
        for place in range(down.start, down.end)
    ]
    seen = [
        _listing(mean[:, place], [queries[position].label for position in positions], "is looked at by")
        for place in range(across.start, across.end)
    ]
    sides = (
        (0.0, "middle left", queries, down, looks, theme.query, "query"),
        (1.0, "middle right", keys, across, seen, theme.key, "key"),
    )
    for x, anchor, tokens, window, listings, colour, name in sides:
        shown, labels = ticks(window.of(tokens), max(48, 1400 // 14), window.start)
        text = [""] * window.size
        for place, label in zip(shown, labels, strict=True):
            text[place] = label
        chosen = None if query is None or name == "key" else query - window.start
        figure.add_trace(
            go.Scatter(
                x=np.full(window.size, x, np.float32),
                y=np.arange(window.size, dtype=np.float32),
                mode="markers+text",
                text=text,
                textposition=anchor,
                textfont={"size": 15, "color": theme.text},
                customdata=np.arange(window.start, window.end, dtype=np.int32),
                hovertext=[
                    f"<b>{shorten(tokens[window.start + place].label)}</b> [{window.start + place}] {said}"
                    for place, said in enumerate(listings)
                ],
                hovertemplate="%{hovertext}<extra></extra>",
                marker={
                    "size": [13 if place == chosen else 7 for place in range(window.size)],
                    "color": colour,
                },
                name=name,
                showlegend=False,
            )
        )
        figure.add_annotation(
            x=x,
            y=-0.6,
            yanchor="bottom",
            align="right" if name == "query" else "left",
            text="query:<br>looks" if name == "query" else "key:<br>looked at",
            showarrow=False,
            font={"color": colour, "size": 13},
            xanchor="right" if name == "query" else "left",
        )


def _listing(weights: np.ndarray, labels: Sequence[str], verb: str) -> str:
    """The five largest weights in words."""
    best = [place for place in np.argsort(-weights)[:5] if weights[place] >= 0.005]
    lines = [f"<br>{weights[place]:.1%}  {shorten(labels[place])} [{place}]" for place in best]
    return verb + "".join(lines) if lines else ""
