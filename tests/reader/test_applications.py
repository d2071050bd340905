"""What the page Applications says of labels, words, passages, answers and scores is what the library alone finds.

The decoder is asked about fewer texts than the encoder, since each takes it a second.
"""

from __future__ import annotations

import json
import re
from math import exp

import numpy as np
import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from llm_core.applications.copied_answers import SILENT
from llm_core.applications.copying import copy_answer, copying_prompt
from llm_core.applications.documents import shipped_documents, split_passages
from llm_core.applications.label_likelihood import score_labels
from llm_core.applications.label_similarity import compare_with_labels
from llm_core.applications.labelled import WORDINGS, labelled_texts
from llm_core.applications.question_set import FILE, known_questions
from llm_core.applications.retrieval import passage_vectors, rank
from llm_core.applications.scores import FILE as SCORES
from llm_core.applications.scores import score
from llm_core.applications.sorting import stacked
from llm_core.applications.support import LITTLE, unsupported_words
from llm_core.applications.word_influence import word_influence
from pages.shared.applications.answer_words import in_no_passage, likeliest_words, written_headline
from pages.shared.applications.class_view import decided
from pages.shared.applications.scored import in_words
from tests.reader import applications as reader
from tests.reader.library import TEXTS

STOPS = ("\n", "\n\n", ".", ".\n")
NOISE = 0.006
"""Changes nearer to one another than this are written the same."""

OPINIONS = tuple(one.text for one in labelled_texts("held_out")[::16])


@pytest.fixture(scope="module")
def passages():
    return split_passages(shipped_documents())


@pytest.fixture(scope="module")
def ranked(model, passages):
    vectors = passage_vectors(model("minilm-l6"), passages)
    return lambda question: rank(model("minilm-l6"), question, passages, vectors)


@pytest.mark.parametrize(
    ("name", "texts"), [("llama", TEXTS), ("gpt2", TEXTS), ("smollm2-135m", OPINIONS[:3])], ids=str
)
def test_labels_are_as_likely_as_the_library_finds_them(name, texts, model, library):
    task = WORDINGS["topic"].task
    found = score_labels(model(name), task, texts)
    for one, text in zip(found, texts, strict=True):
        expected = reader.label_scores(library(name), task.prompt, task.words, text)
        np.testing.assert_allclose(one.scores, expected, atol=5e-3)
        order = np.sort(expected)
        if order[-1] - order[-2] > NOISE:
            assert one.winner == int(expected.argmax())


def says(sentence: str, words: list[str], winner: str, rival: str, lead: float, changes: list[float]) -> None:
    """Fail if a sentence on words says something else than numbers that were worked out elsewhere."""
    assert sentence.startswith(f"“{winner}” leads “{rival}” by ")
    assert float(re.findall(r"by (\S+) in", sentence)[0]) == pytest.approx(lead, abs=NOISE)
    most = re.search(r"Most depends on “(.+?)”: without it the lead is (\S+|less than 0\.01) (\w+)(, so)?", sentence)
    strongest = max(changes)
    if strongest > NOISE:
        assert most is not None
        assert most[1] in [word for word, change in zip(words, changes, strict=True) if change > strongest - NOISE]
        assert most[3] == "smaller"
        assert float(most[2]) == pytest.approx(strongest, abs=NOISE)
        if abs(strongest - lead) > NOISE:
            assert bool(most[4]) == (strongest > lead)
    elif strongest < -NOISE:
        assert most is None
        assert "depends on no single word" in sentence
    against = re.search(r"“([^”]+?)” speaks most against it: without it the lead is (\S+) (\w+)", sentence)
    weakest = min(changes)
    if weakest < -NOISE:
        assert against is not None
        assert against[1] in [word for word, change in zip(words, changes, strict=True) if change < weakest + NOISE]
        assert against[3] == "larger"
        assert float(against[2]) == pytest.approx(-weakest, abs=NOISE)
    elif weakest > NOISE:
        assert against is None


def test_the_word_that_a_class_by_nearness_depends_on_speaks_for_it(model, library):
    wording = WORDINGS["sentiment"]
    known = reader.vectors(library("minilm-l6"), wording.descriptions)

    def plainly(text: str) -> np.ndarray:
        return known @ reader.vectors(library("minilm-l6"), [text])[0]

    for text in (*TEXTS[:12], *OPINIONS):
        influence = word_influence(
            text,
            lambda texts: stacked(
                compare_with_labels(model("minilm-l6"), wording.task.labels, wording.descriptions, texts)
            ),
        )
        words, winner, rival, lead, changes = reader.changes_without_words(plainly, text)
        if len(words) > 1 and lead > NOISE:
            labels = wording.task.labels
            assert (influence.winner, influence.rival) == (winner, rival)
            says(decided(influence, labels, "cosine"), words, labels[winner], labels[rival], lead, changes)


def test_the_word_that_a_class_by_likelihood_depends_on_speaks_for_it(model, library):
    task = WORDINGS["sentiment"].task
    for name, text in (("llama", TEXTS[0]), ("gpt2", TEXTS[3]), ("smollm2-135m", "The hotel was not bad.")):
        influence = word_influence(text, lambda texts, name=name: stacked(score_labels(model(name), task, texts)))
        words, winner, rival, lead, changes = reader.changes_without_words(
            lambda read, name=name: reader.label_scores(library(name), task.prompt, task.words, read), text
        )
        if lead > NOISE:
            said = decided(influence, task.labels, "log-probability")
            says(said, words, task.labels[winner], task.labels[rival], lead, changes)


