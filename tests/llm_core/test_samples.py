"""The traces and profiles that ship with the project belong together."""

from __future__ import annotations

from dataclasses import replace

import pytest

import llm_core
from llm_core.comparison.model_profile import model_profile
from llm_core.samples import MODELS, TEXT, sample, sample_profile


@pytest.mark.parametrize("name", MODELS)
def test_every_shipped_trace_has_the_profile_of_its_model(name):
    trace, profile = sample(name, TEXT), sample_profile(name)
    spec = next(spec for spec in llm_core.catalog() if spec.name == name)
    assert profile.parameters.total == spec.parameters
    assert profile.outcome.family == trace.family == spec.family
    assert profile.geometry.layers == {stack: len(trace.layers(stack)) for stack in trace.stacks}
    assert [one.token for one in profile.outcome.written] == list(trace.target_tokens[1:])


def test_a_shipped_profile_is_what_the_model_gives(mask_filler):
    fresh = model_profile(mask_filler, llm_core.trace(mask_filler, TEXT))
    shipped = sample_profile("minilm-l6-mlm")
    kept, now = shipped.outcome.blank, fresh.outcome.blank
    # Another processor adds in another order, so that the last digits of a probability differ.
    for one, other in zip((kept, *kept.candidates), (now, *now.candidates), strict=True):
        assert one.probability == pytest.approx(other.probability, rel=1e-4)
    assert [one.token for one in kept.candidates] == [one.token for one in now.candidates]
    blank = replace(now, probability=kept.probability, candidates=kept.candidates)
    assert shipped == replace(fresh, outcome=replace(fresh.outcome, blank=blank))


def test_other_models_and_texts_have_none():
    assert sample_profile("no such model") is None
    assert sample("minilm-l6", "Another text.") is None
