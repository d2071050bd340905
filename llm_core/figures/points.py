"""Vectors as points in a plane or in space, one picture for every layer of the same fitted projection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float32, Integer

from llm_core.embeddings.point_cloud import PointCloud, Points
from llm_core.figures.labels import place_labels
from llm_core.figures.layout import axis_title, base_layout
from llm_core.figures.palette import Theme
from llm_core.figures.windows import shorten
from llm_core.shapes import Stack

Bounds: TypeAlias = tuple[np.ndarray, np.ndarray]
Cloud: TypeAlias = PointCloud | Points
"""What points are; their vectors are not looked at."""

Colouring: TypeAlias = Literal["group", "position", "layer", "frequency"]

MOST_LABELS = 60
MOST_MOVING = 600
"""More points than this are drawn by the graphics card, and jump from layer to layer instead of gliding."""

MOST_NAMED = 24
"""Groups that colour and shape together tell apart."""

SYMBOLS = ("circle", "diamond", "square", "cross", "x", "triangle-up", "star", "triangle-down")
SYMBOLS_IN_SPACE = ("circle", "diamond", "square", "cross", "x")
HEIGHT = 560
GLIDE = {"duration": 300, "easing": "cubic-in-out"}


@dataclass(frozen=True)
class PointsStyle:
    """How points are drawn.

    Attributes:
        theme: Colours.
        stack: The stack whose colour a scale of one hue runs to.
        colouring: What colour means.
        found: Points to stand out.
        axes: A title for each axis; empty for axes that mean nothing.
        trails: Draw each point's way through all layers as a faint line behind it.
    """

    theme: Theme
    stack: Stack
    colouring: Colouring
    found: frozenset[int] = frozenset()
    axes: tuple[str, ...] = ()
    trails: bool = False


def points_figure(
    places: Float32[np.ndarray, "layer point dimension"],
    cloud: Cloud,
    layer: int,
    style: PointsStyle,
    *,
    layer_names: Sequence[str] = (),
) -> go.Figure:
    """Points at one layer, with frames that play all layers; or all layers at once, joined, if colour means the layer.

    Args:
        places: From :meth:`llm_core.embeddings.point_cloud.PointCloud.by_layer`.
        cloud: What the points are.
        layer: Which of the layers to draw first, from 0 for the embedding.
        style: How.
        layer_names: What each layer is called.
    """
    theme = style.theme
    figure = go.Figure()
    if style.colouring == "layer":
        _add_paths(figure, places, cloud, style, layer_names)
    else:
        if style.trails:
            _add_trails(figure, places, cloud, style)
        bounds = bounds_of(places)
        for drawn in _drawn(places[layer], cloud, style, bounds):
            figure.add_trace(drawn)
        if cloud.layers > 1:
            _add_play(figure, places, cloud, layer, style, layer_names)
    # More groups than colours and shapes cannot be told apart by a legend.
    groups = style.colouring == "group" and 1 < len(cloud.group_names) <= MOST_NAMED
    figure.update_layout(
        **base_layout(theme)
        | {"margin": {"l": 44, "r": 12, "t": 84 if figure.frames else 44, "b": 46}, "dragmode": "pan"},
        height=HEIGHT + (40 if figure.frames else 0) + (24 * -(-len(cloud.group_names) // 2) if groups else 0),
        showlegend=groups,
        legend={"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0, "font": {"size": 12}},
        hovermode="closest",
    )
    _set_axes(figure, places, style)
    return figure


def bounds_of(places: np.ndarray) -> Bounds:
    """The lower and the upper end of each axis, for all layers, with some room."""
    low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
    room = np.maximum((high - low) * 0.1, 1e-3)
    return low - room, high + room


def _drawn(places: np.ndarray, cloud: Cloud, style: PointsStyle, bounds: Bounds) -> Iterator[Any]:
    """The traces of one layer: one for each group, or one with a scale of colour; then what stands out."""
    flat = places.shape[1] == 2
    found = np.array(sorted(style.found), dtype=int)
    every = range(len(places) if len(places) <= MOST_LABELS else 0)
    order = [*found.tolist(), *(point for point in every if point not in style.found)]
    texts = [""] * len(places)
    sides = ["top center"] * len(places)
    labels = [shorten(cloud.labels[point], 18) for point in order]
    for point, (text, side) in zip(order, _labels(places[order], labels, bounds), strict=True):
        texts[point], sides[point] = text, side
    for name, members, marker in _groups(cloud, style, flat):
        shown = [("" if point in style.found else texts[point], sides[point]) for point in members]
        yield _points(places[members], cloud, members, style, name=name, marker=marker, shown=shown)
    marker = {
        "size": 13 if flat else 8,
        "symbol": "circle-open",
        "color": style.theme.text,
        "line": {"width": 2.5, "color": style.theme.text},
    }
    shown = [(texts[point], sides[point]) for point in found]
    yield _points(places[found], cloud, found, style, name="found", marker=marker, shown=shown, bold=True)


def _groups(cloud: Cloud, style: PointsStyle, flat: bool) -> Iterator[tuple[str, np.ndarray, dict[str, Any]]]:
    count = len(cloud.labels)
    size = (11 if count <= MOST_LABELS else 7 if count <= MOST_MOVING else 4) * (1 if flat else 0.6)
    edge = {"width": 1 if count <= MOST_MOVING else 0, "color": style.theme.background}
    if style.colouring == "group":
        symbols = SYMBOLS if flat else SYMBOLS_IN_SPACE
        for group, name in enumerate(cloud.group_names):
            colour = style.theme.heads[group % len(style.theme.heads)]
            if len(cloud.group_names) == 1:
                colour = style.theme.stack(style.stack)
            symbol = symbols[group % len(symbols)]
            marker = {"size": size, "color": colour, "symbol": symbol, "line": edge}
            yield shorten(name, 48), np.flatnonzero(cloud.groups == group), marker
        return
    values, title = scale_of(cloud, style.colouring)
    yield (
        title,
        np.arange(count),
        {
            "size": size,
            "color": values,
            "colorscale": scale(style),
            "cmin": float(values.min()),
            "cmax": float(max(values.max(), values.min() + 1)),
            "colorbar": _bar(title),
            "line": edge,
        },
    )


def scale_of(cloud: Cloud, colouring: Colouring) -> tuple[np.ndarray, str]:
    """The numbers that a scale of colour shows, and what they are."""
    if colouring == "frequency":
        return np.where(cloud.ids >= 0, cloud.ids, cloud.ids.max(initial=0)), "token number"
    return cloud.positions, "position"


def scale(style: PointsStyle) -> list[list[Any]]:
    """One hue, from a grey that can be seen on the page to the stack's colour."""
    return [[0, style.theme.line], [1, style.theme.stack(style.stack)]]


