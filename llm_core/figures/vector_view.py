"""Vectors as stripes of colour, one row a token, each with one number beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Float32
from plotly.subplots import make_subplots

from llm_core.figures.layout import base_layout
from llm_core.figures.palette import Theme
from llm_core.figures.windows import shorten
from llm_core.numbers import decimal

ROW_HEIGHT = 24
LONGEST_LABEL = 16


@dataclass(frozen=True, eq=False)
class Stripes:
    """What is drawn.

    Attributes:
        names: A name for each row.
        vectors: Shape (row number).
        values: A number for each row, shape (row,); NaN for none.
        measure: What that number is.
        marked: The row that the picture speaks of, or None.
        above: A vector that all rows are held against, drawn above them, shape (number,), or None.
        above_name: Its name.
        row_colour: Name of the palette's colour of the rows' names.
    """

    names: Sequence[str]
    vectors: Float32[np.ndarray, "row number"]
    values: Float[np.ndarray, " row"]
    measure: str
    marked: int | None = None
    above: Float32[np.ndarray, " number"] | None = None
    above_name: str = ""
    row_colour: str = "text"


def stripes_figure(stripes: Stripes, *, theme: Theme) -> go.Figure:
    """Rows of colour (blue above zero, orange below, the page's background at zero) and bars to their right."""
    vectors, values = stripes.vectors, stripes.values
    names = [shorten(name, LONGEST_LABEL) for name in stripes.names]
    colour = getattr(theme, stripes.row_colour)
    labels = [_label(name, colour, row == stripes.marked) for row, name in enumerate(names)]
    rows = list(range(len(names)))
    figure = make_subplots(rows=1, cols=2, column_widths=[0.68, 0.32], shared_yaxes=True, horizontal_spacing=0.02)
    everything = vectors if stripes.above is None else np.vstack([vectors, stripes.above])
    # A few outlying numbers would leave the rest without colour.
    limit = float(np.quantile(np.abs(everything), 0.98)) or 1.0
    scale = [[0, theme.negative], [0.5, theme.background], [1, theme.positive]]
    parts: list[tuple[np.ndarray, Sequence[float], Sequence[str]]] = [(vectors, rows, stripes.names)]
    if stripes.above is not None:
        parts.append((stripes.above[None], [-1.6], [stripes.above_name]))
        labels.append(_label(shorten(stripes.above_name, LONGEST_LABEL), theme.query, True))
    for numbers, at, said in parts:
        figure.add_trace(
            go.Heatmap(
                z=np.asarray(numbers, np.float32),
                y=at,
                # One row alone has no height of its own.
                dy=1,
                customdata=[[shorten(name, 40)] * numbers.shape[1] for name in said],
                colorscale=scale,
                zmin=-limit,
                zmax=limit,
                showscale=False,
                ygap=3,
                hovertemplate="%{customdata}<br>number %{x}: %{z:.3f}<extra></extra>",
            ),
            row=1,
            col=1,
        )
    shade = [theme.text if row == stripes.marked else theme.quiet for row in rows]
    figure.add_trace(
        go.Bar(
            x=np.nan_to_num(values).astype(np.float32),
            y=rows,
            orientation="h",
            marker={"color": shade, "line": {"width": 0}},
            customdata=[
                f"{shorten(name, 40)}<br>"
                + ("cannot look there" if np.isnan(value) else f"{stripes.measure}: {decimal(value, 2)}")
                for name, value in zip(stripes.names, values, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        ),
        row=1,
        col=2,
    )
    top = -2.4 if stripes.above is not None else -0.6
    figure.update_yaxes(
        tickvals=[*rows, *([-1.6] if stripes.above is not None else [])],
        ticktext=labels,
        range=[len(rows) - 0.4, top],
        showgrid=False,
        zeroline=False,
        ticks="",
        fixedrange=True,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, showticklabels=False, ticks="", col=1)
    figure.update_xaxes(zerolinecolor=theme.line, gridcolor=theme.line, fixedrange=True, nticks=4, col=2)
    figure.add_annotation(_title(f"{vectors.shape[1]} numbers", theme), xref="x domain", x=0)
    figure.add_annotation(_title(stripes.measure, theme), xref="x2 domain", x=0)
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 132, "r": 10, "t": 34, "b": 30}},
        height=int(ROW_HEIGHT * (len(rows) - top) + 70),
        showlegend=False,
        bargap=0.35,
    )
    return figure


def _title(text: str, theme: Theme) -> dict[str, object]:
    return {
        "text": text,
        "showarrow": False,
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "xanchor": "left",
        "font": {"size": 13, "color": theme.quiet},
    }


def _label(name: str, colour: str, strong: bool) -> str:
    return f"<span style='color:{colour}'>{f'<b>{name}</b>' if strong else name}</span> "
