"""One word in several contexts: how alike it is within and across meanings, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from llm_core.embeddings.word_contexts import WordInContexts
from llm_core.figures.layout import axis_title, base_layout
from llm_core.figures.lens_view import row_name
from llm_core.figures.palette import Theme
from llm_core.numbers import decimal

NAMES = {False: "raw", True: "centred"}


def curves_figure(made: WordInContexts, kinds: Sequence[bool] = (False, True), *, theme: Theme) -> go.Figure:
    """Mean cosines at every layer, with random pairs as the baseline.

    Args:
        made: From :func:`llm_core.embeddings.word_contexts.word_in_contexts`.
        kinds: False for raw, True for centred vectors; one picture with a title for each, side by side.
        theme: Colours.
    """
    figure = make_subplots(
        rows=1,
        cols=len(kinds),
        subplot_titles=[_title(made, centred) for centred in kinds],
        shared_yaxes=True,
        horizontal_spacing=0.04,
    )
    for place, centred in enumerate(kinds):
        curves = made.curves(centred=centred)
        layers = list(range(len(curves.same)))
        for values, name, colour, dash in (
            (curves.same, "same meaning", theme.heads[0], "solid"),
            (curves.different, "different meanings", theme.heads[1], "dash"),
            (curves.random, "random tokens", theme.quiet, "dot"),
        ):
            figure.add_trace(
                go.Scatter(
                    x=layers,
                    y=values,
                    mode="lines+markers" if len(layers) < 40 else "lines",
                    marker={"size": 6},
                    line={"color": colour, "width": 3, "dash": dash},
                    name=name,
                    legendgroup=name,
                    showlegend=place == 0,
                    customdata=[row_name(layer) for layer in layers],
                    hovertemplate="%{customdata}: %{y:.2f}<extra>" + name + "</extra>",
                ),
                row=1,
                col=place + 1,
            )
        if np.isfinite(curves.gap).any():
            _mark_gap(figure, curves.same, curves.different, int(np.nanargmax(curves.gap)), place + 1, theme)
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 60, "r": 12, "t": 92, "b": 52}},
        height=400,
        legend={"orientation": "h", "y": 1.12, "yanchor": "bottom", "x": 0},
    )
    figure.update_annotations(font={"size": 14, "color": theme.text})
    figure.update_xaxes(title=axis_title("layers passed"), showgrid=False, zeroline=False)
    figure.update_yaxes(gridcolor=theme.line, zerolinecolor=theme.quiet, range=[-0.35, 1.05])
    figure.update_yaxes(title=axis_title("mean cosine"), row=1, col=1)
    return figure


def _title(made: WordInContexts, centred: bool) -> str:
    gap = made.curves(centred=centred).gap
    return NAMES[centred] + (f": largest gap {decimal(float(np.nanmax(gap)), 2)}" if np.isfinite(gap).any() else "")


def _mark_gap(
    figure: go.Figure, same: np.ndarray, different: np.ndarray, layer: int, column: int, theme: Theme
) -> None:
    """A bracket where the two curves are farthest apart, whose length is the gap."""
    figure.add_trace(
        go.Scatter(
            x=[layer, layer],
            y=[different[layer], same[layer]],
            mode="lines",
            line={"color": theme.text, "width": 2},
            hoverinfo="skip",
            showlegend=False,
            name="gap",
        ),
        row=1,
        col=column,
    )


def gaps_figure(made: Mapping[str, WordInContexts], *, theme: Theme) -> go.Figure:
    """The centred gap of several models by depth, from 0 % (the embedding) to 100 % (the last layer)."""
    figure = go.Figure()
    for place, (name, one) in enumerate(made.items()):
        gap = one.curves(centred=True).gap
        figure.add_trace(
            go.Scatter(
                x=np.linspace(0, 1, len(gap)),
                y=gap,
                mode="lines+markers",
                marker={"size": 6, "symbol": ("circle", "diamond", "square", "cross")[place % 4]},
                line={"color": theme.heads[place % len(theme.heads)], "width": 2.5},
                name=name,
                customdata=[row_name(layer) for layer in range(len(gap))],
                hovertemplate="%{customdata}: gap %{y:.2f}<extra>" + name + "</extra>",
            )
        )
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 60, "r": 12, "t": 36, "b": 52}},
        height=320,
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(title=axis_title("depth in the model"), tickformat=".0%", showgrid=False, zeroline=False)
    figure.update_yaxes(title=axis_title("gap, centred"), gridcolor=theme.line, zerolinecolor=theme.quiet)
    return figure
