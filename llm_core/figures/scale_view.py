"""Sizes of models drawn: parameters as areas to scale, and memory as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from llm_core.figures.layout import base_layout
from llm_core.figures.palette import Theme
from llm_core.numbers import in_bytes, in_parameters, percent, times

LARGEST_SIDE = 132
"""Pixels of the largest square's side."""

_LINE = 26
_GAP = 8
_TWO_LINES = 40


@dataclass(frozen=True)
class Sized:
    """A model and its number of parameters.

    Attributes:
        name: What it is called.
        parameters: How many; None if not published.
        in_use: True for the model that the page is about.
        active: How many of them one token uses; None if that is not known, or all of them.
    """

    name: str
    parameters: int | None
    in_use: bool = False
    active: int | None = None


@dataclass(frozen=True)
class Memory:
    """What a model needs in memory.

    Attributes:
        name: What it is called.
        weights: Bytes of its weights.
        cache: Bytes of its keys and values, 0 if it keeps none; None if unknown.
        matrices: Bytes of all attention matrices; None if unknown.
        in_use: True for the model that the page is about.
        beyond: True if the text is longer than the model takes.
    """

    name: str
    weights: int
    cache: int | None
    matrices: int | None
    in_use: bool = False
    beyond: bool = False

    def total(self, *, with_matrices: bool) -> int:
        """Bytes of the parts that are known, together."""
        return self.weights + (self.cache or 0) + ((self.matrices or 0) if with_matrices else 0)

    def is_complete(self, *, with_matrices: bool) -> bool:
        """True if every part is known; otherwise the total is the least that the model needs."""
        return self.cache is not None and (self.matrices is not None or not with_matrices)

    def said(self, *, with_matrices: bool) -> str:
        """The total in words: ``94.4 MB``, or ``at least 24 GB`` where a part is unknown."""
        total = self.total(with_matrices=with_matrices)
        if self.is_complete(with_matrices=with_matrices):
            return in_bytes(total)
        # A lower bound is rounded down, to the three digits that are written.
        step = 10 ** max(0, len(str(total)) - 3)
        return f"at least {in_bytes(total // step * step)}"


def parameters_figure(models: Sequence[Sized], *, theme: Theme) -> go.Figure:
    """A square for each model whose area is its number of parameters, one scale for all, largest first.

    In a corner of a mixture of experts stands a smaller square for the parameters that one token uses.

    Args:
        models: Which models; those with no published number follow as words.
        theme: Colours.
    """
    known = sorted((one for one in models if one.parameters), key=lambda one: -(one.parameters or 0))
    unknown = [one for one in models if not one.parameters]
    largest = max((one.parameters or 0 for one in known), default=1)
    own = next((one.parameters for one in known if one.in_use), None)
    sides = [LARGEST_SIDE * ((one.parameters or 0) / largest) ** 0.5 for one in known]
    rows = [*(max(side, _LINE) + _GAP for side in sides), *(_LINE for _ in unknown)]
    middles = [sum(rows[:place]) + row / 2 for place, row in enumerate(rows)]
    squares = []
    for one, side, middle in zip(known, sides, middles, strict=False):
        squares.append(_square(middle, side, side / 2, theme.query if one.in_use else theme.hatch))
        if one.active is not None and one.active < (one.parameters or 0):
            inner = LARGEST_SIDE * (one.active / largest) ** 0.5
            squares.append(_square(middle, inner, side / 2, theme.quiet))
    texts = [
        _said(one, own).replace(": ", "<br>" if side > _TWO_LINES else ": ", 1)
        for one, side in zip(known, sides, strict=True)
    ] + [f"{one.name}: not published" for one in unknown]
    figure = go.Figure(
        go.Scatter(x=[0] * len(rows), y=middles, mode="markers", marker={"size": 1, "opacity": 0}, hoverinfo="skip")
    )
    names = [
        {
            "x": 0,
            "y": middle,
            "xshift": side + 10,
            "text": f"<b>{text}</b>" if one.in_use else text,
            "showarrow": False,
            "xanchor": "left",
            "align": "left",
            "font": {"color": theme.quiet if one in unknown else theme.text},
        }
        for one, text, middle, side in zip(
            [*known, *unknown], texts, middles, [*sides, *(0 for _ in unknown)], strict=True
        )
    ]
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[sum(rows), 0], fixedrange=True)
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 4, "r": 4, "t": 8, "b": 8}},
        height=int(sum(rows)) + 16,
        showlegend=False,
        # All at once: Plotly checks every shape that is there whenever one is added.
        shapes=squares,
        annotations=names,
    )
    return figure


