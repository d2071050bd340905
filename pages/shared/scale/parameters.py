"""Parameters as areas, all to one scale."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from llm_core.figures.scale_view import Sized, parameters_figure
from llm_core.numbers import in_parameters, times
from pages.shared.embeddings.frame import Room
from pages.shared.literal import literal
from pages.shared.scale.rows import Row, chosen_rows


def draw(room: Room, rows: Sequence[Row]) -> None:
    """Squares, largest first."""
    with room.controls:
        rows = chosen_rows(rows)
    models = [Sized(row.name, row.size.parameters, row.in_use, row.active) for row in rows]
    figure = parameters_figure(models, theme=room.theme)
    with room.picture:
        room.plot(figure, "parameters-figure", "A square for each model, its area the number of parameters.")
    with room.controls:
        st.markdown("**Scale**")
        st.caption(
            "The area of a square is the number of parameters, and all squares share one scale: nothing is enlarged "
            "to be seen. A model with a hundredth of the parameters has a tenth of the side. "
            "Times and percentages compare with the model in use. Of a mixture of experts, each token uses only the "
            "part in the corner."
        )
    room.say(sentence(rows))
    room.close("parameters", figure, _EXPLANATION, _columns(rows))


_EXPLANATION = (
    "A parameter is one number that training has set: a cell of a table or of a matrix. Shared tables count once. "
    "The model in use is blue; behind each other model stands how many times as many it has, or what share. "
    "For a model whose makers have told no number there is no square, since any size would be invented. "
    "A **mixture of experts** has many feed-forward networks side by side and sends each token to a few of them: all "
    "have to be in memory, but the work for a token is that of the active ones."
)


def sentence(rows: Sequence[Row]) -> str:
    """The model in use beside the largest."""
    own = next(row for row in rows if row.in_use)
    known = [row for row in rows if row.size.parameters]
    count = own.size.parameters
    if count is None:
        return f"How many parameters {literal(own.name)} has is not known"
    most = max(row.size.parameters or 0 for row in known)
    largest = [row for row in known if row.size.parameters == most]
    if own in largest:
        shared = "" if len(largest) == 1 else ", as many as any of them"
        return f"{literal(own.name)} has {in_parameters(count)} parameters, the most of all models here{shared}"
    names = " and ".join(literal(row.name) for row in largest)
    return (
        f"{names} {'has' if len(largest) == 1 else 'have'} {in_parameters(most)} parameters, {times(most / count)} the "
        f"{in_parameters(count)} of {literal(own.name)}"
    )


def _columns(rows: Sequence[Row]) -> dict[str, list[object]]:
    return {
        "model": [row.name for row in rows],
        "parameters": [row.size.parameters for row in rows],
        "used by one token": [row.size.active_parameters for row in rows],
        "counted from the published shape": [row.published.counted if row.published else None for row in rows],
    }
