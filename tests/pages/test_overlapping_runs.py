"""Streamlit begins the next run of a page while the last one still computes a token: the token must not come twice."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException

import llm_core
from llm_core import GenerationSettings
from llm_core.applications import evidence
from pages.shared.applications.drafts import Draft, _remaining, _resume, _stop, looked_at, write
from pages.shared.generation.store import Branch, Growth, remaining
from tests.asked import facts

PROMPT = "The cat sat"
SETTINGS = GenerationSettings(max_new_tokens=6, temperature=0)


def test_a_text_that_the_next_run_goes_on_with_is_written_once(tiny):
    model = tiny("gpt2")
    whole = [step.token.id for step in llm_core.generate(model, PROMPT, SETTINGS)]
    growth = Growth((model.spec, PROMPT, SETTINGS), [Branch([], SETTINGS)], run=object())
    before = iter(remaining(facts(model), growth))
    next(before)
    next(before)
    growth.run = object()
    now = iter(remaining(facts(model), growth))
    next(now)
    assert list(before) == []
    assert len(list(now)) == len(whole) - 3
    assert growth.branch.numbers == whole


def test_a_draft_that_the_next_run_goes_on_with_is_written_once(tiny):
    model = tiny("gpt2")
    whole = [step.token.id for step in llm_core.generate(model, PROMPT, SETTINGS)]
    draft = Draft(model.spec, PROMPT, SETTINGS)
    runs = [object(), object()]
    draft.begin(runs[0])
    before = _remaining(facts(model), draft, runs[0])
    next(before)
    draft.begin(runs[1])
    now = _remaining(facts(model), draft, runs[1])
    next(now)
    assert list(before) == []
    assert [step.token.id for step in draft.steps] == whole[:2]
    list(now)
    assert [step.token.id for step in draft.steps] == whole


def test_a_stopped_draft_gets_no_token_more_and_its_evidence_is_that_of_its_tokens(tiny):
    model = tiny("gpt2")
    draft = Draft(model.spec, PROMPT, SETTINGS)
    draft.begin(run := object())
    writing = _remaining(facts(model), draft, run)
    next(writing)
    next(writing)
    draft.stop()
    assert list(writing) == []
    texts = {"The text": "cat sat"}
    settings = GenerationSettings(max_new_tokens=2, temperature=0)
    expected = evidence.looked_at(list(llm_core.generate(model, PROMPT, settings)), texts).weights
    assert len(expected) == 2
    np.testing.assert_allclose(looked_at(draft.steps, texts).weights, expected, atol=1e-6)


def test_a_text_that_was_taken_and_its_evidence_stay_of_one_moment_while_it_is_written_on(tiny):
    model = tiny("gpt2")
    draft = Draft(model.spec, PROMPT, SETTINGS)
    draft.begin(run := object())
    writing = _remaining(facts(model), draft, run)
    next(writing)
    next(writing)
    taken = draft.steps
    first = looked_at(taken, {"a": "cat sat"})
    list(writing)
    assert (len(taken), len(draft.steps)) == (2, 6)
    assert looked_at(taken, {"a": "cat sat"}).weights.shape == first.weights.shape
    assert len(looked_at(draft.steps, {"a": "cat sat"}).weights) == 6
    other = looked_at(draft.steps, {"a": "sat"})
    assert [part.name for part in other.parts] == ["a"]
    assert len(other.read) == 1


def test_of_two_runs_that_have_the_same_next_token_one_keeps_it(tiny):
    model = tiny("gpt2")
    first, second = list(llm_core.generate(model, PROMPT, GenerationSettings(max_new_tokens=2, temperature=0)))
    draft = Draft(model.spec, PROMPT, SETTINGS)
    draft.begin(run := object())
    assert draft.keep(first, run)
    assert not draft.keep(first, run)
    assert not draft.keep(second, object())
    assert draft.keep(second, run)
    assert draft.steps == (first, second)


class Interrupted:
    """A status line of a run that Streamlit has told to end: it ends where it next draws."""

    def __init__(self, before):
        self._before = before

    def progress(self, progress):
        self._before()
        raise StopException


def test_a_run_that_ends_after_somebody_went_on_does_not_stop_the_writing_again(tiny):
    model = tiny("gpt2")
    drafts = [Draft(model.spec, PROMPT, SETTINGS), Draft(model.spec, PROMPT + ".", SETTINGS)]

    def stopped_and_gone_on():
        _stop(drafts)
        _resume(drafts)

    with pytest.raises(StopException):
        write(facts(model), drafts, Interrupted(stopped_and_gone_on))
    assert not any(draft.stopped for draft in drafts)


def test_a_token_that_is_ready_only_after_somebody_went_on_is_nobodys(tiny):
    model = tiny("gpt2")
    draft = Draft(model.spec, PROMPT, SETTINGS)
    draft.begin(run := object())
    writing = _remaining(facts(model), draft, run)
    next(writing)
    _stop([draft])
    _resume([draft])
    assert list(writing) == []
    assert len(draft.steps) == 1


def test_streamlits_own_stop_stops_the_writing(tiny):
    model = tiny("gpt2")
    drafts = [Draft(model.spec, PROMPT, SETTINGS)]
    with pytest.raises(StopException):
        write(facts(model), drafts, Interrupted(lambda: None))
    assert drafts[0].stopped
