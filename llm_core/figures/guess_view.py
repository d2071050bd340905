"""The likeliest tokens of one guess, at temperature 1 and at another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float32

from llm_core.figures.layout import base_layout
from llm_core.figures.palette import TRANSPARENT, Theme
from llm_core.figures.windows import shorten
from llm_core.numbers import percent
from llm_core.shapes import Stack


def guess_figure(
    names: Sequence[str],
    before: Float32[np.ndarray, " token"],
    after: Float32[np.ndarray, " token"],
    temperature: float,
    *,
    stack: Stack,
    theme: Theme,
) -> go.Figure:
    """Bars of probabilities, the likeliest on top; outlines show them at temperature 1.

    Args:
        names: A name for each token shown, likeliest first; a last row stands for all others together.
        before: Probabilities at temperature 1, from 0 to 1, shape (token,).
        after: Probabilities at the temperature, same shape.
        temperature: Above 0.
        stack: Whose output it is.
        theme: Colours.
    """
    rows = list(range(len(names)))
    figure = go.Figure()
    figure.add_trace(
        go.Bar(
            # All others together are written, not drawn: their bar would leave no room for the rest.
            x=np.append(after[:-1], 0).astype(np.float32),
            y=rows,
            orientation="h",
            marker={"color": theme.stack(stack), "line": {"width": 0}},
            text=[percent(value) for value in after],
            textposition="outside",
            cliponaxis=False,
            textfont={"color": theme.text},
            name=f"at temperature {temperature:g}",
            customdata=[percent(value) for value in after],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    if temperature != 1:
        figure.add_trace(
            go.Bar(
                x=before[:-1].astype(np.float32),
                y=rows[:-1],
                orientation="h",
                marker={"color": TRANSPARENT, "line": {"width": 1.5, "color": theme.text}},
                name="at temperature 1",
                customdata=[percent(value) for value in before[:-1]],
                hovertemplate="%{customdata}<extra>at temperature 1</extra>",
            )
        )
    most = float(max(before[:-1].max(initial=0), after[:-1].max(initial=0))) or 1.0
    figure.update_xaxes(visible=False, range=[0, 1.18 * most], fixedrange=True)
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[shorten(name, 24) + " " for name in names],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
        ticks="",
        fixedrange=True,
    )
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 190, "r": 10, "t": 34, "b": 8}},
        barmode="overlay",
        bargap=0.3,
        height=60 + 30 * len(rows),
        showlegend=temperature != 1,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )
    return figure
