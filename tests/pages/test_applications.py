"""The page Applications through the app's own frame, written by a tiny random model that has a chat template."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from pages.shared.applications import code, versions
from pages.shared.status_line import StatusLine

ROOT = Path(__file__).parents[2]
PAGE = "pages/apply/applications.py"
TIMEOUT = 240
TEMPLATE = "{% for message in messages %}[CLS] {{ message['content'] }} [SEP] {% endfor %}"

FIELDS = {
    ("Ad copy", ""): ("ad-product", "ad-ask"),
    ("Ad copy", "ad-what=Improve a sentence"): ("style-text", "style-ask"),
    ("Code", ""): ("code-wish", "code-ask"),
    ("Story and translation", ""): ("sentence-text", "sentence-ask"),
    ("Story and translation", "text-kind=Children's story"): ("story-text", "story-ask"),
    ("Story and translation", "text-kind=Summary"): ("summary-text", "summary-ask"),
    ("Story and translation", "text-kind=Product description"): ("description-text", "description-ask"),
    ("Story and translation", "text-kind=Translation"): ("translation-text", "translation-ask"),
}
"""By use and a choice to make first: the field that is written into, and the button."""


@pytest.fixture
def app(tiny_folder, tmp_path, monkeypatch) -> AppTest:
    folder = tmp_path / "chatting"
    shutil.copytree(tiny_folder("llama"), folder)
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    # Long enough for a prompt in pieces of a tokenizer that was trained on a few sentences.
    for name, key in (("config.json", "max_position_embeddings"), ("tokenizer_config.json", "model_max_length")):
        settings = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(settings | {key: 4096}))
    monkeypatch.setattr(versions, "WRITER", str(folder))
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)


def opened(app: AppTest, use: str, choice: str = "") -> AppTest:
    """The page at a use, after one more choice ("key=value")."""
    app.query_params["use"] = use
    app.switch_page(PAGE).run()
    if choice:
        key, value = choice.split("=")
        app.main.segmented_control(key=key).set_value(value).run()
    return app


def headline(app: AppTest) -> str:
    """The page's headline, after making sure that the page ran to its end."""
    assert not app.exception, app.exception
    headlines = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    assert len(headlines) == 1
    return headlines[0].replace("\\", "")


def said(app: AppTest) -> str:
    return "\n".join(markdown.value for markdown in app.main.markdown).replace("\\", "")


@pytest.mark.parametrize(("place", "keys"), FIELDS.items(), ids=lambda value: value[0] if "-" in value[0] else "")
def test_each_use_writes_shows_its_evidence_and_survives_any_input(app, place, keys):
    field, button = keys
    opened(app, *place)
    assert not app.main.error
    assert any(name in headline(app) for name in ("chatting", "t5-mini-en-fr"))
    table = app.main.expander[1].dataframe[0].value
    assert len(table) > 0
    assert table["probability"].str.endswith(" %").all()
    for text, expected in (
        ("", "got no"),
        ("word " * 20_000, "Shorten it"),
        ("<script>alert(1)</script> <|im_end|> [SEP] 😀 שלום {0} $x$", None),
    ):
        app.main.text_area(key=field).set_value(text)
        app.main.button(key=button).click().run()
        headline(app)
        assert app.main.text_area(key=field).value == text
        errors = [error.value.replace("\\", "") for error in app.main.error]
        assert len(errors) == (expected is not None), errors
        assert expected is None or expected in errors[0]


def test_the_evidence_of_a_rewriting_holds_the_style_and_the_sentence(app, monkeypatch):
    shown = []
    monkeypatch.setattr(versions, "show", lambda evidence, name: shown.append(evidence))
    opened(app, "Ad copy", "ad-what=Improve a sentence")
    headline(app)
    style, sentence = shown[-1].looked.parts
    assert (style.name, sentence.name) == ("Style", "Your sentence")
    assert style.positions[-1] < sentence.positions[0]
    assert len(shown[-1].looked.read) == len(style.tokens) + len(sentence.tokens)


