"""The logit lens as a grid of words, and the way of the final answer through the layers."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from llm_core.figures.layout import axis_title, base_layout
from llm_core.figures.palette import Theme, blend, readable
from llm_core.figures.windows import shorten
from llm_core.lens.lens_record import LogitLens
from llm_core.numbers import percent

ROW_HEIGHT = 23
SPOKEN = 5
"""How many candidates a cell names when it is hovered."""


def row_name(row: int) -> str:
    """What a row of states is called: row 0 stands below the first layer."""
    return "embedding" if row == 0 else f"layer {row - 1}"


def lens_figure(lens: LogitLens, *, theme: Theme, column: int | None = None) -> go.Figure:
    """Rows are layers, the last on top; columns are tokens; each cell holds the likeliest token there.

    Args:
        lens: From :func:`llm_core.lens.logit_lens.logit_lens`.
        theme: Colours.
        column: A column to frame, or None.
    """
    best = lens.probabilities[:, :, 0]
    rows, columns = best.shape
    longest = 12 if columns <= 8 else 9
    words = [
        [shorten(lens.words[int(lens.candidates[row, place, 0])].label, longest) for place in range(columns)]
        for row in range(rows)
    ]
    hover = [[_candidates(lens, row, place) for place in range(columns)] for row in range(rows)]
    figure = go.Figure(
        go.Heatmap(
            z=best,
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            colorscale=[[0, theme.background], [1, theme.stack(lens.stack)]],
            zmin=0,
            zmax=1,
            xgap=2,
            ygap=2,
            colorbar={
                "tickformat": ".0%",
                "thickness": 10,
                "outlinewidth": 0,
                "len": min(1.0, 420 / (ROW_HEIGHT * rows)),
                "y": 1,
                "yanchor": "top",
            },
        )
    )
    at_row, at_column = np.indices(best.shape)
    full = theme.stack(lens.stack)
    figure.add_trace(
        go.Scatter(
            x=at_column.ravel(),
            y=at_row.ravel(),
            mode="text",
            text=[word for line in words for word in line],
            textfont={
                "size": 12,
                "color": [readable(theme, blend(theme.background, full, float(chance))) for chance in best.ravel()],
            },
            hoverinfo="skip",
            showlegend=False,
            name="words",
        )
    )
    if column is not None:
        figure.add_shape(
            type="rect",
            x0=column - 0.5,
            x1=column + 0.5,
            y0=-0.5,
            y1=rows - 0.5,
            line={"color": theme.text, "width": 2},
        )
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 84, "r": 10, "t": 76, "b": 10}}, height=110 + ROW_HEIGHT * rows
    )
    figure.update_xaxes(
        side="top",
        tickvals=list(range(columns)),
        ticktext=[shorten(token.label, 12) for token in lens.tokens],
        tickangle=-40,
        showgrid=False,
        zeroline=False,
        ticks="",
        range=[-0.5, columns - 0.5],
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(rows)),
        ticktext=[row_name(row) for row in range(rows)],
        showgrid=False,
        zeroline=False,
        ticks="",
        range=[-0.5, rows - 0.5],
        fixedrange=True,
    )
    return figure


def answer_figure(lens: LogitLens, column: int, *, theme: Theme) -> go.Figure:
    """The rank of the model's own answer at one position in every layer, first at the top, with its probability."""
    rows = np.arange(lens.rows)
    ranks, chances = lens.answer_ranks[:, column], lens.answer_probabilities[:, column]
    colour = theme.stack(lens.stack)
    figure = go.Figure(
        go.Scatter(
            x=rows,
            y=ranks,
            mode="lines+markers",
            line={"color": colour, "width": 3},
            marker={
                "size": 5 + 13 * np.sqrt(chances),
                "color": colour,
                "line": {"color": theme.background, "width": 1},
            },
            customdata=[
                f"{row_name(row)}<br>rank {ranks[row]:,}<br>{percent(chances[row])}" for row in range(lens.rows)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            name="rank",
        )
    )
    top = int(np.ceil(np.log10(max(int(ranks.max()), 10))))
    marks = [10**power for power in range(top + 1)]
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 70, "r": 10, "t": 10, "b": 60}}, height=280, showlegend=False
    )
    step = max(1, lens.rows // 10)
    figure.update_xaxes(
        tickvals=list(rows[::step]),
        ticktext=["in" if row == 0 else str(row - 1) for row in rows[::step]],
        title=axis_title("after layer (in: the embedding)"),
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(
        type="log",
        range=[top + 0.1, -0.15],
        tickvals=marks,
        ticktext=[f"{mark:,}" for mark in marks],
        title=axis_title("rank of the answer"),
        gridcolor=theme.line,
        zeroline=False,
    )
    return figure


def _candidates(lens: LogitLens, row: int, place: int) -> str:
    lines = [
        f"{percent(chance)}  {shorten(lens.words[int(number)].label, 20)}"
        for number, chance in zip(lens.candidates[row, place, :SPOKEN], lens.probabilities[row, place], strict=False)
    ]
    answer = shorten(lens.words[int(lens.answers[place])].label, 20)
    return (
        f"<b>{row_name(row)}</b> at {shorten(lens.tokens[place].label, 20)} [{lens.positions[place]}]<br>"
        + "<br>".join(lines)
        + f"<br>final answer {answer}: rank {lens.answer_ranks[row, place]:,}"
    )
