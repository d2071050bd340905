"""Sets whose right results are known: questions, what counts as right, unsupported words, stored scores."""

from __future__ import annotations

import json

import pytest

from llm_core.applications import question_set, scores
from llm_core.applications.documents import shipped_documents
from llm_core.applications.question_set import KnownQuestion, known_questions
from llm_core.applications.scores import Score, score
from llm_core.applications.support import unsupported_words
from llm_core.errors import BrokenDataError


def test_each_answer_stands_in_its_document_and_halves_share_nothing():
    documents = {one.name: " ".join(one.text.split()) for one in shipped_documents()}
    tuning, aside = known_questions("tuning"), known_questions("kept aside")
    assert len(tuning) == len(aside) == 90
    assert not {one.question for one in tuning} & {one.question for one in aside}
    for known in (*tuning, *aside):
        if known.answerable:
            assert known.sentence in documents[known.document]
            assert known.is_right(known.accepted[0])
        assert not known.is_right("Something else altogether")
    assert sum(one.answerable for one in aside) == 45


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("The ten books.", True),
        ("You may borrow up to 10 books and three films at the same time", False),
        ("up to 10 books at the same time", True),
        ("tenfold", False),
        ("twelve", False),
        (None, False),
        ("", False),
    ],
)
def test_an_answer_is_right_if_it_holds_a_known_one_and_little_else(answer, right):
    known = KnownQuestion("How many books?", "d", "s", ("ten books", "ten"))
    assert known.is_right(answer) is right


def test_silence_is_right_where_no_document_answers():
    assert KnownQuestion("Who is the mayor?").is_right(None)
    assert not KnownQuestion("Who is the mayor?").is_right("Ottoline Reyes")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("It costs 10 crowns.", ["10"]),
        ("A ticket costs 6 crowns.", []),
        ("The Tickets' price", ["price"]),
        ("Tickets are not free.", ["not", "free"]),
        ("", []),
    ],
)
def test_words_that_no_passage_holds_are_found(answer, found):
    passages = ["A ticket for adults costs 6 crowns.", "It is warm."]
    assert [answer[start:end] for start, end in unsupported_words(answer, passages)] == found


def test_the_interval_of_a_score_is_wilsons():
    # Wilson 1927, as tabulated for 8 of 10 by Newcombe 1998.
    low, high = Score("a", "1" * 81 + "0" * 182, "things", "so", "so", ("m",), "2026-01-01").interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert Score("a", "1111", "things", "so", "so", ("m",), "d").interval[1] == pytest.approx(1)


def test_a_score_that_was_not_measured_is_none_and_a_broken_one_is_refused(tmp_path, monkeypatch):
    assert score("no such use") is None
    stored = tmp_path / "scores.json"
    monkeypatch.setattr(scores, "FILE", stored)
    for broken in ("{", "{}", json.dumps({"scores": {"a": {"items": ""}}}), json.dumps({"scores": {"a": 3}})):
        stored.write_text(broken)
        with pytest.raises(BrokenDataError):
            score("a")
    monkeypatch.setattr(question_set, "FILE", stored)
    with pytest.raises(BrokenDataError):
        known_questions("tuning")