def test_a_text_that_goes_on_leaves_out_the_first_token_where_attention_parks(app, monkeypatch):
    shown = []
    monkeypatch.setattr(versions, "show", lambda evidence, name: shown.append(evidence))
    opened(app, "Story and translation")
    app.main.text_area(key="sentence-text").set_value("The cat sat on the mat").run()
    app.main.button(key="sentence-ask").click().run()
    assert "goes on from “The cat sat on the mat”" in headline(app)
    (part,) = shown[-1].looked.parts
    read = shown[-1].steps[0].prompt.tokens
    assert part.positions == tuple(range(1, len(read)))
    assert part.tokens == read[1:]


def test_inputs_and_answers_stay_while_another_page_is_open(app):
    opened(app, "Ad copy")
    app.main.text_area(key="ad-product").set_value("a red umbrella").run()
    app.main.segmented_control(key="ad-tone").set_value("urgent").run()
    assert "toothbrush" in headline(app)
    assert "You changed something" in "".join(caption.value for caption in app.main.caption)
    app.main.button(key="ad-ask").click().run()
    assert "red umbrella" in headline(app)
    app.main.segmented_control(key="use").set_value("Code").run()
    assert "Python" in headline(app)
    app.switch_page("pages/apply/scale.py").run()
    app.switch_page(PAGE).run()
    app.main.segmented_control(key="use").set_value("Ad copy").run()
    assert app.main.text_area(key="ad-product").value == "a red umbrella"
    assert app.main.segmented_control(key="ad-tone").value == "urgent"
    assert "red umbrella" in headline(app)


def test_an_example_is_one_click(app):
    opened(app, "Ad copy")
    app.main.button(key="ad-example-Night train").click().run()
    assert "Venice" in headline(app)
    assert app.main.segmented_control(key="ad-tone").value == "elegant"


def test_writing_that_is_stopped_keeps_its_text_and_goes_on_when_asked(app, monkeypatch):
    told = []

    def stop_at_the_third(line: StatusLine, progress: object) -> None:
        told.append(progress)
        if len([one for one in told if "of at most" in one.message]) == 3:
            raise StopException()

    with monkeypatch.context() as during:
        during.setattr(StatusLine, "progress", stop_at_the_third)
        opened(app, "Story and translation")
    assert "Stopped after 3 tokens." in said(app)
    app.run()
    assert "Stopped after 3 tokens." in said(app)
    assert len(app.main.expander[1].dataframe[0].value) == 3
    app.main.button(key="go-on").click().run()
    assert "Stopped" not in said(app)
    assert len(app.main.expander[1].dataframe[0].value) > 3


@pytest.mark.parametrize(("program", "verdict"), [("{}", "It is valid Python"), ("{} +", "It is not valid Python")])
def test_code_is_shown_and_never_run(app, monkeypatch, tmp_path, program, verdict):
    proof = tmp_path / "ran.txt"
    program = program.format(f"__import__('pathlib').Path({str(proof)!r}).write_text('ran')")
    monkeypatch.setattr(code, "code_of", lambda text: program)
    opened(app, "Code")
    assert app.main.code[0].value == program
    assert verdict in said(app)
    assert "Nothing was run" in said(app)
    assert not proof.exists()
    app.main.segmented_control(key="code-language").set_value("Shell")
    app.main.button(key="code-ask").click().run()
    assert "only Python is parsed" in said(app)
    assert not proof.exists()


def test_a_translation_says_what_it_cannot_know(app):
    opened(app, "Story and translation", "text-kind=Translation")
    assert "deux petits lapins blancs" in headline(app)
    assert not app.main.warning
    table = app.main.expander[1].dataframe[0].value.set_index("token")
    assert table.loc["·blancs", "looked most at"] == "·white"
    app.main.button(key="translation-example-Words it does not know").click().run()
    assert "quantum”, “spectrometer" in app.main.warning[0].value
