"""Questions answered from documents, through the app's own frame."""

from __future__ import annotations

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from llm_core.applications.copied_answers import SILENT
from llm_core.applications.documents import Document, split_passages
from llm_core.applications.rankings import Ranking
from llm_core.applications.readings import PassageAttention
from llm_core.text.tokens import Token
from pages.shared.applications import answer_view, documents_form
from pages.shared.components.answering import answering
from tests.pages.test_applications import PAGE, ROOT, headline, opened
from tests.pages.test_packing import unpack

TIMEOUT = 400


@pytest.fixture
def app() -> AppTest:
    return opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT), use="Questions")


def ask(app: AppTest, question: str) -> AppTest:
    app.main.text_input(key="answer-question").set_value(question).run()
    return app.main.button(key="answer-ask").click().run()


def test_a_question_is_answered_from_its_passage_and_stays_while_another_page_is_open(app):
    assert "12 crowns" in headline(app)
    assert "“Library cards and loans”, passage 1" in headline(app)
    passages, answers, tokens = (frame.value for frame in app.main.dataframe[-3:])
    assert passages["relevance"].is_monotonic_decreasing
    assert len(passages) == 28
    assert answers["answer"][0] in "A library card costs 12 crowns a year."
    assert answers["answer"].tolist()[-1] == SILENT
    assert passages["read for the answer"].tolist() == ["yes", *["no"] * 27]
    assert "".join(tokens["answer token"]).replace("·", " ").strip() in "A library card costs 12 crowns a year."
    app.switch_page("pages/apply/scale.py").run()
    app.switch_page(PAGE).run()
    assert "12 crowns" in headline(app)


@pytest.mark.parametrize("question", ["How do I reset my password?", "asdf " * 30_000, "<script>alert(1)</script>"])
def test_what_is_not_in_the_documents_is_said_and_nothing_is_written(app, question):
    ask(app, question)
    assert "Not in the documents" in headline(app)
    assert app.main.button(key="answer-insist").label == "Answer anyway"


def test_an_answer_in_its_own_words_says_which_of_them_no_passage_holds(app):
    app.main.segmented_control(key="answer-way").set_value("In the model's own words").run()
    app.main.button(key="answer-ask").click().run()
    assert re.search(r"Not borne out|in words of the passages", headline(app))
    said = [markdown.value for markdown in app.main.markdown]
    marked = any("stand in no passage that was read" in text for text in said)
    assert marked == ("Not borne out" in headline(app))
    assert marked != any("Every word with content stands in a passage" in text for text in said)


def test_an_empty_question_is_refused_in_a_sentence(app):
    ask(app, " ")
    assert not app.exception
    assert any("Expected a question, got none" in error.value for error in app.main.error)


def test_own_text_replaces_the_documents(app):
    app.main.segmented_control(key="answer-source").set_value("Your own").run()
    ask(app, "What does the moon bakery sell?")
    assert any("Expected documents with text" in error.value for error in app.main.error)
    app.main.text_area(key="answer-pasted").set_value("x" * 100_001).run()
    app.main.button(key="answer-ask").click().run()
    assert any("100,000" in error.value for error in app.main.error)
    app.main.text_area(key="answer-pasted").set_value("The moon bakery sells silver bread.").run()
    app.main.slider(key="answer-needed").set_value(1.0).run()
    app.main.button(key="answer-ask").click().run()
    assert "“Pasted text”, passage 1" in headline(app)
    assert "Not in the documents" in headline(app)


class _Upload:
    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.file_id, self._data = name, name, data

    def getvalue(self) -> bytes:
        return self._data


def test_an_uploaded_file_is_kept_by_name(monkeypatch):
    state: dict[str, object] = {}
    monkeypatch.setattr(documents_form.st, "session_state", state)
    files: dict[str, str] = {}
    documents_form._take(_Upload("a.txt", "Où ?".encode()), files)
    assert files == {"a.txt": "Où ?"}


def made() -> tuple[Ranking, PassageAttention]:
    passages = split_passages([Document("<b>a</b>", "one two"), Document("b", "three")])
    ranking = Ranking("q", passages, *np.array([[0.2, 0.6], [0.2, 0.6]], dtype=np.float32))
    looked = PassageAttention(
        answer=(Token(1, "x", "x"), Token(2, "y", "y")),
        tokens=((Token(3, "three", "three"),),),
        positions=((7,),),
        weights=(np.array([[0.25], [0.5]], dtype=np.float32),),
        first=np.array([0.3, 0.1], dtype=np.float32),
        written=np.array([0.0, 0.2], dtype=np.float32),
    )
    return ranking, looked


def test_the_packet_holds_the_ranking_and_the_weights():
    ranking, looked = made()
    header, arrays = unpack(answer_view.packet(ranking, answer_view.Answered((1,), looked)))
    assert [passage["document"] for passage in header["passages"]] == ["b", "<b>a</b>"]
    assert [passage["read"] for passage in header["passages"]] == [0, None]
    np.testing.assert_allclose(arrays["weights0"], [[0.25], [0.5]], atol=1e-4)
    assert header["needed"] == ranking.needed


def test_the_table_says_what_each_token_looked_at():
    _, looked = made()
    table = answer_view.token_table(looked)
    assert table["attention to the passages"] == ["25.0 %", "50.0 %"]
    assert table["most to"] == ["three", "three"]
    assert table["to its own words"] == ["0.0 %", "20.0 %"]


def test_the_saved_page_holds_its_data_and_no_markup_of_a_document():
    ranking, looked = made()
    page = answering.page(answer_view.packet(ranking, answer_view.Answered((1,), looked)), "q <i>", "dark")
    assert "<b>a</b>" not in page
    assert "q &lt;i&gt;" in page
