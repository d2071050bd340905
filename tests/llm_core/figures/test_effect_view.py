"""What switching heads off does, by the figures' numbers."""

from __future__ import annotations

import pytest

import llm_core
from llm_core.figures.effect_view import candidates_figure, controls_figure, token_changes_figure
from llm_core.figures.palette import DARK, LIGHT


@pytest.fixture(scope="module")
def measured(smollm2):
    return llm_core.effect_of_ablation(smollm2, "The capital of France is", {("decoder", 17): (5,)}, draws=3)


def test_candidates_show_probabilities_before_and_after(measured):
    figure = candidates_figure(measured.chosen, "decoder", theme=LIGHT)
    before, after = figure.data
    shown = measured.chosen.candidates[: len(before.x)]
    assert list(before.x) == [candidate.before for candidate in shown]
    assert list(after.x) == [candidate.after for candidate in shown]
    assert figure.layout.yaxis.ticktext[0] == "·Paris"


def test_every_draw_of_random_heads_stands_beside_the_chosen_heads(measured):
    random, chosen = controls_figure(measured, "decoder", theme=DARK).data
    assert list(random.x) == [control.size for control in measured.controls]
    assert list(chosen.x) == [measured.chosen.size]
    assert len(random.x) == 3


def test_an_encoder_without_a_head_shows_how_far_its_vectors_turn(minilm):
    effect = llm_core.effect_of_ablation(minilm, "The cat sat.", {("encoder", 5): (11,)}, draws=0).chosen
    tokens = llm_core.trace(minilm, "The cat sat.").tokens
    bars = token_changes_figure(effect, tokens, "encoder", theme=LIGHT).data[0]
    assert list(bars.y) == pytest.approx(effect.token_changes.tolist())
