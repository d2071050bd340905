"""Parameters as areas, all to one scale."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from llm_core.figures.scale_view import Sized, parameters_figure
from llm_core.numbers import in_parameters, times
from pages.shared.embeddings.frame import Room
from pages.shared.literal import literal
from pages.shared.scale.rows import Row


def draw(room: Room, rows: Sequence[Row]) -> None:
    """Squares, largest first."""
    models = [Sized(row.name, row.size.parameters, row.in_use) for row in rows]
    figure = parameters_figure(models, theme=room.theme)
    with room.picture:
        room.plot(figure, "parameters-figure", "A square for each model, its area the number of parameters.")
    with room.controls:
        st.markdown("**Scale**")
        st.caption(
            "The area of a square is the number of parameters, and all squares share one scale: nothing is enlarged "
            "to be seen. A model with a hundredth of the parameters has a tenth of the side. "
            "Times and percentages compare with the model in use."
        )
    room.say(_sentence(rows))
    room.close("parameters", figure, _EXPLANATION, _columns(rows))


_EXPLANATION = (
    "A parameter is one number that training has set: a cell of a table or of a matrix. Shared tables count once. "
    "The model in use is blue; behind each other model stands how many times as many it has, or what share. "
    "For a model whose makers have told no number there is no square, since any size would be invented."
)


def _sentence(rows: Sequence[Row]) -> str:
    own = next(row for row in rows if row.in_use)
    known = [row for row in rows if row.size.parameters]
    largest = max(known, key=lambda row: row.size.parameters or 0)
    count, most = own.size.parameters or 1, largest.size.parameters or 1
    if largest.in_use:
        return f"{literal(own.name)} has {in_parameters(count)} parameters, the most of all models here"
    return (
        f"{literal(largest.name)} has {in_parameters(most)} parameters, {times(most / count)} the "
        f"{in_parameters(count)} of {literal(own.name)}"
    )


def _columns(rows: Sequence[Row]) -> dict[str, list[object]]:
    return {
        "model": [row.name for row in rows],
        "parameters": [row.size.parameters for row in rows],
        "counted from the published shape": [row.published.counted if row.published else None for row in rows],
    }
