"""One token's attention read three ways, as a plotly figure: weight, weighted value, rollout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from llm_core.figures.layout import base_layout
from llm_core.figures.palette import Theme
from llm_core.figures.windows import shorten
from llm_core.numbers import percent
from llm_core.shapes import Stack
from llm_core.text.tokens import Token

MOST_KEYS = 6


@dataclass(frozen=True, eq=False)
class Readings:
    """What one query gets from each key, read in up to three ways.

    Attributes:
        weight: Attention weight, mean over the heads looked at, shape (key,), from 0 to 1.
        value: Share of the norms of the weighted values (Kobayashi et al. 2020), shape (key,), or None if
            values were not recorded.
        rollout: Share of the token in the position after this layer (Abnar and Zuidema 2020), shape (key,), or
            None if the text is too long for it.
    """

    weight: Float[np.ndarray, " key"]
    value: Float[np.ndarray, " key"] | None
    rollout: Float[np.ndarray, " key"] | None

    def named(self) -> list[tuple[str, Float[np.ndarray, " key"]]]:
        """The readings there are, with their names."""
        every = (("weight", self.weight), ("weighted value", self.value), ("rollout", self.rollout))
        return [(name, values) for name, values in every if values is not None]


def strongest_keys(readings: Readings, chosen: int | None, most: int = MOST_KEYS) -> list[int]:
    """The keys that stand out in any reading, and the chosen one, by position."""
    best = np.max([values for _, values in readings.named()], axis=0)
    keys = set(np.argsort(-best, kind="stable")[:most].tolist())
    return sorted(keys | ({chosen} if chosen is not None else set()))


def link_figure(
    readings: Readings, tokens: Sequence[Token], chosen: int | None, stack: Stack, *, theme: Theme
) -> go.Figure:
    """Bars of every reading for the keys that stand out; the chosen key's name is in bold."""
    keys = strongest_keys(readings, chosen)
    colours = {"weight": theme.stack(stack), "weighted value": theme.value, "rollout": theme.hatch}
    figure = go.Figure()
    for name, values in readings.named():
        shares = [float(values[key]) for key in keys]
        figure.add_trace(
            go.Bar(
                x=shares,
                y=list(range(len(keys))),
                orientation="h",
                name=name,
                marker={"color": colours[name]},
                text=[percent(share) for share in shares],
                textposition="outside",
                textfont={"color": theme.quiet, "size": 11},
                cliponaxis=False,
                hovertemplate="%{text}<extra>" + name + "</extra>",
            )
        )
    highest = max(float(values[keys].max()) for _, values in readings.named())
    labels = [f"{shorten(tokens[key].label)} {key}" for key in keys]
    figure.update_layout(
        **base_layout(theme) | {"margin": {"l": 20, "r": 50, "t": 34, "b": 10}},
        height=70 + 17 * len(readings.named()) * len(keys) + 8 * len(keys),
        barmode="group",
        bargap=0.3,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(visible=False, range=[0, max(highest, 0.01) * 1.15])
    figure.update_yaxes(
        tickvals=list(range(len(keys))),
        ticktext=[f"<b>{label}</b>" if key == chosen else label for key, label in zip(keys, labels, strict=True)],
        autorange="reversed",
        automargin=True,
        showgrid=False,
        ticks="",
    )
    return figure
