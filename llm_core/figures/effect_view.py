"""What switching heads off does, as plotly figures: candidates before and after, and the effect beside random heads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from llm_core.figures.layout import base_layout
from llm_core.figures.palette import Theme
from llm_core.figures.windows import shorten
from llm_core.heads.effects import AblationEffect, DistributionEffect, TextEffect, VectorEffect
from llm_core.numbers import percent
from llm_core.shapes import Stack
from llm_core.text.tokens import Token

MOST_CANDIDATES = 8
MOST_TOKENS = 24


def candidates_figure(effect: DistributionEffect, stack: Stack, *, theme: Theme) -> go.Figure:
    """Two bars for each candidate: its probability with all heads (grey) and without those that are off."""
    shown = effect.candidates[:MOST_CANDIDATES]
    places = list(range(len(shown)))
    figure = go.Figure()
    for name, values, colour in (
        ("with all heads", [candidate.before for candidate in shown], theme.hatch),
        ("without them", [candidate.after for candidate in shown], theme.stack(stack)),
    ):
        figure.add_trace(
            go.Bar(
                x=values,
                y=places,
                orientation="h",
                name=name,
                marker={"color": colour},
                text=[percent(value) for value in values],
                textposition="outside",
                textfont={"color": theme.quiet, "size": 12},
                cliponaxis=False,
                hovertemplate="%{x:.2%}<extra>" + name + "</extra>",
            )
        )
    highest = max([0.1, *(max(candidate.before, candidate.after) for candidate in shown)])
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 20, "r": 50, "t": 34, "b": 10}},
        height=70 + 42 * len(shown),
        barmode="group",
        bargap=0.3,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(visible=False, range=[0, highest * 1.15])
    figure.update_yaxes(
        tickvals=places,
        ticktext=[shorten(candidate.token.label) for candidate in shown],
        autorange="reversed",
        automargin=True,
        showgrid=False,
        ticks="",
    )
    return figure


def controls_figure(effect: AblationEffect, stack: Stack, *, theme: Theme) -> go.Figure:
    """The size of the effect on a line: the chosen heads as a diamond, each draw of random heads as a ring."""
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[control.size for control in effect.controls],
            y=[0] * len(effect.controls),
            mode="markers",
            name="as many random heads",
            marker={"size": 14, "symbol": "circle-open", "color": theme.quiet, "line": {"width": 2}},
            hovertemplate="%{x:.4f}<extra>random heads</extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[effect.chosen.size],
            y=[0],
            mode="markers",
            name="the heads you chose",
            marker={"size": 18, "symbol": "diamond", "color": theme.stack(stack)},
            hovertemplate="%{x:.4f}<extra>your heads</extra>",
        )
    )
    largest = max([effect.chosen.size, *(control.size for control in effect.controls), 1e-6])
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 20, "r": 20, "t": 34, "b": 50}},
        height=170,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_yaxes(visible=False, range=[-1, 1])
    figure.update_xaxes(
        title={"text": size_in_words(effect.chosen)},
        range=[-0.04 * largest, 1.08 * largest],
        gridcolor=theme.line,
        zerolinecolor=theme.line,
        nticks=6,
    )
    return figure


def size_in_words(effect: DistributionEffect | TextEffect | VectorEffect) -> str:
    """What the size of an effect is measured in."""
    if isinstance(effect, VectorEffect):
        return "change of the sentence vector (1 − cosine)"
    if isinstance(effect, TextEffect):
        return "change of the distribution, bits a token"
    return "change of the distribution, bits"


def token_changes_figure(effect: VectorEffect, tokens: Sequence[Token], stack: Stack, *, theme: Theme) -> go.Figure:
    """How far each token's last vector turns, for encoders that have no other output."""
    order = np.argsort(-effect.token_changes, kind="stable")[:MOST_TOKENS]
    shown = np.sort(order)
    figure = go.Figure(
        go.Bar(
            x=list(range(len(shown))),
            y=effect.token_changes[shown],
            marker={"color": theme.stack(stack)},
            hovertemplate="%{y:.4f}<extra></extra>",
        )
    )
    figure.update_layout(**base_layout(theme) | {"margin": {"l": 60, "r": 10, "t": 10, "b": 60}}, height=260)
    figure.update_xaxes(
        tickvals=list(range(len(shown))),
        ticktext=[shorten(tokens[place].label) for place in shown],
        tickangle=-50,
        showgrid=False,
    )
    figure.update_yaxes(title={"text": "1 − cosine"}, gridcolor=theme.line, rangemode="tozero")
    return figure
