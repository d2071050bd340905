"""Measured time and memory of attention against the length of the text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from llm_core.figures.layout import axis_title, base_layout
from llm_core.figures.palette import Theme
from llm_core.numbers import in_bytes, in_seconds
from llm_core.scale.growth import GrowthPoint, Way

WAYS: dict[Way, str] = {"recorded": "recorded", "eager": "eager, every weight kept"}


def growth_figure(points: Sequence[GrowthPoint], longest: int, *, theme: Theme) -> go.Figure:
    """Two panels, time and memory; dots are measured, the dotted curve is the square through eager's last dot.

    Args:
        points: What was measured so far, by rising length.
        longest: The longest text that will be measured; the axis reaches it from the start.
        theme: Colours.
    """
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.16, subplot_titles=["time a layer", "memory a layer"])
    tokens = [point.tokens for point in points]
    for column, (measure, said) in enumerate(((GrowthPoint.seconds, in_seconds), (GrowthPoint.nbytes, in_bytes)), 1):
        for way, name in WAYS.items():
            values = [measure(point, way) for point in points]
            colour = theme.value if way == "recorded" else theme.key
            figure.add_trace(
                go.Scatter(
                    x=tokens,
                    y=values,
                    mode="lines+markers",
                    name=name,
                    legendgroup=way,
                    showlegend=column == 1,
                    line={"color": colour, "width": 3},
                    marker={"color": colour, "size": 10, "symbol": "circle" if way == "recorded" else "square"},
                    customdata=[said(value) for value in values],
                    hovertemplate="%{x:,} tokens: %{customdata}<extra>" + name + "</extra>",
                ),
                row=1,
                col=column,
            )
        top = max((measure(point, way) for point in points for way in WAYS), default=0.0)
        if points:
            last = points[-1]
            along = np.linspace(0, last.tokens, 60)
            figure.add_trace(
                go.Scatter(
                    x=along,
                    y=measure(last, "eager") * (along / last.tokens) ** 2,
                    mode="lines",
                    name="square of the length",
                    legendgroup="square",
                    showlegend=column == 1,
                    line={"color": theme.quiet, "width": 2, "dash": "dot"},
                    hoverinfo="skip",
                ),
                row=1,
                col=column,
            )
        figure.update_yaxes(
            range=[0, 1.08 * top or 1],
            tickvals=[top * share for share in (0, 0.5, 1)] if points else [],
            ticktext=[said(top * share) for share in (0, 0.5, 1)] if points else [],
            row=1,
            col=column,
        )
    figure.update_xaxes(
        range=[0, longest * 1.04],
        gridcolor=theme.line,
        zerolinecolor=theme.line,
        title=axis_title("tokens"),
        nticks=5,
        fixedrange=True,
    )
    figure.update_yaxes(gridcolor=theme.line, zerolinecolor=theme.line, fixedrange=True, automargin=True)
    figure.update_annotations(font={"size": 13, "color": theme.text})
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 70, "r": 10, "t": 40, "b": 90}},
        height=420,
        legend={"orientation": "h", "y": -0.22, "yanchor": "top"},
    )
    return figure
