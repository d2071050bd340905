"""Pictures of size: what the parameters are spent on, and how many other models have."""

from __future__ import annotations

import streamlit as st

from llm_core.errors import NotAskableError
from llm_core.figures.neurons_view import neurons_figure
from llm_core.figures.parts_view import Part, parts_figure
from llm_core.figures.scale_view import Sized, parameters_figure
from llm_core.lessons.answers.saying import token_at
from llm_core.numbers import in_parameters, percent
from llm_core.progress import ignore_progress
from pages.shared.lessons.scene import Scene
from pages.shared.literal import literal
from pages.shared.looking import NAMES
from pages.shared.scale.rows import rows_for

_NAMES = (
    ("embedding", "Token tables"),
    ("attention", "Attention"),
    ("cross_attention", "Cross-attention"),
    ("feed_forward", "Feed-forward networks"),
    ("head", "Output"),
    ("normalisation", "Normalisation"),
    ("other", "Other"),
)


def draw_parts(scene: Scene) -> None:
    """Parameters by part, the feed-forward networks in colour."""
    blocks = scene.evidence.known_parameters()
    parts = [Part(words, getattr(blocks, name), name == "feed_forward") for name, words in _NAMES]
    parts = [part for part in parts if part.parameters]
    stack = scene.evidence.trace.stacks[0]
    figure = parts_figure(parts, colour=scene.theme.stack(stack), theme=scene.theme)
    model = literal(scene.evidence.trace.model_name)
    scene.say(f"What the {in_parameters(blocks.total)} parameters of {model} are spent on")
    scene.plot(figure, "Rectangles side by side, one for each part, each as wide as its share of the parameters.")
    _draw_neurons(scene)
    scene.close(
        figure,
        {
            "part": [part.name for part in parts],
            "parameters": [part.parameters for part in parts],
            "share": [percent(part.parameters / blocks.total) for part in parts],
        },
    )


def _draw_neurons(scene: Scene) -> None:
    """The strongest neurons at one token, if they are known."""
    found = scene.evidence.neurons
    if found is None:
        st.caption("The neurons of this model cannot be told apart, so none are drawn.")
        return
    where = (
        f"{NAMES[found.stack]} layer {found.layer}" if len(scene.evidence.trace.stacks) > 1 else f"layer {found.layer}"
    )
    st.markdown(
        f"##### The {len(found.neurons)} strongest of {found.count:,} neurons in {where}, "
        f"at {literal(token_at(found.token, found.position))}"
    )
    st.plotly_chart(
        neurons_figure(found, theme=scene.theme),
        theme=None,
        config={"displayModeBar": False},
        key="figure-neurons",
        alt="A bar for each of the strongest neurons, with the tokens that it raises and lowers most.",
    )
    st.caption("The longer the bar, the more the neuron adds to the token's vector.")


def draw_sizes(scene: Scene) -> None:
    """Squares to one scale, the model in use among them."""
    every = rows_for(scene.shown, ignore_progress)
    rows = [row for row in every if row.in_use or (row.in_introduction and row.size.parameters)]
    own = next(row for row in rows if row.in_use)
    if not own.size.parameters:
        raise NotAskableError("How many parameters this model has is not known before it is loaded.")
    models = [Sized(row.name, row.size.parameters, row.in_use) for row in rows]
    figure = parameters_figure(models, theme=scene.theme)
    largest = max(rows, key=lambda row: row.size.parameters or 0)
    scene.say(f"{literal(own.name)} beside larger models, the largest of them {literal(largest.name)}")
    scene.plot(figure, "A square for each model, its area the number of parameters.")
    st.caption("The areas are to one scale: nothing is enlarged to be seen.")
    scene.close(
        figure,
        {"model": [row.name for row in rows], "parameters": [row.size.parameters for row in rows]},
    )
