"""Every question of every lesson on the models that come with the app, and on texts of any length."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.lessons.asking import Put, put
from llm_core.lessons.gathering import gather
from llm_core.lessons.reading import lessons
from llm_core.samples import MODELS, TEXT, sample
from llm_core.samples.lesson_evidence import shipped_evidence

QUESTIONS = [(lesson, question) for lesson in lessons().lessons for question in lesson.questions]


def evidence_for(name):
    return shipped_evidence(sample(name, TEXT))


@pytest.mark.parametrize("name", MODELS)
def test_every_question_has_one_right_answer_or_names_its_families(name):
    evidence = evidence_for(name)
    asked = 0
    for lesson, question in QUESTIONS:
        if question.families and evidence.trace.family not in question.families:
            with pytest.raises(llm_core.NotAskableError, match="This question is for"):
                put(question, evidence)
            continue
        found = put(question, evidence)
        options = found.answer.options
        assert 2 <= len(options) <= 4, (lesson.name, question.kind)
        assert sum(option.is_right for option in options) == 1
        assert len({option.label for option in options}) == len(options)
        assert "[[" not in found.ask + found.explain
        for place in range(len(options)):
            verdict = found.verdict(place)
            assert options[found.answer.right].because in verdict
            assert place == found.answer.right or f"The answer is: {options[found.answer.right].label}." in verdict
        asked += 1
    assert asked >= 2 * len(lessons().lessons)


def asked_of(evidence) -> tuple[list[Put], list[str]]:
    """Every question that can be asked, and why each of the others cannot."""
    found, refused = [], []
    for _, question in QUESTIONS:
        try:
            found.append(put(question, evidence))
        except llm_core.NotAskableError as error:
            refused.append(str(error))
    return found, refused


def labels(found: Put) -> str:
    return found.answer.options[found.answer.right].label


def answer_to(kind: str, name: str, **arguments: object) -> str:
    question = next(question for _, question in QUESTIONS if question.kind == kind)
    return labels(put(question, evidence_for(name)))


def test_known_answers_of_the_shipped_models():
    assert [answer_to("token_count", name) for name in MODELS] == ["13", "11", "12"]
    assert [answer_to("special_tokens", name) for name in MODELS] == ["2", "0", "1"]
    assert [answer_to("vocabulary_size", name) for name in MODELS] == ["30,522", "49,152", "8,000"]
    assert [answer_to("vector_width", name) for name in MODELS] == ["384", "576", "256"]
    assert [answer_to("head_width", name) for name in MODELS] == ["32", "64", "32"]
    # 6 x 12; 30 x 9; 4 + 4 + 4 layers of 8.
    assert [answer_to("head_count", name) for name in MODELS] == ["72", "270", "96"]
    assert [answer_to("key_value_heads", name) for name in MODELS] == ["12", "3", "8"]
    assert [answer_to("layer_count", name) for name in MODELS] == ["6", "30", "8"]
    assert [answer_to("weight_memory", name) for name in MODELS] == ["45.5 MB", "269 MB", "19.8 MB"]
    assert [answer_to("position_way", name).split()[-1] for name in MODELS] == ["position", "angle", "scores"]
    assert [answer_to("may_look", name)[:2] for name in MODELS] == ["Ye", "No", "No"]
    assert [answer_to("open_keys", name) for name in MODELS] == ["13", "8", "14"]
    assert answer_to("share_ahead", "smollm2-135m") == "0.0 %"
    # 175 billion over 134,515,008.
    assert answer_to("times_as_many", "smollm2-135m") == "1,300 times"
    assert answer_to("inner_width", "smollm2-135m") == "2.7 times"


@pytest.mark.parametrize("name", MODELS)
def test_what_ships_is_what_the_model_tells(name, request):
    fixture = {"minilm-l6-mlm": "mask_filler", "smollm2-135m": "smollm2", "t5-mini-en-fr": "translator"}[name]
    model = request.getfixturevalue(fixture)
    shipped = evidence_for(name)
    live = gather(model, llm_core.trace(model, TEXT))
    assert shipped.parameters == live.parameters
    assert shipped.geometry == live.geometry
    assert [type(code) for code in shipped.positions] == [type(code) for code in live.positions]
    assert shipped.guess.likeliest[0] == live.guess.likeliest[0]
    assert np.abs(shipped.guess.probabilities() - live.guess.probabilities()).max() < 0.01
    for _, question in QUESTIONS:
        if not question.families or live.trace.family in question.families:
            assert labels(put(question, shipped)) == labels(put(question, live)), question.kind


@pytest.mark.parametrize(
    "recipe", ["bert", "bert-headless", "gpt2", "llama", "gpt-neox", "gpt-oss", "bloom", "t5", "bart"]
)
@pytest.mark.parametrize(
    "text", ["Cat.", "cat", "a b", "The cat sat on the mat. " * 4, "😀 <b>&</b> שלום [[model]] $x$"]
)
def test_any_model_and_text_gives_one_right_answer_or_says_why_not(tiny, recipe, text):
    model = tiny(recipe)
    evidence = gather(model, llm_core.trace(model, text))
    found, refused = asked_of(evidence)
    assert all(sum(option.is_right for option in one.answer.options) == 1 for one in found)
    assert all(reason.endswith(".") and len(reason) > 20 for reason in refused)
    assert len(found) >= 12


def test_a_text_of_300_tokens_is_asked_like_any_other(mask_filler):
    text = "The old bridge over the cold river was closed because the water had risen in the night. " * 17
    evidence = gather(mask_filler, llm_core.trace(mask_filler, text))
    assert len(evidence.trace.tokens) > 300
    for _, question in QUESTIONS:
        if question.kind != "same_word_twice":
            put(question, evidence)