def _labels(places: np.ndarray, labels: list[str], bounds: Bounds) -> list[tuple[str, str]]:
    """A text and a side for each label: in the plane none lies on another."""
    if places.shape[1] == 2:
        return list(zip(*place_labels(places, labels, *bounds), strict=True)) if labels else []
    return [(label, "top center") for label in labels]


def _bar(title: str) -> dict[str, Any]:
    return {"title": {**axis_title(title), "side": "right"}, "thickness": 10, "outlinewidth": 0, "len": 0.8}


def _points(
    places: np.ndarray,
    cloud: Cloud,
    members: Integer[np.ndarray, " point"],
    style: PointsStyle,
    *,
    name: str,
    marker: dict[str, Any],
    shown: Sequence[tuple[str, str]],
    bold: bool = False,
) -> Any:
    many = len(cloud.labels) > MOST_MOVING
    kind = go.Scatter3d if places.shape[1] == 3 else go.Scattergl if many else go.Scatter
    axes = dict(zip("xyz", places.T.astype(np.float32), strict=False))
    labelled = any(text for text, _ in shown)
    return kind(
        **axes,
        mode="markers+text" if labelled else "markers",
        text=[text for text, _ in shown] if labelled else None,
        textposition=[side for _, side in shown] if labelled else None,
        hovertext=hover(cloud, members),
        hovertemplate="%{hovertext}<extra></extra>",
        textfont={"size": 15 if bold else 13, "color": style.theme.text},
        marker=marker,
        name=name,
        showlegend=name != "found",
    )


def hover(cloud: Cloud, members: Sequence[int] | Integer[np.ndarray, " point"]) -> list[str]:
    """What each point says when it is hovered."""
    said = []
    for point in members:
        text = f"<b>{shorten(cloud.labels[point], 40)}</b>"
        if len(cloud.group_names) > 1:
            text += f"<br>{shorten(cloud.group_names[cloud.groups[point]], 60)}"
        if cloud.layers > 1:
            text += f"<br>position {cloud.positions[point]}"
        if cloud.ids[point] >= 0:
            text += f"<br>token number {cloud.ids[point]:,}"
        said.append(text)
    return said


def _add_paths(figure: go.Figure, places: np.ndarray, cloud: Cloud, style: PointsStyle, names: Sequence[str]) -> None:
    """Each point's way through all layers, as a thin line with dots that darken from layer to layer."""
    layers, count, dimensions = places.shape
    gap = np.full((1, count, dimensions), np.nan)
    lines = np.concatenate([places, gap]).transpose(1, 0, 2).reshape(-1, dimensions)
    kind = go.Scatter3d if dimensions == 3 else go.Scattergl
    figure.add_trace(
        kind(
            **dict(zip("xyz", lines.T.astype(np.float32), strict=False)),
            mode="lines",
            line={"color": style.theme.line, "width": 1},
            hoverinfo="skip",
            name="paths",
            showlegend=False,
        )
    )
    dots = places.reshape(-1, dimensions)
    depth = np.repeat(np.arange(layers), count)
    shown = hover(cloud, range(count))
    figure.add_trace(
        kind(
            **dict(zip("xyz", dots.T.astype(np.float32), strict=False)),
            mode="markers",
            marker={
                "size": 6 if dimensions == 2 else 3,
                "color": depth,
                "colorscale": scale(style),
                "colorbar": _bar("layer"),
            },
            hovertext=[f"{text}<br>{names[layer] if names else layer}" for layer in range(layers) for text in shown],
            hovertemplate="%{hovertext}<extra></extra>",
            name="layers",
            showlegend=False,
        )
    )
    ends = np.array(sorted(style.found) if style.found else range(count if count <= MOST_LABELS else 0), dtype=int)
    marker = {"size": 9 if dimensions == 2 else 5, "color": style.theme.stack(style.stack)}
    figure.add_trace(
        _points(
            places[-1, ends],
            cloud,
            ends,
            style,
            name="found",
            marker=marker,
            shown=_labels(places[-1, ends], [shorten(cloud.labels[point], 18) for point in ends], bounds_of(places)),
            bold=bool(style.found),
        )
    )


