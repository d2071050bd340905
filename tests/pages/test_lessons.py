"""The page Lessons through the app's own frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from llm_core.lessons.drawn import square
from llm_core.lessons.pictures import PAGES, PICTURES
from llm_core.lessons.reading import Shelf, lessons, read_folder
from pages.shared.lessons import action, page, picture, progress
from pages.shared.lessons.address import find
from pages.shared.lessons.progress import kept_before
from tests.llm_core.lessons.test_reading import GOOD
from tests.made_traces import made_trace

ROOT = Path(__file__).parents[2]
PAGE = "pages/learn/lessons.py"
MODELS = ("minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr")


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=400)


def opened(app: AppTest, **parameters: str) -> AppTest:
    """The page, opened with URL parameters."""
    app.query_params.update(parameters)
    return app.switch_page(PAGE).run()


def headings(app: AppTest, level: str = "#### ") -> list[str]:
    """The page's headings, after making sure that it ran to its end."""
    assert not app.exception, app.exception
    assert not app.main.error, app.main.error
    return [one.value.replace("\\", "")[len(level) :] for one in app.main.markdown if one.value.startswith(level)]


def test_every_kind_of_picture_and_page_that_a_file_may_name_exists():
    assert set(picture.DRAWN) == set(PICTURES)
    assert set(action.PAGES) == set(PAGES)
    assert all((ROOT / path).is_file() for path in action.PAGES.values())


@pytest.mark.parametrize("model", MODELS)
def test_every_lesson_draws_its_picture_and_asks_its_questions(app, model):
    opened(app, model=model)
    for lesson in lessons().lessons:
        app.session_state["lesson"] = lesson.name
        app.query_params.pop("lesson", None)
        app.run()
        (title,) = headings(app, "### ")
        assert title == f"{lesson.number}. {lesson.title}"
        (said,) = headings(app)
        assert "cannot be drawn" not in said
        assert "could not be drawn" not in said
        family = {"minilm-l6-mlm": "encoder", "smollm2-135m": "decoder"}.get(model, "encoder-decoder")
        asked = [one for one in lesson.questions if not one.families or family in one.families]
        assert len(app.main.radio) == len(asked)


def test_predict_then_reveal_then_again(app):
    opened(app, lesson="1", model="minilm-l6-mlm")
    assert app.button(key="reveal-tokens-0").disabled
    app.main.radio[0].set_value(0).run()
    app.button(key="reveal-tokens-0").click().run()
    (said,) = [one.value.replace("\\", "") for one in app.main.markdown if "Not so" in one.value]
    assert "10 is the number of words" in said
    assert "The answer is: 13" in said
    assert app.session_state["lesson_states"] == {("tokens", 0): "wrong"}
    app.button(key="again-tokens-0").click().run()
    assert not [one for one in app.main.markdown if "Not so" in one.value]
    right = app.main.radio[0].options.index("13")
    app.main.radio[0].set_value(right).run()
    app.button(key="reveal-tokens-0").click().run()
    assert [one for one in app.main.markdown if "**Right.**" in one.value]
    assert app.session_state["lesson_states"] == {("tokens", 0): "right"}


def test_lessons_are_found_by_number_name_and_title_and_nonsense_is_said(app):
    shelf = lessons()
    assert find(shelf, "5").name == find(shelf, " Softmax-and-Mask ").name == find(shelf, "softmax and the mask").name
    assert (
        find(shelf, "99")
        is find(shelf, "<script>")
        is find(shelf, "")
        is find(shelf, "NaN")
        is find(shelf, "٣")
        is None
    )
    opened(app, lesson="<script>alert(1)</script>" * 50)
    assert headings(app, "### ") == ["1. From text to tokens"]
    assert "There is no lesson" in app.main.info[0].value
    assert app.query_params["lesson"] in ("tokens", ["tokens"])


def test_next_and_previous_turn_the_pages_and_progress_is_kept(app):
    opened(app, lesson="tokens")
    app.button(key="lesson-next").click().run()
    assert headings(app, "### ") == ["2. Tokens to vectors"]
    assert app.query_params["lesson"] in ("vectors", ["vectors"])
    app.button(key="lesson-previous").click().run()
    assert headings(app, "### ") == ["1. From text to tokens"]
    assert app.session_state["lessons_read"] == {"tokens", "vectors"}


