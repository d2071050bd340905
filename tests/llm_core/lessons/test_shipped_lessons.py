"""Every question of every lesson on the models that come with the app, and on texts of any length."""

from __future__ import annotations

import re

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


def asked_of(evidence) -> tuple[list[Put], dict[str, str]]:
    """Every question that can be asked, and why each of the others cannot, by its kind."""
    found, refused = [], {}
    for _, question in QUESTIONS:
        try:
            found.append(put(question, evidence))
        except llm_core.NotAskableError as error:
            refused[question.kind] = str(error)
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
    assert np.abs(shipped.guess.probabilities() - live.guess.probabilities()).max() < 1e-4
    for _, question in QUESTIONS:
        if not question.families or live.trace.family in question.families:
            told, now = put(question, shipped), put(question, live)
            assert labels(told) == labels(now), question.kind
            assert told.facts.keys() == now.facts.keys()
            for name, fact in told.facts.items():
                assert same_words_and_numbers(fact, now.facts[name]), (question.kind, name, fact, now.facts[name])


def same_words_and_numbers(one: str, other: str) -> bool:
    """True if two facts say the same, but for one unit of the last digit: machines add in different orders."""
    number = r"\d[\d,]*(?:\.(\d+))?"
    pairs = zip(re.finditer(number, one), re.finditer(number, other), strict=True)
    near = all(
        abs(float(a[0].replace(",", "")) - float(b[0].replace(",", ""))) <= 1.001 * 10.0 ** -len(a[1] or "")
        for a, b in pairs
    )
    return re.sub(number, shape, one) == re.sub(number, shape, other) and near


def shape(number: re.Match[str]) -> str:
    """How many digits stand behind the point."""
    return f"#.{len(number[1] or '')}"


TEXTS = {
    "a word and a stop": "Cat.",
    "a word": "cat",
    "two letters": "a b",
    "a sentence four times": "The cat sat on the mat. " * 4,
    "markup": "😀 <b>&</b> שלום [[model]] $x$",
}
ENCODERS, DECODERS = ("bert", "bert-headless"), ("gpt2", "llama", "gpt-neox", "gpt-oss", "bloom")
RECIPES = (*ENCODERS, *DECODERS, "t5", "bart")
ALL_TEXTS, SHORTEST = tuple(TEXTS), ("a word and a stop", "a word")

REFUSED = [
    ("same_word_twice", (*DECODERS, "t5", "bart"), ALL_TEXTS, "This question is for encoder models"),
    ("same_word_twice", ENCODERS, (*SHORTEST, "two letters"), "No word stands twice"),
    ("closest_distance", (*ENCODERS, "gpt2"), ALL_TEXTS, "Two distances share the first place with 0.01"),
    ("may_look", ENCODERS, SHORTEST, "needs two different tokens"),
    ("may_look", DECODERS, SHORTEST[:1], "needs two different tokens"),
    ("most_probable", ("bert-headless",), ALL_TEXTS, "gives a score to every token"),
    ("temperature_effect", ("bert-headless",), ALL_TEXTS, "gives a score to every token"),
    ("tokens_for_share", ("bert-headless",), ALL_TEXTS, "gives a score to every token"),
    ("most_probable", ("bert",), ("a word",), "leaves it nothing to guess"),
    ("temperature_effect", ("bert",), ("a word",), "leaves it nothing to guess"),
    ("tokens_for_share", ("bert",), ("a word",), "leaves it nothing to guess"),
    ("promoted_token", ("bert-headless",), ALL_TEXTS, "has no head that says words"),
    ("promoted_token", ("gpt-oss", "bloom"), ALL_TEXTS, "neurons of this model cannot be told apart"),
    ("nearest_vector", DECODERS, SHORTEST, "not two tokens to choose between"),
    ("nearest_vector", ("t5", "bart"), ("a word",), "not two tokens to choose between"),
    ("head_with_role", RECIPES, (*SHORTEST, "two letters"), "the role “"),
    ("head_with_role", ("bloom",), ("a sentence four times", "markup"), "is not known for this model"),
    ("best_match", DECODERS[:-1], SHORTEST[:1], "not two tokens to choose between"),
    ("largest_arrival", DECODERS[:-1], SHORTEST[:1], "not two tokens to choose between"),
    ("best_match", ("bloom",), ALL_TEXTS, "keeps its queries and keys to itself"),
    ("largest_arrival", ("bloom",), ALL_TEXTS, "cannot be recorded"),
    ("position_way", ("bloom",), ALL_TEXTS, "tells positions apart is not known"),
    ("head_width", ("bloom",), ALL_TEXTS, "does not tell how wide its heads are"),
    ("inner_width", ("bloom",), ALL_TEXTS, "inner width of this model's feed-forward network is not known"),
]
"""Which question which tiny model cannot be asked about which text, and why."""

MAY_TIE = {"most_probable", "promoted_token", "nearest_vector", "best_match", "broadest_head"}
"""Random models of a few numbers, and texts that say all four times, have ties where trained ones have none."""


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("text", TEXTS)
def test_any_model_and_text_gives_one_right_answer_to_all_that_can_be_asked_of_it(tiny, recipe, text):
    model = tiny(recipe)
    evidence = gather(model, llm_core.trace(model, TEXTS[text]))
    expected = {kind: why for kind, recipes, texts, why in REFUSED if recipe in recipes and text in texts}
    found, refused = asked_of(evidence)
    assert all(sum(option.is_right for option in one.answer.options) == 1 for one in found)
    ties = {kind: said for kind, said in refused.items() if kind not in expected}
    assert {kind for kind, said in refused.items() if expected.get(kind, "") in said} == {*expected, *ties}, refused
    assert set(ties) <= MAY_TIE
    assert all(re.search(r"^Two \w+ share the first place with .+: .+ and .+\.$", said) for said in ties.values()), ties
    assert len(ties) <= 3


def test_a_text_of_300_tokens_is_asked_like_any_other(mask_filler):
    text = "The old bridge over the cold river was closed because the water had risen in the night. " * 17
    evidence = gather(mask_filler, llm_core.trace(mask_filler, text))
    assert len(evidence.trace.tokens) > 300
    found, refused = asked_of(evidence)
    assert refused == {}
    assert len(found) == len(QUESTIONS)
