"""The Attention page through the app's own frame, as a visitor's session runs it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import llm_core
from llm_core.engine.bench import models_of
from llm_core.engine.local import LocalEngine
from llm_core.heads.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
TIMEOUT = 240
PATIENCE = 400


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    return app.switch_page("pages/explore/attention.py")


def drawn(app: AppTest) -> str:
    """The page's headline, after making sure that the page ran to its end."""
    assert not app.exception, app.exception
    headlines = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    assert len(headlines) == 1
    assert len(app.main.expander) == 4
    return headlines[0]


def when_said(app: AppTest, beginning: str) -> str:
    """What the page says in a paragraph that begins so, once what is worked out beside the page is there."""
    for _ in range(PATIENCE):
        plain = [markdown.value.replace("\N{NO-BREAK SPACE}", " ") for markdown in app.main.markdown]
        said = [sentence for sentence in plain if beginning in sentence]
        if said:
            return said[0]
        time.sleep(0.5)
        app.run()
        drawn(app)
    raise AssertionError(f"The page never said {beginning!r}.")


def linked_words(app: AppTest) -> list[str]:
    """The tokens of the strongest links, from the table behind the picture."""
    table = app.main.dataframe[0].value
    return [*table["looks"], *table["is looked at"]]


def submit(app: AppTest) -> AppTest:
    button = next(button for button in app.sidebar.button if button.label == "Run the model")
    return button.click().run()


def test_the_first_picture_answers_who_is_tired(app):
    assert "“it” looks most at “cat”" in drawn(app.run())


def test_the_first_picture_needs_no_model(app, monkeypatch):
    for name in ("ask", "look"):
        asked = getattr(LocalEngine, name)

        def refuse(self, task, *given, asked=asked):
            if models_of(task):
                raise llm_core.UnreachableModelError("No model can be had.")
            return asked(self, task, *given)

        monkeypatch.setattr(LocalEngine, name, refuse)
    drawn(app.run())
    assert not app.main.error


def test_another_text_is_traced(app):
    app.run()
    app.sidebar.text_area(key="text").set_value("A bird sings in the old tree.")
    submit(app)
    drawn(app)
    assert any("bird" in word for word in linked_words(app))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.question)
def test_every_example_opens_with_its_answer(app, example):
    app.run()
    next(button for button in app.sidebar.button if button.label == example.question).click().run()
    assert f"“{example.word}” looks most at “{example.finds}”" in re.sub(r" \\\[\d+\\\]", "", drawn(app))


def test_every_layer_and_set_of_heads_draws(app):
    for layer, heads in (("2", ["0", "3", "7"]), ("0", [str(head) for head in range(12)]), ("5", ["11"])):
        app.query_params.update({"layer": layer, "head": heads})
        said = drawn(app.run())
        assert f"layer {layer}, the mean of {len(heads)} heads" in said or f"layer {layer}, head {heads[0]}" in said


def test_bertviz_is_made_when_asked_for(app):
    app.run()
    for kind in ("head", "model"):
        app.main.segmented_control(key="bertviz").set_value(kind).run()
        drawn(app)
        assert any(f"BertViz's own {kind} view" in caption.value for caption in app.main.caption)


def test_a_switched_off_head_is_measured_beside_random_heads(app):
    app.query_params.update({"off": "encoder.5.11", "layer": "5", "head": "11"})
    drawn(app.run())
    assert any("encoder layer 5, head 11" in caption.value for caption in app.main.caption)
    assert when_said(app, "without random heads in")
    app.main.button(key="reset-off").click().run()
    drawn(app)
    assert any("No head is off" in caption.value for caption in app.main.caption)
    assert "off" not in app.query_params


def test_a_decoder_without_its_induction_heads_copies_worse(app):
    off = ["decoder.18.6", "decoder.17.4", "decoder.17.5", "decoder.17.3"]
    app.query_params.update({"model": "smollm2-135m", "text": "The blue whale sang.", "off": off})
    drawn(app.run())
    said = when_said(app, "Copying random sequences")
    before, after = (float(number) for number in re.findall(r"\*\*([\d.]+) %\*\*", said))
    assert after < before - 10
    assert "12 sequences, 180 repeated words" in said
    assert said.count("95 % interval") == 3
    assert "fewer words come out right than without random ones" in said


def marked(app: AppTest) -> str:
    """What the page says of which trace is drawn."""
    return when_said(app, "**Drawn: ")


def test_what_is_drawn_is_the_changed_model_until_the_visitor_flips_back(app):
    app.query_params.update({"off": ["encoder.1.3", "encoder.1.7"], "layer": "4", "head": "2", "token": "all"})
    drawn(app.run())
    assert "**Drawn: without encoder layer 1, heads 3, 7**" in marked(app)
    without = app.main.dataframe[0].value
    assert when_said_below(app, "Layers 0 to 1 are the same before and after")
    app.main.segmented_control(key="drawn").set_value("all").run()
    drawn(app)
    assert "**Drawn: with all heads.**" in marked(app)
    assert not app.main.dataframe[0].value.equals(without)
    request = app.session_state["last_shown"].request
    model = llm_core.load_model(request.model)
    for way in ("without", "all"):
        edits = llm_core.Edits({("encoder", 1): (3, 7)} if way == "without" else {})
        trace = llm_core.trace(model, request.text, edits=edits)
        app.main.segmented_control(key="drawn").set_value(way).run()
        shown = app.main.dataframe[0].value
        strongest = trace.attention("encoder", 4, [2])[0].max()
        assert shown["weight"][0] == f"{100 * strongest:.1f} %"


