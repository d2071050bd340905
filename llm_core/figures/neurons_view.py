"""The strongest feed-forward neurons at a token: how much each adds, and which tokens it raises and lowers."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from llm_core.feed_forward.neuron_record import FeedForwardNeurons, Neuron, PushedToken
from llm_core.figures.layout import base_layout
from llm_core.figures.palette import Theme
from llm_core.figures.windows import shorten
from llm_core.numbers import decimal, percent

NAMED = 3
ROW_HEIGHT = 58


def neurons_figure(neurons: FeedForwardNeurons, *, theme: Theme) -> go.Figure:
    """A bar for each neuron, strongest on top; above it the tokens that it raises and lowers most."""
    shown = neurons.neurons
    rows = list(range(len(shown)))
    figure = go.Figure(
        go.Bar(
            x=[neuron.adds for neuron in shown],
            y=rows,
            orientation="h",
            marker={"color": theme.stack(neurons.stack), "line": {"width": 0}},
            customdata=[
                f"neuron {neuron.index:,}<br>activation {decimal(neuron.activation, 3)}<br>adds a vector of length "
                f"{decimal(neuron.adds, 2)}<br>{percent(neuron.share)} of the network's output"
                for neuron in shown
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    for row, neuron in zip(rows, shown, strict=True):
        figure.add_annotation(
            x=0,
            xref="paper",
            y=row,
            yshift=20,
            text=f"<b>{neuron.index:,}</b>  {in_words(neuron)}",
            showarrow=False,
            xanchor="left",
            font={"color": theme.text},
        )
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, range=[len(rows) - 0.6, -0.85], fixedrange=True)
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 0, "r": 8, "t": 4, "b": 4}},
        height=30 + ROW_HEIGHT * len(rows),
        bargap=0.72,
        showlegend=False,
    )
    return figure


def in_words(neuron: Neuron) -> str:
    """What a neuron does to the output, in a few words."""
    if neuron.promotes is None or neuron.suppresses is None:
        return f"adds a vector of length {decimal(neuron.adds, 2)}"
    raised = [pushed for pushed in neuron.promotes if pushed.logit > 0]
    lowered = [pushed for pushed in neuron.suppresses if pushed.logit < 0]
    return f"raises {_named(raised)} · lowers {_named(lowered)}"


def _named(pushes: Sequence[PushedToken]) -> str:
    return " ".join(shorten(pushed.token.label, 12) for pushed in pushes[:NAMED]) or "none"
