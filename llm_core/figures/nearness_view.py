"""Neighbours as bars with their lengths beside them, and sentences compared with each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from llm_core.embeddings.neighbours import Neighbours
from llm_core.embeddings.sentence_vectors import SentenceVectors
from llm_core.figures.layout import base_layout
from llm_core.figures.palette import Theme, blend, readable
from llm_core.figures.windows import shorten
from llm_core.numbers import decimal, four_digits
from llm_core.shapes import Stack

MOST_NUMBERED = 16
"""Grids of more sentences have no numbers in their cells."""

MOST_SPELLED = 50
"""Grids of more sentences name them shortly when they are hovered."""

ROW, LEAST_ROW, LABEL, MOST_HEIGHT = 38, 4, 18, 900
"""Pixels: of a row of a small grid, of one at least, of a name beside it, and of a large grid's height."""


def neighbours_figure(found: Neighbours, typical_norm: float, stack: Stack, *, theme: Theme) -> go.Figure:
    """A bar for each neighbour, the nearest on top, and its vector's length beside the vocabulary's median.

    Args:
        found: From :func:`llm_core.embeddings.neighbours.nearest_tokens`.
        typical_norm: The median length of the table's vectors.
        stack: Whose colour the bars have.
        theme: Colours.
    """
    values = found.cosine if found.measure == "cosine" else found.dot
    places = np.arange(len(values))
    titles = ("cosine" if found.measure == "cosine" else "dot product", "length")
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, column_widths=[0.7, 0.3], horizontal_spacing=0.06, subplot_titles=titles
    )
    hover = [
        f"<b>{shorten(label, 30)}</b><br>cosine {decimal(cosine, 3)}<br>dot product {four_digits(dot)}"
        f"<br>length {four_digits(norm)}"
        for label, cosine, dot, norm in zip(found.labels, found.cosine, found.dot, found.norms, strict=True)
    ]
    figure.add_trace(
        go.Bar(
            x=values,
            y=places,
            orientation="h",
            marker={"color": theme.stack(stack)},
            text=[decimal(value, 2 if abs(value) < 100 else 0) for value in values],
            textposition="auto",
            insidetextanchor="end",
            textfont={"size": 13},
            textangle=0,
            constraintext="none",
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
        **base_layout(theme) | {"margin": {"l": 20, "r": 12, "t": 66, "b": 40}},
        height=120 + 25 * len(values),
        showlegend=False,
        bargap=0.18,
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
    row = max(LEAST_ROW, min(ROW, MOST_HEIGHT / count))
    step = max(1, int(np.ceil(LABEL / row)))
    letters = 60 if count <= MOST_SPELLED else 24
    spoken = [f"{place + 1} {shorten(sentence, letters)}" for place, sentence in enumerate(made.sentences)]
    figure = go.Figure(
        go.Heatmap(
            z=similar,
            customdata=[[f"{one}<br>{other}" for other in spoken] for one in spoken],
            hovertemplate="%{customdata}<br>cosine %{z:.3f}<extra></extra>",
            colorscale=[[0, theme.negative], [0.5, theme.background], [1, theme.stack(stack)]],
            zmin=-1,
            zmax=1,
            xgap=2 if row > LABEL else 0,
            ygap=2 if row > LABEL else 0,
            colorbar={"thickness": 10, "outlinewidth": 0},
        )
    )
    if count <= MOST_NUMBERED:
        figure.add_trace(_numbers(similar, theme.stack(stack), theme))
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 20, "r": 10, "t": 60, "b": 10}}, height=90 + int(max(300, row * count))
    )
    ticks = list(range(0, count, step))
    axis = {"showgrid": False, "zeroline": False, "ticks": "", "tickvals": ticks}
    figure.update_xaxes(side="top", ticktext=[str(place + 1) for place in ticks], **axis)
    names = [f"{place + 1}  {shorten(made.sentences[place], 34)}" for place in ticks]
    figure.update_yaxes(autorange="reversed", ticktext=names, automargin=True, **axis)
    return figure


def _numbers(similar: np.ndarray, full: str, theme: Theme) -> go.Scatter:
    """Each cell's number, in a colour that can be read on it."""
    rows, columns = np.indices(similar.shape)
    grounds = [
        blend(theme.background, full if value > 0 else theme.negative, min(abs(float(value)), 1))
        for value in similar.ravel()
    ]
    return go.Scatter(
        x=columns.ravel(),
        y=rows.ravel(),
        mode="text",
        text=[decimal(value, 2) for value in similar.ravel()],
        textfont={"size": 13, "color": [readable(theme, ground) for ground in grounds]},
        hoverinfo="skip",
        showlegend=False,
        name="numbers",
    )


def sum_figure(
    places: np.ndarray,
    labels: Sequence[str],
    arrows: Sequence[tuple[int, int]],
    result: int,
    nearest: Sequence[int],
    *,
    theme: Theme,
) -> go.Figure:
    """The words of a sum, its result and what lies near it, in the plane of two components.

    Args:
        places: Shape (point 2).
        labels: A name for each point.
        arrows: Pairs of points to join by an arrow: steps that should be alike.
        result: The point of the sum.
        nearest: Points that are neighbours of the result.
        theme: Colours.
    """
    figure = go.Figure()
    words = [point for point in range(len(labels)) if point != result and point not in nearest]
    for members, name, symbol, colour, size in (
        (words, "words of the sum", "circle", theme.text, 12),
        (list(nearest), "tokens near it", "diamond", theme.positive, 10),
        ([result], "the sum", "star", theme.negative, 18),
    ):
        figure.add_trace(
            go.Scatter(
                x=places[members, 0],
                y=places[members, 1],
                mode="markers+text",
                text=[shorten(labels[point], 18) for point in members],
                textposition={"the sum": "top center", "tokens near it": "middle right"}.get(name, "bottom center"),
                textfont={"size": 14 if name != "tokens near it" else 13},
                marker={"size": size, "symbol": symbol, "color": colour},
                hovertemplate="%{text}<extra></extra>",
                name=name,
            )
        )
    for start, end in arrows:
        figure.add_annotation(
            x=places[end, 0],
            y=places[end, 1],
            ax=places[start, 0],
            ay=places[start, 1],
            xref="x",
            yref="y",
            axref="x",
            ayref="y",
            text="",
            arrowhead=3,
            arrowwidth=2,
            standoff=10,
            startstandoff=8,
            arrowcolor=theme.negative,
        )
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 12, "r": 12, "t": 60, "b": 12}},
        height=400,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.maximum((high - low) * 0.15, 1e-3)
    figure.update_xaxes(range=[low[0] - room[0], high[0] + room[0]], visible=False)
    figure.update_yaxes(range=[low[1] - room[1], high[1] + room[1]], visible=False, scaleanchor="x")
    return figure
