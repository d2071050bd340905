"""The Attention page through the app's own frame, as a visitor's session runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from llm_core.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
TIMEOUT = 120


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)


def drawn(app: AppTest) -> str:
    """The page's headline, after making sure that the page ran to its end."""
    assert not app.exception, app.exception
    headlines = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    assert len(headlines) == 1
    assert len(app.main.expander) == 3
    return headlines[0]


def submit(app: AppTest) -> AppTest:
    button = next(button for button in app.sidebar.button if button.label == "Show its attention")
    return button.click().run()


def test_the_first_picture_answers_who_is_tired(app):
    assert "“it” looks most at “cat”" in drawn(app.run())


def test_the_first_picture_needs_no_model(app, monkeypatch):
    import pages.shared.cache

    def refuse(*_):
        raise AssertionError("a model was asked for")

    monkeypatch.setattr(pages.shared.cache.ModelStore, "get", refuse)
    drawn(app.run())


def test_another_text_is_traced(app):
    app.run()
    app.sidebar.text_area(key="text").set_value("A bird sings in the old tree.")
    submit(app)
    drawn(app)
    labels = app.main.selectbox(key="token").options
    assert any("bird" in label for label in labels)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.question)
def test_every_example_opens_with_its_answer(app, example):
    app.run()
    next(button for button in app.sidebar.button if button.label == example.question).click().run()
    assert f"“{example.word}” looks most at “{example.finds}”" in drawn(app)


def test_every_view_layer_and_head_draws(app):
    app.run()
    for view in ("matrix", "bertviz-heads", "bertviz-model", "lines"):
        app.main.segmented_control(key="view").set_value(view).run()
        drawn(app)
    app.main.select_slider(key="layer").set_value(2).run()
    app.main.pills(key="head").set_value([0, 3, 7]).run()
    assert "layer 2, the mean of 3 heads" in drawn(app)
    app.main.pills(key="head").set_value([]).run()
    assert "head 0" in drawn(app)


def test_url_values_choose_the_view(app):
    app.query_params.update({"layer": "2", "head": "5", "text": "One red fox ran home."})
    assert "In layer 2, head 5" in drawn(app.run())
    assert app.sidebar.text_area(key="text").value == "One red fox ran home."


@pytest.mark.parametrize(
    "params",
    [
        {"layer": "99", "head": "-4"},
        {"layer": "x", "head": "y", "token": "zzz", "view": "<script>"},
        {"stack": "cross", "step": "abc", "model": ""},
    ],
)
def test_nonsense_in_the_url_is_ignored(app, params):
    app.query_params.update(params)
    drawn(app.run())


@pytest.mark.parametrize(
    ("model", "text", "says"),
    [
        ("minilm-l6", "   ", "Expected a text"),
        ("no-such-folder/../x", "Hello there", "There is no model"),
        ("./nowhere.gguf", "Hello there", "No folder or file is there"),
        ("somebody/some-model", "Hello there", "hub cannot be reached"),
        ("minilm-l6", "word " * 600, "takes 512 at most"),
    ],
)
def test_bad_input_is_said_and_the_last_picture_stays(app, model, text, says):
    app.query_params.update({"model": model, "text": text})
    app.run()
    assert says in app.main.error[0].value
    assert "“it” looks most at “cat”" in drawn(app)
    assert any(caption.value.startswith("Still shown") for caption in app.main.caption)


def test_a_long_text_is_cut_when_the_visitor_says_so(app):
    app.query_params["text"] = "word " * 600
    app.run()
    next(button for button in app.main.button if button.label.startswith("Cut it")).click().run()
    drawn(app)
    assert not app.main.error
    assert any("tokens were cut off" in caption.value for caption in app.main.expander[0].caption)


def test_an_encoder_decoder_folder_shows_three_stacks(app, tiny_folder):
    app.query_params["model"] = str(tiny_folder("t5"))
    app.run()
    assert "In cross-attention" in drawn(app)
    for stack in ("encoder", "decoder", "cross"):
        app.main.pills(key="stack").set_value(stack).run()
        drawn(app)
    app.sidebar.text_input(key="target").set_value("le chat")
    submit(app)
    assert "[PAD]" in app.main.selectbox(key="token").options[1]
    next(button for button in app.sidebar.button if button.label == EXAMPLES[3].question).click().run()
    assert app.sidebar.text_input(key="target").value == ""


def test_the_translator_shows_encoder_decoder_and_cross_attention(app):
    app.query_params.update({"model": "t5-mini-en-fr", "text": "The black cat sat on the table."})
    assert "In cross-attention layer" in drawn(app.run())
    looking = app.main.selectbox(key="token").options
    assert any("noir" in label for label in looking)
    for stack in ("encoder", "decoder"):
        app.main.pills(key="stack").set_value(stack).run()
        assert f"In {stack} layer" in drawn(app)


def test_a_model_with_an_attention_of_its_own_draws(app, tiny_folder):
    app.query_params["model"] = str(tiny_folder("bloom"))
    app.run()
    drawn(app)
    assert any("model's own" in caption.value for caption in app.main.expander[0].caption)


def test_grouped_heads_are_told(app):
    app.query_params["model"] = "smollm2-135m"
    drawn(app.run())
    assert any("0–2, 3–5, 6–8" in caption.value for caption in app.main.caption)


def test_no_page_script_lies_directly_in_pages():
    assert list((ROOT / "pages").glob("*.py")) == []