def when_said_below(app: AppTest, beginning: str) -> bool:
    """True once a caption says so."""
    for _ in range(PATIENCE):
        if any(beginning in caption.value for caption in app.main.caption):
            return True
        time.sleep(0.5)
        app.run()
    return False


def test_a_layer_that_nothing_reaches_is_said_to_be_the_same(app):
    app.query_params.update({"off": "encoder.3.1", "layer": "2", "head": "5"})
    drawn(app.run())
    assert "This layer is the same before and after" in marked(app)
    app.query_params.update({"layer": "3", "head": "1"})
    drawn(app.run())
    assert "What head 1 of this layer looks at is not passed on." in marked(app)
    app.main.button(key="reset-off").click().run()
    drawn(app)
    assert not any("**Drawn: " in markdown.value for markdown in app.main.markdown)


def test_a_link_says_what_a_head_that_is_off_gives_out_before_its_control_is_drawn(app):
    app.query_params.update({"off": "encoder.3.1", "layer": "3", "head": "1", "ablation": "its mean over this text"})
    drawn(app.run())
    assert "in whose place stands its mean over this text" in marked(app)
    guided = [line.value for line in app.main.markdown if "training guided layer 3, head 1" in line.value]
    assert len(guided) == 2, "once for the head that is looked at, once for the head that is off"


@pytest.mark.parametrize(
    ("model", "stack", "target", "said"),
    [
        ("minilm-l6-mlm", "encoder", "", ["the last word, masked", "the kept token, masked"]),
        ("smollm2-135m", "decoder", "", ["after the text", "after the kept token"]),
        ("t5-mini-en-fr", "cross", "Le chat.", ["where it changes most", "after the kept token"]),
        ("t5-mini-en-fr", "encoder", "Le chat.", None),
    ],
)
def test_what_of_the_output_is_looked_at_is_named_as_what_it_is(app, model, stack, target, said):
    app.query_params.update({"model": model, "stack": stack, "token": "2", "layer": "0", "head": "0"})
    if target:
        app.query_params["target"] = target
    drawn(app.run())
    controls = [control for control in app.main.segmented_control if control.key == "output"]
    assert (controls[0].options if controls else None) == said


def test_the_heads_shown_are_switched_off_by_a_button(app):
    app.query_params.update({"layer": "4", "head": ["1", "2"]})
    app.run()
    app.main.button(key="switch-shown").click().run()
    drawn(app)
    assert app.query_params["off"] == ["encoder.4.1", "encoder.4.2"]


def test_one_link_is_read_three_ways(app):
    app.run()
    drawn(app)
    when_said(app, "by rollout")
    said = when_said(app, "of what is carried over (rank 1")
    assert said.startswith("“it” looks at “cat”")


def test_url_values_choose_the_view(app):
    app.query_params.update({"layer": "2", "head": "5", "text": "One red fox ran home."})
    assert "In layer 2, head 5" in drawn(app.run())
    assert app.sidebar.text_area(key="text").value == "One red fox ran home."


@pytest.mark.parametrize(
    "params",
    [
        {"layer": "99", "head": "-4"},
        {"layer": "x", "head": "y", "token": "zzz", "rows": "9-x", "off": "<script>"},
        {"rows": "900-1", "columns": "5-3", "off": ["encoder.99.99", "cross.0.0"], "ablation": "none"},
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
    assert "In cross\\-attention" in drawn(app)
    app.sidebar.text_input(key="target").set_value("le chat")
    submit(app)
    assert any("[PAD]" in word for word in linked_words(app))
    next(button for button in app.sidebar.button if button.label == EXAMPLES[3].question).click().run()
    assert app.sidebar.text_input(key="target").value == ""


@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
def test_the_translator_shows_encoder_decoder_and_cross_attention(app, stack):
    app.query_params.update({"model": "t5-mini-en-fr", "text": "The black cat sat.", "stack": stack, "token": "all"})
    assert f"In {'cross-attention' if stack == 'cross' else stack} layer" in drawn(app.run()).replace("\\", "")
    assert any("cat" in word for word in linked_words(app)) == (stack != "decoder")
    assert any("chat" in word for word in linked_words(app)) == (stack != "encoder")


def test_a_model_with_an_attention_of_its_own_draws(app, tiny_folder):
    app.query_params["model"] = str(tiny_folder("bloom"))
    app.run()
    drawn(app)
    assert any("model's own" in caption.value for caption in app.main.expander[0].caption)


def test_grouped_heads_are_told(app):
    app.query_params["model"] = "smollm2-135m"
    drawn(app.run())
    assert "9 heads have 3 of them" in app.main.expander[0].markdown[0].value


def test_no_page_script_lies_directly_in_pages():
    assert list((ROOT / "pages").glob("*.py")) == []
