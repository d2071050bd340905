"""Streamlit begins the next run of a page while the last one still computes a token: the token must not come twice."""

from __future__ import annotations

import pytest
from streamlit.runtime.scriptrunner import StopException

import llm_core
from llm_core import GenerationSettings
from llm_core.applications.evidence import looked_at, parts_of
from pages.shared.applications.drafts import Draft, _remaining, _resume, _stop, write
from pages.shared.generation.store import Branch, Growth, remaining

PROMPT = "The cat sat"
SETTINGS = GenerationSettings(max_new_tokens=6, temperature=0)


def test_a_text_that_the_next_run_goes_on_with_is_written_once(tiny):
    model = tiny("gpt2")
    whole = [step.token.id for step in llm_core.generate(model, PROMPT, SETTINGS)]
    growth = Growth((model.spec, PROMPT, SETTINGS), [Branch([], SETTINGS)], run=object())
    before = iter(remaining(model, growth))
    next(before)
    next(before)
    growth.run = object()
    now = iter(remaining(model, growth))
    next(now)
    assert list(before) == []
    assert len(list(now)) == len(whole) - 3
    assert growth.branch.numbers == whole


def test_a_draft_that_the_next_run_goes_on_with_is_written_once(tiny):
    model = tiny("gpt2")
    whole = [step.token.id for step in llm_core.generate(model, PROMPT, SETTINGS)]
    draft = Draft(model.spec, PROMPT, SETTINGS)
    runs = [object(), object()]
    draft.run = runs[0]
    before = _remaining(model, draft, runs[0])
    next(before)
    draft.run = runs[1]
    now = _remaining(model, draft, runs[1])
    next(now)
    assert list(before) == []
    assert [step.token.id for step in draft.steps] == whole[:2]
    list(now)
    assert [step.token.id for step in draft.steps] == whole


def test_a_stopped_draft_gets_no_token_more_and_its_evidence_is_that_of_its_tokens(tiny):
    model = tiny("gpt2")
    draft = Draft(model.spec, PROMPT, SETTINGS)
    draft.run = run = object()
    writing = _remaining(model, draft, run)
    next(writing)
    next(writing)
    draft.stopped = True
    assert list(writing) == []
    texts = {"The text": "cat sat"}
    expected = looked_at(draft.steps, parts_of(draft.steps[0].prompt, texts)).weights
    assert draft.looked_at(texts).weights.shape == (2, expected.shape[1])
    assert (draft.looked_at(texts).weights == expected).all()


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
        write(model, drafts, Interrupted(stopped_and_gone_on))
    assert not any(draft.stopped for draft in drafts)


def test_a_token_that_is_ready_only_after_somebody_went_on_is_nobodys(tiny):
    model = tiny("gpt2")
    draft = Draft(model.spec, PROMPT, SETTINGS)
    draft.run = run = object()
    writing = _remaining(model, draft, run)
    next(writing)
    _stop([draft])
    _resume([draft])
    assert list(writing) == []
    assert len(draft.steps) == 1


def test_streamlits_own_stop_stops_the_writing(tiny):
    model = tiny("gpt2")
    drafts = [Draft(model.spec, PROMPT, SETTINGS)]
    with pytest.raises(StopException):
        write(model, drafts, Interrupted(lambda: None))
    assert drafts[0].stopped
