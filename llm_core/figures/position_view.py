"""Positions drawn: tables, clock hands of rotary angles, and biases by distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float32
from plotly.subplots import make_subplots

from llm_core.embeddings.position_records import DistanceBias, PositionTable, RotaryAngles
from llm_core.figures.layout import axis_title, base_layout
from llm_core.figures.palette import Theme

MOST_POSITIONS = 128
CLOCKS = 8
FARTHEST = 64
CLOSE = 24
"""Biases are shown this far at first, since they change most near 0; drag to see more."""


def table_figure(vectors: Float32[np.ndarray, "position d_model"], title: str, *, theme: Theme) -> go.Figure:
    """The numbers of the first positions' vectors: blue above zero, orange below, the page's background at zero."""
    shown = vectors[:MOST_POSITIONS]
    # A few outlying numbers would leave the rest without colour.
    limit = float(np.quantile(np.abs(shown), 0.98)) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=shown.astype(np.float32),
            colorscale=[[0, theme.negative], [0.5, theme.background], [1, theme.positive]],
            zmin=-limit,
            zmax=limit,
            colorbar={"thickness": 10, "outlinewidth": 0},
            hovertemplate="position %{y}, number %{x}<br>%{z:.3f}<extra></extra>",
        )
    )
    _frame(figure, title, theme, 380)
    figure.update_xaxes(title=axis_title("place in the vector"), showgrid=False, zeroline=False)
    figure.update_yaxes(title=axis_title("position"), autorange="reversed", showgrid=False, zeroline=False)
    return figure


def similarity_figure(table: PositionTable, title: str, *, theme: Theme) -> go.Figure:
    """Cosine of each of the first positions with each."""
    figure = go.Figure(
        go.Heatmap(
            z=table.similarities(MOST_POSITIONS),
            colorscale=[[0, theme.negative], [0.5, theme.background], [1, theme.positive]],
            zmin=-1,
            zmax=1,
            colorbar={"thickness": 10, "outlinewidth": 0},
            hovertemplate="positions %{x} and %{y}<br>cosine %{z:.3f}<extra></extra>",
        )
    )
    _frame(figure, title, theme, 380)
    figure.update_xaxes(title=axis_title("position"), showgrid=False, zeroline=False)
    figure.update_yaxes(title=axis_title("position"), autorange="reversed", showgrid=False, zeroline=False)
    return figure


def clocks_figure(angles: RotaryAngles, query: int, key: int, *, theme: Theme) -> go.Figure:
    """Some of the pairs as clocks: how far a query and a key at two positions are turned.

    Args:
        angles: The frequencies.
        query: The query's position.
        key: The key's position.
        theme: Colours.
    """
    pairs = np.unique(np.linspace(0, len(angles.frequencies) - 1, min(CLOCKS, len(angles.frequencies))).astype(int))
    columns = min(4, len(pairs))
    lines = -(-len(pairs) // columns)
    titles = [f"pair {pair}<br>{_turn(float(angles.turns_after[pair]))}" for pair in pairs]
    figure = make_subplots(
        rows=lines, cols=columns, subplot_titles=titles, vertical_spacing=0.2, horizontal_spacing=0.02
    )
    circle = np.linspace(0, 2 * np.pi, 73)
    turned = angles.angles([query, key])
    for place, pair in enumerate(pairs):
        cell = {"row": place // columns + 1, "col": place % columns + 1}
        figure.add_trace(
            go.Scatter(
                x=np.cos(circle),
                y=np.sin(circle),
                mode="lines",
                line={"color": theme.line, "width": 2},
                hoverinfo="skip",
                showlegend=False,
            ),
            **cell,
        )
        for name, position, angle, colour, long in (
            ("query", query, turned[0, pair], theme.query, 0.95),
            ("key", key, turned[1, pair], theme.key, 0.72),
        ):
            figure.add_trace(
                go.Scatter(
                    x=[0, long * np.cos(angle)],
                    y=[0, long * np.sin(angle)],
                    mode="lines+markers",
                    line={"color": colour, "width": 4},
                    marker={"size": [5, 11], "color": colour, "symbol": "circle" if name == "query" else "square"},
                    hovertemplate=f"{name} at {position}<br>turned by {np.degrees(angle):,.1f}°<extra></extra>",
                    name=name,
                    legendgroup=name,
                    showlegend=place == 0,
                ),
                **cell,
            )
    figure.update_xaxes(visible=False, range=[-1.15, 1.15], fixedrange=True)
    figure.update_yaxes(visible=False, range=[-1.15, 1.15], fixedrange=True)
    for place in range(len(pairs)):
        figure.update_yaxes(
            scaleanchor=f"x{place + 1 if place else ''}", row=place // columns + 1, col=place % columns + 1
        )
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 8, "r": 8, "t": 72, "b": 40}},
        height=112 + 200 * lines,
        legend={"orientation": "h", "y": -0.02, "yanchor": "top"},
    )
    figure.update_annotations(font={"size": 12, "color": theme.quiet})
    return figure


def agreement_figure(angles: RotaryAngles, distance: int, *, theme: Theme) -> go.Figure:
    """What the dot product of two equal vectors keeps at each distance, whole and for the fastest and slowest pair."""
    distances = np.arange(0, 4 * FARTHEST + 1)
    each = np.cos(angles.angles(distances))
    figure = go.Figure()
    for values, name, colour, width in (
        (each[:, 0], "fastest pair", theme.line, 1.5),
        (each[:, -1], "slowest pair", theme.quiet, 1.5),
        (angles.agreement(distances), "all pairs, mean", theme.stack(angles.stack), 3),
    ):
        figure.add_trace(
            go.Scatter(
                x=distances,
                y=values.astype(np.float32),
                mode="lines",
                line={"color": colour, "width": width, "dash": "dot" if name == "slowest pair" else "solid"},
                name=name,
                hovertemplate="%{x} tokens apart: %{y:.2f}<extra>" + name + "</extra>",
            )
        )
    figure.add_vline(x=abs(distance), line={"color": theme.text, "width": 1, "dash": "dash"})
    _frame(figure, "", theme, 300)
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    figure.update_xaxes(title=axis_title("distance in tokens"), gridcolor=theme.line, zeroline=False)
    figure.update_yaxes(title=axis_title("cosine"), range=[-1.08, 1.08], gridcolor=theme.line, zerolinecolor=theme.line)
    return figure


def bias_figure(code: DistanceBias, heads: Sequence[int], *, theme: Theme) -> go.Figure:
    """The bias by distance, one curve for each head."""
    figure = go.Figure()
    for head in heads:
        figure.add_trace(
            go.Scatter(
                x=code.distances,
                y=code.bias[head].astype(np.float32),
                mode="lines",
                line={
                    "color": theme.heads[head % len(theme.heads)],
                    "width": 2.5,
                    "shape": "hvh" if code.learned else "linear",
                },
                name=f"{head}",
                hovertemplate="distance %{x}: %{y:.2f}<extra>head " + str(head) + "</extra>",
            )
        )
    _frame(figure, "", theme, 420)
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "title": {"text": "head "}})
    figure.update_xaxes(
        title=axis_title("key position − query position"),
        gridcolor=theme.line,
        zeroline=True,
        zerolinecolor=theme.quiet,
        range=[max(float(code.distances.min()), -CLOSE), min(float(code.distances.max()), CLOSE)],
    )
    figure.update_yaxes(title=axis_title("added to the score"), gridcolor=theme.line, zerolinecolor=theme.quiet)
    return figure


def _turn(tokens: float) -> str:
    if tokens >= 10_000:
        return f"{tokens / 1000:,.0f}k tokens"
    return f"{tokens:,.1f} tokens" if tokens < 100 else f"{tokens:,.0f} tokens"


def _frame(figure: go.Figure, title: str, theme: Theme, height: int) -> None:
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 64, "r": 10, "t": 60, "b": 54}},
        height=height,
        title={
            "text": title,
            "x": 0,
            "xref": "paper",
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "pad": {"b": 6},
            "font": {"size": 14},
        },
    )
