"""What a model's parameters are spent on, as areas to scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from llm_core.figures.layout import base_layout
from llm_core.figures.palette import Theme, blend, readable
from llm_core.numbers import in_parameters, percent

HEIGHT = 132
LEAST = 0.02
"""Parts with a smaller share are left to hovering and to the table."""

NARROW = 0.16
"""Parts with a smaller share are named above the picture and not within, and by their share alone next to another."""


@dataclass(frozen=True)
class Part:
    """A part of a model.

    Attributes:
        name: What it is called.
        parameters: How many it has.
        marked: True for the part that the picture speaks of.
    """

    name: str
    parameters: int
    marked: bool = False


def parts_figure(parts: Sequence[Part], *, colour: str, theme: Theme) -> go.Figure:
    """Rectangles of one height side by side, each as wide as its share; the marked one in full colour.

    Args:
        parts: In the order in which a token passes them; empty ones are left out.
        colour: Of the marked part.
        theme: Colours.
    """
    known = [part for part in parts if part.parameters]
    total = sum(part.parameters for part in known) or 1
    shares = [part.parameters / total for part in known]
    above = [LEAST <= share < NARROW for share in shares]
    figure, start = go.Figure(), 0.0
    for place, (part, share) in enumerate(zip(known, shares, strict=True)):
        fill = colour if part.marked else blend(theme.background, theme.quiet, 0.22 + 0.14 * (place % 3))
        figure.add_trace(
            go.Bar(
                x=[share],
                y=[0],
                base=[start],
                width=[1],
                orientation="h",
                marker={"color": fill, "line": {"width": 2, "color": theme.background}},
                name=part.name,
                hovertemplate=f"{part.name}<br>{part.parameters:,} parameters<br>{percent(share)}<extra></extra>",
                showlegend=False,
            )
        )
        if share < LEAST:
            start += share
            continue
        figure.add_annotation(
            x=start + share / 2,
            y=0.54 if above[place] else 0,
            yanchor="bottom" if above[place] else "middle",
            text="<br>".join(_lines(part, share, above, place)),
            showarrow=False,
            font={"size": 13, "color": theme.quiet if above[place] else readable(theme, fill)},
        )
        start += share
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[-0.5, 0.8], fixedrange=True)
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 0, "r": 0, "t": 4, "b": 4}}, height=HEIGHT + 40, barmode="overlay"
    )
    return figure


def _lines(part: Part, share: float, above: Sequence[bool], place: int) -> list[str]:
    if not above[place]:
        return [part.name.replace(" ", "<br>", 1), in_parameters(part.parameters), percent(share)]
    crowded = any(above[max(0, place - 1) : place]) or any(above[place + 1 : place + 2])
    return [percent(share)] if crowded else [part.name, percent(share)]
