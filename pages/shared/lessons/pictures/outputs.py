"""What the model would say: the likeliest tokens, and what a temperature makes of them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from llm_core.figures.guess_view import guess_figure
from llm_core.lessons.answers.output import task_of
from llm_core.numbers import percent
from llm_core.shapes import Stack
from pages.shared.lessons.scene import Scene
from pages.shared.literal import literal

MOST = 10


def draw(scene: Scene) -> None:
    """Bars that follow a slider."""
    guess = scene.evidence.known_guess()
    room = st.container()
    temperature = st.slider("Temperature", 0.2, 2.0, 1.0, 0.1, key="lesson-temperature", width=420)
    tokens = guess.likeliest[:MOST]
    ids = [token.id for token in tokens]
    probabilities = {heat: guess.probabilities(heat) for heat in (1.0, temperature)}
    before, after = (
        np.append(chances[ids], 1 - chances[ids].sum()) for chances in (probabilities[1.0], probabilities[temperature])
    )
    others = len(guess.logits) - len(ids)
    names = [*(token.label for token in tokens), f"{others:,} others, together"]
    stack: Stack = "encoder" if guess.kind == "mask" else "decoder"
    figure = guess_figure(names, before, after, temperature, stack=stack, theme=scene.theme)
    scene.say(f"What {literal(scene.evidence.trace.model_name)} holds likely for {literal(task_of(scene.evidence))}")
    with room:
        scene.plot(
            figure, "A bar of probability for each of the likeliest tokens, and the share of all others together."
        )
    scene.close(
        figure,
        {
            "token": names,
            "logit": [*(round(float(guess.logits[number]), 3) for number in ids), None],
            "at temperature 1": [percent(float(share)) for share in before],
            f"at temperature {temperature:g}": [percent(float(share)) for share in after],
        },
    )
