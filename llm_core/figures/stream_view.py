"""The residual stream: how long each token's vector is after every layer, and how far each layer turns one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float
from plotly.subplots import make_subplots

from llm_core.figures.layout import axis_title, base_layout
from llm_core.figures.palette import Theme
from llm_core.figures.windows import shorten
from llm_core.numbers import decimal
from llm_core.shapes import Stack


def stream_figure(
    lengths: Float[np.ndarray, "state token"],
    steps: Float[np.ndarray, " state-1"],
    names: Sequence[str],
    marked: int,
    *,
    stack: Stack,
    theme: Theme,
) -> go.Figure:
    """Lengths as lines, one a token, and the steps of the marked token as bars below.

    Args:
        lengths: Of the vectors, state 0 before the first layer, shape (state token).
        steps: 1 minus the cosine of the marked token's vector before and after each layer, shape (state - 1,).
        names: A name for each token.
        marked: The token that the picture speaks of.
        stack: Whose stream it is.
        theme: Colours.
    """
    figure = make_subplots(rows=2, cols=1, row_heights=[0.62, 0.38], shared_xaxes=True, vertical_spacing=0.13)
    rows = range(len(lengths))
    colour = theme.stack(stack)
    order = [token for token in range(len(names)) if token != marked] + [marked]
    for token in order:
        own = token == marked
        figure.add_trace(
            go.Scatter(
                x=list(rows),
                y=lengths[:, token].astype(np.float32),
                mode="lines+markers" if own else "lines",
                line={"color": colour if own else theme.hatch, "width": 4 if own else 1.5},
                marker={"size": 7},
                name=shorten(names[token], 16),
                customdata=[
                    f"{shorten(names[token], 40)}<br>{state_name(row)}<br>length {decimal(lengths[row, token], 2)}"
                    for row in rows
                ],
                hovertemplate="%{customdata}<extra></extra>",
                showlegend=False,
            ),
            row=1,
            col=1,
        )
    figure.add_trace(
        go.Bar(
            x=[row + 0.5 for row in range(len(steps))],
            y=steps.astype(np.float32),
            marker={"color": colour, "line": {"width": 0}},
            customdata=[f"layer {layer} turns it by {decimal(step, 2)}" for layer, step in enumerate(steps)],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        ),
        row=2,
        col=1,
    )
    step = max(1, len(steps) // 15)
    layers = list(range(0, len(steps), step))
    figure.update_xaxes(
        tickvals=[layer + 0.5 for layer in layers],
        ticktext=[str(layer) for layer in layers],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_xaxes(title=axis_title("layer"), row=2, col=1)
    top, low = float(lengths.max()), float(np.maximum(lengths.min(), 1e-3))
    spread = top / low > 30
    figure.update_yaxes(
        type="log" if spread else "linear",
        title=axis_title("length" + (", powers of ten" if spread else "")),
        gridcolor=theme.line,
        zeroline=False,
        fixedrange=True,
        nticks=5,
        row=1,
        col=1,
        **({"dtick": 1} if spread else {"rangemode": "tozero"}),
    )
    figure.update_yaxes(
        title=axis_title("turn"),
        gridcolor=theme.line,
        zerolinecolor=theme.line,
        fixedrange=True,
        nticks=4,
        row=2,
        col=1,
    )
    for text, domain in (
        ("how long each vector is", "y domain"),
        (f"how far each layer turns {names[marked]}", "y2 domain"),
    ):
        figure.add_annotation(
            text=shorten(text, 60),
            showarrow=False,
            xref="paper",
            x=0,
            yref=domain,
            y=1,
            yanchor="bottom",
            font={"size": 13, "color": theme.quiet},
        )
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 70, "r": 10, "t": 30, "b": 50}}, height=460, bargap=0.25
    )
    return figure


def state_name(row: int) -> str:
    """What a row of lengths is called: row 0 stands below the first layer."""
    return "before layer 0" if row == 0 else f"after layer {row - 1}"
