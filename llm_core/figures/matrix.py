"""Attention as a matrix: queries down, keys across, darker is more, hatched is "cannot look"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from llm_core.figures.palette import Theme
from llm_core.figures.windows import pool_max, shorten, ticks, window_of
from llm_core.shapes import Stack
from llm_core.tokens import Token
from llm_core.trace_record import Trace

DETAIL = 160
"""The most tokens a side that one matrix draws cell by cell; more are pooled."""


def matrix_figure(
    trace: Trace,
    stack: Stack,
    layer: int,
    heads: Sequence[int],
    *,
    theme: Theme,
    query: int | None = None,
    window: tuple[int, int] | None = None,
) -> go.Figure:
    """One matrix per head, with the mask hatched.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        heads: Heads to draw, at least one.
        theme: Colours.
        query: A query position to frame, or None.
        window: First and one past last token to show, or None for all.

    Raises:
        SelectionError: There is no such stack, layer or head.
    """
    rows, columns = len(trace.query_tokens(stack)), len(trace.key_tokens(stack))
    down, across = window_of(window, rows), window_of(window, columns)
    block = block_size(down.size, across.size, len(heads))
    grid = 1 if len(heads) == 1 else min(4, int(np.ceil(np.sqrt(len(heads)))))
    lines = -(-len(heads) // grid)
    figure = make_subplots(
        rows=lines,
        cols=grid,
        subplot_titles=[f"Head {head}" for head in heads] if len(heads) > 1 else None,
        horizontal_spacing=0.04 / grid,
        vertical_spacing=0.1 / lines,
    )
    positions = np.arange(down.start, down.end)
    weights = trace.attention(stack, layer, heads, positions)[:, :, across.start : across.end]
    visible = trace.mask(stack, layer).rows(positions)[:, across.start : across.end]
    words = _pairs(trace, stack, down.start, across.start, (down.size, across.size), block)
    for place, head in enumerate(heads):
        cell = {"row": place // grid + 1, "col": place % grid + 1}
        open_cells = pool_max(np.where(visible, weights[place], np.float32(-1)), block)
        figure.add_trace(
            go.Heatmap(
                z=np.where(open_cells < 0, np.float32(np.nan), open_cells),
                customdata=words,
                hovertemplate=f"%{{customdata}}<br>%{{z:.1%}}<extra>head {head}</extra>",
                coloraxis="coloraxis",
                hoverongaps=False,
                xgap=1 if max(down.size, across.size) <= 48 else 0,
                ygap=1 if max(down.size, across.size) <= 48 else 0,
            ),
            **cell,
        )
        _hatch(figure, open_cells < 0, theme, cell)
        if query is not None and down.start <= query < down.end:
            _frame(figure, (query - down.start) // block, open_cells.shape[1], theme, cell)
    labels = 44 if grid == 1 else 16
    across_ticks = ticks(across.of(trace.key_tokens(stack)), labels, across.start, block)
    down_ticks = ticks(down.of(trace.query_tokens(stack)), labels, down.start, block)
    shown = max(open_cells.shape)
    side = max(420, min(820, 26 * shown)) if grid == 1 else 300
    axis = {"showgrid": False, "zeroline": False, "ticks": "", "automargin": True, "title": {"standoff": 12}}
    figure.update_xaxes(
        tickvals=across_ticks[0],
        ticktext=across_ticks[1],
        tickangle=-60,
        range=[-0.5, open_cells.shape[1] - 0.5],
        **axis,
    )
    figure.update_yaxes(tickvals=down_ticks[0], ticktext=down_ticks[1], range=[open_cells.shape[0] - 0.5, -0.5], **axis)
    figure.update_layout(
        height=side * lines + 130,
        coloraxis={
            "colorscale": [[0, theme.background], [1, theme.stack(stack)]],
            "cmin": 0,
            "cmax": 1,
            "colorbar": {
                "tickformat": ".0%",
                "thickness": 10,
                "len": min(1.0, 420 / (side * lines)),
                "outlinewidth": 0,
            },
        },
        **base_layout(theme),
    )
    for place in range(len(heads)):
        inner_column, inner_row = place % grid > 0, place + grid < len(heads)
        cell = {"row": place // grid + 1, "col": place % grid + 1}
        if inner_column:
            figure.update_yaxes(showticklabels=False, **cell)
        if inner_row:
            figure.update_xaxes(showticklabels=False, **cell)
    if grid == 1:
        figure.update_xaxes(title={"text": "key: looked at", "font": {"color": theme.key, "size": 13}})
        figure.update_yaxes(title={"text": "query: looks", "font": {"color": theme.query, "size": 13}})
    return figure


def block_size(queries: int, keys: int, heads: int) -> int:
    """How many tokens a side are pooled into one cell; 1 if every pair is drawn."""
    detail = DETAIL if heads == 1 else DETAIL // 2
    return max(1, -(-max(queries, keys) // detail))


def base_layout(theme: Theme) -> dict[str, object]:
    """Layout that every figure of a theme shares."""
    return {
        "template": "none",
        "paper_bgcolor": theme.background,
        "plot_bgcolor": theme.background,
        "font": {"family": "monospace", "size": 13, "color": theme.text},
        "hoverlabel": {
            "bgcolor": theme.panel,
            "bordercolor": theme.line,
            "font": {"family": "monospace", "size": 14, "color": theme.text},
        },
        "margin": {"l": 60, "r": 10, "t": 40, "b": 60},
        "dragmode": False,
    }


def _pairs(trace: Trace, stack: Stack, top: int, left: int, shape: tuple[int, int], block: int) -> list[list[str]]:
    """What each cell says on hover: which token looks at which."""
    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)

    def name(tokens: Sequence[Token], start: int, place: int, end: int) -> str:
        first, last = start + place * block, min(start + (place + 1) * block, end) - 1
        one = f"{shorten(tokens[first].label)} [{first}]"
        return one if first == last else f"{one} … {shorten(tokens[last].label)} [{last}]"

    down = [name(queries, top, place, top + shape[0]) for place in range(-(-shape[0] // block))]
    across = [name(keys, left, place, left + shape[1]) for place in range(-(-shape[1] // block))]
    return [[f"{one} → {other}" for other in across] for one in down]


def _hatch(figure: go.Figure, masked: np.ndarray, theme: Theme, cell: dict[str, int]) -> None:
    """Hatch what may not be looked at: one rectangle for each run of masked cells, row by row."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for row, closed in enumerate(masked):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], closed.astype(np.int8), [0]))))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            left, right = start - 0.5, end - 0.5
            xs += [left, right, right, left, left, None]
            ys += [row - 0.5, row - 0.5, row + 0.5, row + 0.5, row - 0.5, None]
    if xs:
        figure.add_trace(
            go.Scatter(
                x=xs,
                y=ys,
                mode="none",
                fill="toself",
                fillpattern={"shape": "/", "size": 5, "solidity": 0.25, "fgcolor": theme.hatch, "fillmode": "overlay"},
                fillcolor=theme.background,
                hoverinfo="skip",
                showlegend=False,
                name="masked",
            ),
            **cell,
        )


def _frame(figure: go.Figure, row: int, width: int, theme: Theme, cell: dict[str, int]) -> None:
    figure.add_shape(
        type="rect",
        x0=-0.5,
        x1=width - 0.5,
        y0=row - 0.5,
        y1=row + 0.5,
        line={"color": theme.query, "width": 3},
        **cell,
    )
