"""Finding the passage that answers a question, and knowing when there is none."""

from __future__ import annotations

import numpy as np
import pytest

from llm_core import EmptyTextError, SelectionError, UnsupportedModelError
from llm_core.applications.documents import Document, Passage, shipped_documents, split_passages
from llm_core.applications.rankings import PassageVectors, Ranking
from llm_core.applications.retrieval import passage_vectors, rank
from llm_core.applications.shared_words import shared_words
from llm_core.applications.text_vectors import text_vectors
from llm_core.embeddings.sentence_vectors import sentence_vectors

QUESTIONS = (
    ("How many films may I borrow?", "Library cards and loans", "three films"),
    ("What does a child pay for a library card?", "Library cards and loans", "free of charge"),
    ("When do families swim for half the price?", "Swimming pool", "first Sunday"),
    ("How long does the crossing to Gull Island take?", "Bus and ferry", "50 minutes"),
    ("Who built the old clock in the museum?", "Town museum", "Ysolde Marchetti"),
    ("In which year did the flood destroy the bridge?", "History of the bridge", "1718"),
    ("How many steps lead up to the lamp of the lighthouse?", "Lighthouse keeper", "203 steps"),
    ("When may hedges be cut?", "Community garden", "October to February"),
    ("On what weekend is the Lantern Festival?", "Market and festival", "last weekend of October"),
    ("Does the pharmacy bring medicine to my home?", "Health centre", "delivers medicine"),
)
ABSENT = (
    "Who painted the Mona Lisa?",
    "How do I connect a printer to my computer?",
    "What is the fastest animal on land?",
    "How much does a flight to Lisbon cost?",
    "Which vaccine protects cats from flu?",
)


@pytest.fixture(scope="module")
def asked(minilm):
    passages = split_passages(shipped_documents())
    vectors = passage_vectors(minilm, passages)
    return lambda question: rank(minilm, question, passages, vectors)


@pytest.mark.parametrize(("question", "document", "words"), QUESTIONS)
def test_the_right_passage_is_found(asked, question, document, words):
    ranking = asked(question)
    assert (ranking.best.document, words in ranking.best.text) == (document, True)
    assert ranking.answered


@pytest.mark.parametrize("question", ABSENT)
def test_what_is_not_in_the_documents_is_said_to_be_absent(asked, question):
    assert not asked(question).answered


def test_vectors_read_in_batches_are_those_of_single_sentences(minilm):
    texts = ["The cat sat.", "A much longer sentence, so that the first one of this batch has to be filled up.", "Hm"]
    alone = sentence_vectors(minilm, texts).vectors
    expected = alone / np.linalg.norm(alone, axis=1, keepdims=True)
    np.testing.assert_allclose(text_vectors(minilm, texts), expected, atol=2e-6)


@pytest.mark.parametrize("name", ["bert", "distilbert", "modernbert", "roberta"])
def test_any_encoder_makes_vectors_of_length_one(tiny, name):
    texts = ["The cat sat on the mat.", "cat", "Attention is all you need, or so they say."]
    together = text_vectors(tiny(name), texts)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(together[1], text_vectors(tiny(name), ["cat"])[0], atol=1e-5)


def test_special_tokens_in_a_text_are_read_as_text(tiny):
    model = tiny("bert")
    marked, plain = text_vectors(model, ["cat [SEP] mat", "cat mat"])
    as_special = sentence_vectors(model, ["cat [SEP] mat"]).vectors[0]
    assert marked @ plain < 0.9999
    assert abs(marked @ as_special / np.linalg.norm(as_special)) < 0.9999


def test_texts_that_are_empty_endless_or_broken_get_a_vector(tiny):
    vectors = text_vectors(tiny("bert"), ["", " \n", "cat " * 25_000, "half \ud83d a character", "<script>alert(1)"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [0, 0, 1, 1, 1], atol=1e-5)


def test_vectors_need_an_encoder_and_a_text(tiny):
    with pytest.raises(UnsupportedModelError, match="Expected an encoder"):
        text_vectors(tiny("gpt2"), ["cat"])
    with pytest.raises(SelectionError, match="at least one text"):
        text_vectors(tiny("bert"), [])


def test_work_stops_where_the_callback_says(tiny):
    seen = []

    def stop(progress):
        seen.append(progress.fraction)
        if len(seen) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        text_vectors(tiny("bert"), ["cat"] * 100, progress=stop)
    assert seen[1] < 0.5


def ranking_of(*cosines, needed=0.5, shared=None):
    passages = tuple(Passage("d", place, f"text {place}", 0, 1) for place in range(len(cosines)))
    words = np.array(cosines if shared is None else shared)
    return Ranking("q", passages, np.array(cosines, dtype=np.float32), words.astype(np.float32), needed)


def test_a_second_passage_is_read_only_where_it_is_nearly_as_good():
    assert ranking_of(0.2, 0.7, 0.6).read == (1, 2)
    assert ranking_of(0.2, 0.7, 0.5).read == (1,)
    assert ranking_of(0.7, 0.7, 0.7, 0.7).read == (0, 1)
    assert list(ranking_of(0.2, 0.7, 0.7).order) == [1, 2, 0]


def test_the_needed_relevance_decides_and_shared_words_count():
    assert ranking_of(0.2, 0.51).answered
    assert not ranking_of(0.2, 0.49).answered
    assert ranking_of(0.45, 0.49, shared=(1, 0)).answered
    assert ranking_of(0.45, 0.49, shared=(1, 0)).best.number == 0
    expected = [0.8 * 0.45 + 0.2, 0.8 * 0.5 + 0.1]
    np.testing.assert_allclose(ranking_of(0.45, 0.5, shared=(1, 0.5)).relevance, expected, atol=1e-6)


def test_a_passage_is_as_near_as_it_and_its_nearest_sentence():
    vectors = PassageVectors(
        np.array([[1, 0], [0, 1]], np.float32),
        np.array([[0.6, 0.8], [0, 1], [1, 0]], np.float32),
        np.array([0, 0, 1]),
    )
    np.testing.assert_allclose(vectors.cosines(np.array([0, 1], np.float32)), [(0 + 1) / 2, (1 + 0) / 2])
    with pytest.raises(ValueError, match="each of 2 passages"):
        PassageVectors(vectors.passages, vectors.sentences, np.array([0, 0, 0]))


def test_the_nearest_sentence_is_that_of_the_passages_that_are_read():
    passages = tuple(Passage("d", place, "One. Two.", 0, 9) for place in range(3))
    cosines = np.array([0.5, 0.5, 0.1], np.float32)
    ranking = Ranking("q", passages, cosines, cosines.copy(), 0.4, ((0.2, 0.6), (0.7, 0.1), (0.9, 0.9)))
    assert ranking.read == (0, 1)
    assert ranking.sentence == (1, "One.")


def test_the_words_that_a_question_and_a_passage_share_count_by_their_rarity():
    texts = ("The ferry leaves at noon.", "The ferry costs nine crowns.", "The pool is warm.", "A ferry!")
    passages = [Passage("d", place, text, 0, len(text)) for place, text in enumerate(texts)]
    found = shared_words("What do the ferries cost in crowns?", passages)
    assert found.argmax() == 1
    assert found[2] == 0
    assert ((found >= 0) & (found <= 1)).all()
    assert shared_words("Of the and?", passages).tolist() == [0, 0, 0, 0]


def test_a_question_is_needed(minilm):
    passages = split_passages([Document("a", "The ferry costs nine crowns.")])
    with pytest.raises(EmptyTextError, match="question"):
        rank(minilm, "  ", passages, passage_vectors(minilm, passages))
