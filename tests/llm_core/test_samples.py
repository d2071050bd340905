"""The traces and profiles that ship with the project belong together."""

from __future__ import annotations

from dataclasses import replace

import pytest

import llm_core
from llm_core.comparison.model_profile import model_profile
from llm_core.samples import MODELS, TEXT, sample, sample_profile


def candidates(profile):
    return (*profile.outcome.blank.candidates, *profile.outcome.following, *profile.outcome.written)


def probabilities(profile):
    return [profile.outcome.blank.probability, *(one.probability for one in candidates(profile))]


def without_probabilities(profile):
    blank = replace(profile.outcome.blank, candidates=(), probability=None)
    return replace(profile, outcome=replace(profile.outcome, blank=blank, following=(), written=()))


@pytest.mark.parametrize("name", MODELS)
def test_every_shipped_trace_has_the_profile_of_its_model(name):
    trace, profile = sample(name, TEXT), sample_profile(name)
    spec = next(spec for spec in llm_core.catalog() if spec.name == name)
    assert profile.parameters.total == spec.parameters
    assert profile.outcome.family == trace.family == spec.family
    assert profile.geometry.layers == {stack: len(trace.layers(stack)) for stack in trace.stacks}
    assert [one.token for one in profile.outcome.written] == list(trace.target_tokens[1:])


def test_a_shipped_profile_is_what_the_model_gives(mask_filler):
    shipped, fresh = sample_profile("minilm-l6-mlm"), model_profile(mask_filler, llm_core.trace(mask_filler, TEXT))
    ours, theirs = candidates(shipped), candidates(fresh)
    assert [one.token for one in ours] == [one.token for one in theirs]
    # Another kind of processor rounds otherwise.
    assert probabilities(shipped) == pytest.approx(probabilities(fresh), rel=1e-4)
    assert without_probabilities(shipped) == without_probabilities(fresh)


def test_other_models_and_texts_have_none():
    assert sample_profile("no such model") is None
    assert sample("minilm-l6", "Another text.") is None
