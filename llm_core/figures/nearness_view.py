"""Neighbours as bars with their lengths beside them, and sentences compared with each other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from llm_core.figures.layout import base_layout
from llm_core.figures.palette import Theme
from llm_core.figures.windows import shorten
from llm_core.neighbours import Neighbours
from llm_core.sentence_vectors import SentenceVectors
from llm_core.shapes import Stack


def neighbours_figure(found: Neighbours, typical_norm: float, stack: Stack, *, theme: Theme) -> go.Figure:
    """A bar for each neighbour, the nearest on top, and its vector's length beside the vocabulary's median.

    Args:
        found: From :func:`llm_core.neighbours.nearest_tokens`.
        typical_norm: The median length of the table's vectors.
        stack: Whose colour the bars have.
        theme: Colours.
    """
    values = found.cosine if found.measure == "cosine" else found.dot
    places = np.arange(len(values))
    titles = ("cosine" if found.measure == "cosine" else "dot product", "length of its vector")
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, column_widths=[0.7, 0.3], horizontal_spacing=0.06, subplot_titles=titles
    )
    hover = [
        f"<b>{shorten(label, 30)}</b><br>cosine {cosine:.3f}<br>dot product {dot:.3g}<br>length {norm:.3g}"
        for label, cosine, dot, norm in zip(found.labels, found.cosine, found.dot, found.norms, strict=True)
    ]
    figure.add_trace(
        go.Bar(
            x=values,
            y=places,
            orientation="h",
            marker={"color": theme.stack(stack)},
            text=[f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}" for value in values],
            textposition="auto",
            insidetextanchor="end",
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            name="nearness",
        ),
        row=1,
        col=1,
    )
    figure.add_trace(
        go.Scatter(
            x=found.norms,
            y=places,
            mode="markers",
            marker={"size": 10, "color": theme.quiet},
            customdata=hover,
            hovertemplate="%{customdata}<extra></extra>",
            name="length",
        ),
        row=1,
        col=2,
    )
    figure.add_vline(x=typical_norm, line={"color": theme.text, "width": 1, "dash": "dash"}, row=1, col=2)
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 20, "r": 12, "t": 34, "b": 40}},
        height=90 + 25 * len(values),
        showlegend=False,
        bargap=0.25,
    )
    figure.update_annotations(font={"size": 13, "color": theme.quiet})
    figure.update_yaxes(
        range=[len(values) - 0.4, -0.6],
        tickvals=places,
        ticktext=[shorten(label, 16) for label in found.labels],
        showgrid=False,
        zeroline=False,
        automargin=True,
        ticks="",
    )
    figure.update_xaxes(gridcolor=theme.line, zerolinecolor=theme.line, rangemode="tozero", nticks=6)
    return figure


def sentences_figure(made: SentenceVectors, stack: Stack, *, theme: Theme) -> go.Figure:
    """The cosine of each sentence with each, as numbers in a grid."""
    similar = made.similarities
    count = len(similar)
    names = [f"{place + 1}  {shorten(sentence, 34)}" for place, sentence in enumerate(made.sentences)]
    figure = go.Figure(
        go.Heatmap(
            z=similar,
            text=[[f"{value:.2f}" for value in row] for row in similar] if count <= 16 else None,
            texttemplate="%{text}" if count <= 16 else None,
            textfont={"size": 13},
            customdata=[
                [f"{shorten(one, 60)}<br>{shorten(other, 60)}" for other in made.sentences] for one in made.sentences
            ],
            hovertemplate="%{customdata}<br>cosine %{z:.3f}<extra></extra>",
            colorscale=[[0, theme.negative], [0.5, theme.background], [1, theme.stack(stack)]],
            zmin=-1,
            zmax=1,
            xgap=2,
            ygap=2,
            colorbar={"thickness": 10, "outlinewidth": 0},
        )
    )
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 20, "r": 10, "t": 30, "b": 10}}, height=90 + max(300, 38 * count)
    )
    axis = {"showgrid": False, "zeroline": False, "ticks": "", "tickvals": list(range(count))}
    figure.update_xaxes(side="top", ticktext=[str(place + 1) for place in range(count)], **axis)
    figure.update_yaxes(autorange="reversed", ticktext=names, automargin=True, **axis)
    return figure


def sum_figure(
    places: np.ndarray, labels: Sequence[str], steps: Sequence[int], nearest: Sequence[int], *, theme: Theme
) -> go.Figure:
    """Words, the way of a sum from word to word, and what lies near its end, in the plane of two components.

    Args:
        places: Shape (point 2).
        labels: A name for each point.
        steps: Points that the sum passes, in order; the last is its result.
        nearest: Points that are neighbours of the result.
        theme: Colours.
    """
    figure = go.Figure()
    words = [point for point in range(len(labels)) if point not in (*steps, *nearest)]
    for members, name, symbol, colour in (
        (words, "words", "circle", theme.quiet),
        (list(nearest), "near the result", "diamond", theme.positive),
    ):
        figure.add_trace(
            go.Scatter(
                x=places[members, 0],
                y=places[members, 1],
                mode="markers+text",
                text=[shorten(labels[point], 18) for point in members],
                textposition="top center",
                textfont={"size": 13},
                marker={"size": 11, "symbol": symbol, "color": colour},
                hovertemplate="%{text}<extra></extra>",
                name=name,
            )
        )
    for start, end in itertools.pairwise(steps):
        figure.add_annotation(
            x=places[end, 0],
            y=places[end, 1],
            ax=places[start, 0],
            ay=places[start, 1],
            xref="x",
            yref="y",
            axref="x",
            ayref="y",
            arrowhead=3,
            arrowwidth=2,
            arrowcolor=theme.negative,
        )
    result = steps[-1]
    figure.add_trace(
        go.Scatter(
            x=[places[result, 0]],
            y=[places[result, 1]],
            mode="markers+text",
            text=[labels[result]],
            textposition="bottom center",
            textfont={"size": 14},
            marker={"size": 15, "symbol": "star", "color": theme.negative},
            hovertemplate="%{text}<extra></extra>",
            name="the sum",
        )
    )
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 12, "r": 12, "t": 36, "b": 12}},
        height=420,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.maximum((high - low) * 0.15, 1e-3)
    axis = {"visible": False}
    figure.update_xaxes(range=[low[0] - room[0], high[0] + room[0]], **axis)
    figure.update_yaxes(range=[low[1] - room[1], high[1] + room[1]], **axis)
    return figure
