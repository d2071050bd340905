"""Questions of a lesson, all at once: what one of them cannot be asked stops no other."""

from __future__ import annotations

from llm_core.lessons import asking
from llm_core.lessons.asking import Put, put_all
from llm_core.lessons.evidence import Evidence
from llm_core.lessons.reading import lessons
from tests.made_traces import made_trace

OPEN = [[0.5, 0.5], [0.25, 0.75]]


def test_an_answer_that_fails_is_said_and_the_others_are_asked(monkeypatch):
    put = asking.put

    def failing(question, found):
        if question.kind == "token_count":
            raise IndexError("an error of ours")
        return put(question, found)

    monkeypatch.setattr(asking, "put", failing)
    questions = next(lesson.questions for lesson in lessons().lessons if lesson.name == "tokens")
    found = put_all(questions, Evidence(made_trace({"encoder": [[OPEN]]}, "red green")))
    for question, told in zip(questions, found, strict=True):
        if question.kind == "token_count":
            assert told == "Its answer could not be worked out for this model and text. Choose others."
        else:
            assert isinstance(told, Put | str)
            assert told != "Its answer could not be worked out for this model and text. Choose others."


def test_why_a_question_cannot_be_asked_takes_its_place():
    evidence = Evidence(made_trace({"encoder": [[OPEN]]}, "red green"))
    found = [put for lesson in lessons().lessons for put in put_all(lesson.questions, evidence)]
    assert any(isinstance(one, Put) for one in found)
    assert any("needs the model's" in one for one in found if isinstance(one, str))