def test_the_teacher_view_shows_every_question_with_its_answer(app):
    opened(app, teacher="1", lesson="3", model="t5-mini-en-fr")
    headings(app)
    said = "\n".join(one.value for one in app.main.markdown)
    assert said.count("✓") >= 2 * len(lessons().lessons)
    for lesson in lessons().lessons:
        assert f"{lesson.number}. " in said
    app.toggle(key="teacher_view").set_value(False).run()
    assert headings(app, "### ") == ["3. What position adds"]
    assert "teacher" not in app.query_params


def test_a_broken_lesson_is_named_on_the_page_and_the_others_work(app, monkeypatch, tmp_path):
    (tmp_path / "01-one.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "02-two.toml").write_text(GOOD.replace('"token_count"', '"tokens"'), encoding="utf-8")
    monkeypatch.setattr(page, "lessons", lambda: read_folder(tmp_path))
    opened(app)
    assert not app.exception
    (said,) = [one.value.replace("\\", "") for one in app.main.error]
    assert "02-two.toml, line 21: expected answer to be one of" in said
    assert [one.value for one in app.main.markdown if one.value.startswith("### ")] == ["### 1. One"]
    monkeypatch.setattr(page, "lessons", lambda: Shelf((), ("01-one.toml, line 1: expected more.",)))
    app.run()
    assert not app.exception
    assert "#### There is no lesson to show" in [one.value for one in app.main.markdown]


def test_strange_texts_bring_no_traceback(app):
    opened(app, model="minilm-l6-mlm")
    for text in ("cat", "<script>$x$ `a` [[model]]", "שלום 😀"):
        app.text_area(key="text").set_value(text).run()
        for name in ("tokens", "query-key-value", "softmax-and-mask", "logits-to-text"):
            app.session_state["lesson"] = name
            app.run()
            headings(app)


def test_an_answer_that_cannot_be_asked_is_said_and_the_others_are_asked(app, monkeypatch):
    ask_all = page.put_questions

    def one_failing(gathered, lesson):
        first, *others = ask_all(gathered, lesson)
        return (f"Instead of {first.question.kind}.", *others)

    monkeypatch.setattr(page, "put_questions", one_failing)
    opened(app, lesson="tokens", model="minilm-l6-mlm")
    headings(app)
    assert any("cannot be asked here. Instead of token\\_count" in one.value for one in app.main.markdown)
    assert len(app.main.radio) == len(find(lessons(), "tokens").questions) - 1


def test_a_session_remembers_the_choices_for_a_bounded_number_of_texts(monkeypatch):
    monkeypatch.setattr(progress.st, "session_state", {})
    for text in range(progress.MOST_TEXTS + 5):
        progress.answered(("model", text))["lesson", 0] = 1
    assert len(progress.st.session_state["lesson_choices"]) == progress.MOST_TEXTS
    assert progress.answered(("model", progress.MOST_TEXTS + 4)) == {("lesson", 0): 1}
    assert progress.answered(("model", 0)) == {}


def test_the_square_of_an_encoder_decoder_joins_its_three_attentions():
    encoder, decoder, cross = [[[0.5, 0.5], [0.25, 0.75]]], [[[1, 0], [0.4, 0.6]]], [[[0.9, 0.1], [0.2, 0.8]]]
    trace = made_trace({"encoder": [encoder], "decoder": [decoder], "cross": [cross]}, "a b", "c d")
    found = square(trace)
    assert found.split == 2
    joined = [[0.5, 0.5, 0, 0], [0.25, 0.75, 0, 0], [0.9, 0.1, 1, 0], [0.2, 0.8, 0.4, 0.6]]
    assert abs(found.cells - joined).max() < 1e-6
    assert found.opened.tolist() == [[True, True, False, False]] * 2 + [[True, True, True, False], [True] * 4]


@pytest.mark.parametrize("told", [None, 7, "tokens", [], {"nowhere": ["right"]}, {"tokens": "right"}, {3: None}])
def test_nonsense_kept_by_a_browser_is_passed_over(told):
    assert kept_before(lessons(), told) == (set(), {})


def test_progress_kept_by_a_browser_is_taken_as_far_as_there_are_such_lessons_and_questions():
    told = {"tokens": ["right", "maybe", "wrong", "right"], "vectors": [], "nowhere": ["right"]}
    assert kept_before(lessons(), told) == (
        {"tokens", "vectors"},
        {("tokens", 0): "right", ("tokens", 2): "wrong"},
    )