def _add_trails(figure: go.Figure, places: np.ndarray, cloud: Cloud, style: PointsStyle) -> None:
    kind = go.Scatter3d if places.shape[2] == 3 else go.Scatter
    for group, name in enumerate(cloud.group_names):
        members = np.flatnonzero(cloud.groups == group)
        gap = np.full((1, len(members), places.shape[2]), np.nan)
        lines = np.concatenate([places[:, members], gap]).transpose(1, 0, 2).reshape(-1, places.shape[2])
        figure.add_trace(
            kind(
                **dict(zip("xyz", lines.T.astype(np.float32), strict=False)),
                mode="lines",
                line={"color": style.theme.heads[group % len(style.theme.heads)], "width": 1.5},
                opacity=0.35,
                hoverinfo="skip",
                name=f"way of {shorten(name, 40)}",
                showlegend=False,
            )
        )


def _add_play(
    figure: go.Figure, places: np.ndarray, cloud: Cloud, layer: int, style: PointsStyle, names: Sequence[str]
) -> None:
    """Frames for all layers, and a button that plays them and comes back to where it began."""
    titles = list(names) or [str(place) for place in range(len(places))]
    moving = places.shape[2] == 2 and places.shape[1] <= MOST_MOVING
    frames = []
    for place, title in enumerate(titles):
        axes = [
            {name: trace[name] for name in ("x", "y", "z", "text", "textposition") if name in trace}
            for trace in _drawn(places[place], cloud, style, bounds_of(places))
        ]
        frames.append(
            go.Frame(
                name=str(place),
                data=[{"type": figure.data[-1].type, **one} for one in axes],
                traces=list(range(len(figure.data) - len(axes), len(figure.data))),
                layout={"title": {"text": title}},
            )
        )
    figure.frames = frames
    glide = GLIDE if moving else {"duration": 0}
    play = {
        "label": "▶ Play all layers",
        "method": "animate",
        "args": [
            [*map(str, range(len(titles))), str(layer)],
            {"frame": {"duration": 550, "redraw": True}, "transition": glide, "mode": "immediate"},
        ],
    }
    pause = {
        "label": "❚❚ Stop",
        "method": "animate",
        "args": [[str(layer)], {"frame": {"duration": 0, "redraw": True}, "mode": "immediate"}],
    }
    figure.update_layout(
        title={"text": titles[layer], "x": 0, "xref": "paper", "y": 0.985, "yanchor": "top", "font": {"size": 15}},
        transition=glide,
        updatemenus=[
            {
                "type": "buttons",
                "direction": "right",
                "showactive": False,
                "x": 0,
                "y": 1,
                "xanchor": "left",
                "yanchor": "bottom",
                "pad": {"b": 8},
                "bgcolor": style.theme.panel,
                "bordercolor": style.theme.line,
                "font": {"size": 13, "color": style.theme.text},
                "buttons": [play, pause],
            }
        ],
    )


def _set_axes(figure: go.Figure, places: np.ndarray, style: PointsStyle) -> None:
    """The same range for all layers, so that a point that moves on the screen has moved in the projection."""
    low, high = bounds_of(places)
    ranges = [[float(a), float(b)] for a, b in zip(low, high, strict=True)]
    titles = list(style.axes) or [""] * len(ranges)
    line: dict[str, Any] = {
        "gridcolor": style.theme.line,
        "zeroline": False,
        "showticklabels": False,
        "ticks": "",
        "showgrid": bool(style.axes),
    }
    if places.shape[2] == 3:
        scene = {
            f"{axis}axis": {
                **line,
                "title": {"text": title},
                "range": bounds,
                "backgroundcolor": style.theme.background,
            }
            for axis, title, bounds in zip("xyz", titles, ranges, strict=True)
        }
        figure.update_layout(scene={**scene, "aspectmode": "cube", "dragmode": "orbit"})
        return
    figure.update_xaxes(title={"text": titles[0], "font": {"size": 13}}, range=ranges[0], **line)
    figure.update_yaxes(title={"text": titles[1], "font": {"size": 13}}, range=ranges[1], scaleanchor="x", **line)