def _square(row: float, side: float, bottom: float, colour: str) -> dict[str, Any]:
    """A square at the left, in pixels, so that areas are right whatever the width of the page.

    Args:
        row: The middle of its row on the vertical axis.
        side: Its width and height.
        bottom: How far below the middle it ends.
        colour: What fills it.
    """
    return {
        "type": "rect",
        "xsizemode": "pixel",
        "ysizemode": "pixel",
        "xanchor": 0,
        "yanchor": row,
        "x0": 0,
        "x1": side,
        "y0": bottom - side,
        "y1": bottom,
        "line": {"width": 0},
        "fillcolor": colour,
    }


def _said(one: Sized, own: int | None) -> str:
    count = one.parameters or 0
    said = f"{one.name}: {in_parameters(count)}"
    if one.active is not None and one.active < count:
        said += f" ({in_parameters(one.active)} active)"
    if own is None or one.in_use:
        return said
    if in_parameters(count) == in_parameters(own):
        return f"{said}, about as many"
    if count >= own:
        return f"{said}, {times(count / own)}"
    return f"{said}, {percent(count / own)}"


def memory_figure(
    models: Sequence[Memory], *, with_matrices: bool, most: float | None = None, theme: Theme
) -> go.Figure:
    """Bars of bytes: weights, keys and values and, if wanted, every attention matrix.

    Args:
        models: Which models, from the top.
        with_matrices: Add the attention matrices.
        most: Where the axis ends, in bytes; None for the longest bar. Longer bars leave the picture, and say so.
        theme: Colours.
    """
    parts = [
        ("weights", [one.weights for one in models], theme.hatch),
        ("keys and values", [one.cache or 0 for one in models], theme.key),
    ]
    if with_matrices:
        parts.append(("all attention matrices", [one.matrices or 0 for one in models], theme.query))
    totals = [one.total(with_matrices=with_matrices) for one in models]
    end = most or max(totals, default=1) or 1
    places = list(range(len(models)))
    figure = go.Figure()
    for name, sizes, colour in parts:
        figure.add_trace(
            go.Bar(
                x=sizes,
                y=places,
                orientation="h",
                name=name,
                marker={"color": colour, "line": {"width": 0}},
                customdata=[in_bytes(size) for size in sizes],
                hovertemplate="%{customdata}<extra>" + name + "</extra>",
            )
        )
    for place, (one, total) in enumerate(zip(models, totals, strict=True)):
        amount = one.said(with_matrices=with_matrices)
        said = f"{one.name}: {amount}{' →' if total > end else ''}{' *' if one.beyond else ''}"
        figure.add_annotation(
            x=0,
            xref="paper",
            y=place,
            yshift=17,
            text=f"<b>{said}</b>" if one.in_use else said,
            showarrow=False,
            xanchor="left",
            font={"color": theme.text},
        )
    figure.update_xaxes(
        range=[0, end],
        fixedrange=True,
        tickvals=[end * share for share in (0.25, 0.5, 0.75)],
        ticktext=[in_bytes(end * share) for share in (0.25, 0.5, 0.75)],
        gridcolor=theme.line,
        zerolinecolor=theme.line,
    )
    figure.update_yaxes(visible=False, range=[len(models) - 0.5, -0.8], fixedrange=True)
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 4, "r": 10, "t": 60, "b": 40}},
        barmode="stack",
        bargap=0.68,
        height=120 + 44 * len(models),
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )
    return figure