def test_passages_are_ranked_as_the_library_and_plain_counting_rank_them(ranked, passages, library):
    named = [(passage.document, passage.text) for passage in passages]
    for known in known_questions("tuning")[::6]:
        ranking = ranked(known.question)
        expected = reader.relevance(library("minilm-l6"), known.question, named, ENGLISH_STOP_WORDS)
        np.testing.assert_allclose(ranking.relevance, expected, atol=2e-4)
        assert ranking.order[0] == expected.argmax()
        assert ranking.answered == (expected.max() >= ranking.needed)


@pytest.mark.parametrize("question", ["What does a library card cost?", "Who is the mayor of the town?"])
def test_a_copied_answer_is_as_likely_as_the_library_finds_it_and_no_other_is_likelier(
    question, ranked, passages, model, library
):
    ranking = ranked(question)
    copied = copy_answer(model("smollm2-135m"), question, [passages[ranking.read[0]]])
    prompt = copying_prompt(question, copied.passage)
    expected = reader.log_probability(library("smollm2-135m"), prompt, f" {copied.text}", STOPS)
    silent = reader.log_probability(library("smollm2-135m"), prompt, f" {SILENT}", STOPS)
    assert copied.best.log_probability == pytest.approx(expected, abs=0.02)
    assert copied.silence[0] == pytest.approx(silent, abs=0.02)
    assert copied.text in copied.passage.text
    asked = {word.strip("?") for word in question.lower().split()}
    assert {*copied.text.lower().split()} - asked
    others = [word.strip(".,") for word in copied.passage.text.split()]
    for word in [other for other in others if other.lower() not in {*asked, *ENGLISH_STOP_WORDS}][:3]:
        assert reader.log_probability(library("smollm2-135m"), prompt, f" {word}", STOPS) <= expected + 0.02
    said = likeliest_words(copied).replace("\\", "")
    assert ("names no words" in said) == (silent > expected)
    for chance in (expected, silent):
        assert any(abs(float(share) - 100 * exp(chance)) < 0.6 for share in re.findall(r"(\d+\.\d) %", said))


def test_words_that_no_passage_holds_are_those_that_counting_finds(passages):
    texts = [passage.text for passage in passages[:4]]
    for answer in (*TEXTS, "The ferry leaves at 8:00.", "It costs 35 crowns a year, not 200.", texts[0], ""):
        found = [answer[start:end] for start, end in unsupported_words(answer, texts)]
        expected = reader.in_no_passage(answer, texts, LITTLE)
        assert found == expected
        if answer:
            headline = written_headline(answer, texts, answered=True).replace("\\", "")
            assert headline.startswith("Not borne out") == bool(expected)
            assert (f"{len(expected)} word" in headline) == bool(expected)
            assert in_no_passage(answer, texts).count(":orange-background[") == len(expected)


def test_stored_results_of_some_questions_are_found_again(ranked, library, passages):
    """Of the sentence nearest to a question, by the library alone, for every eleventh question that was kept aside."""
    items = json.loads(SCORES.read_text(encoding="utf-8"))["scores"]
    aside = known_questions("kept aside")
    if "copied sentences" not in items:
        pytest.skip("the score of copied sentences was not measured yet: python -m benchmarks.applications copied")
    stored = "".join(items[name]["items"] for name in ("copied sentences", "copied sentences, silent"))
    for place in range(0, len(aside), 11):
        known, ranking = aside[place], ranked(aside[place].question)
        read = [passages[number] for number in ranking.read]
        texts = [one for passage in read for one in re.split(r"(?<=[.!?])\s+", passage.text)]
        asked, *found = reader.vectors(library("minilm-l6"), [known.question, *texts])
        nearest = texts[int(np.argmax([asked @ one for one in found]))]
        assert nearest == ranking.sentence[1]
        holds = any(re.search(rf"\b{re.escape(one)}\b", nearest, re.IGNORECASE) for one in known.accepted)
        right = ranking.answered and holds if known.answerable else not ranking.answered
        assert stored[place] == str(int(right))


def test_each_stored_score_fits_its_set_and_its_sentence():
    stored = json.loads(SCORES.read_text(encoding="utf-8"))["scores"]
    questions = json.loads(FILE.read_text(encoding="utf-8"))
    answered, silent = questions["answered"][1::2], questions["unanswered"][1::2]
    tuned = {one["question"] for one in questions["answered"][::2]} | set(questions["unanswered"][::2])
    assert len(answered) + len(silent) >= 60
    assert not tuned & ({one["question"] for one in answered} | set(silent))
    sizes = {"copied sentences": len(answered), "written answers": len(answered)}
    sizes |= {f"{name}, silent": len(silent) for name in sizes} | {"translation": 100, "ads": 60, "code": 60}
    sizes["copied words"] = len(answered)
    for name in stored:
        known = score(name)
        assert known.of == (len(labelled_texts("held_out")) if name[:5] in {"senti", "topic"} else sizes[name])
        assert known.of >= 15
        low, high = reader.wilson(known.right, known.of)
        np.testing.assert_allclose(known.interval, (low, high), atol=1e-4)
        sentence = in_words(known)
        assert f"**{stored[name]['items'].count('1')} of {len(stored[name]['items'])}**" in sentence
        ends = [float(number) for number in re.findall(r"interval (\S+) % to (\S+) %", sentence)[0]]
        assert 100 * low - 0.11 <= ends[0] <= 100 * low + 1e-3
        assert 100 * high - 1e-3 <= ends[1] <= 100 * high + 0.11
