"""The Generation page through the app's own frame, and what it hands to its component."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import llm_core
from llm_core import GenerationSettings
from llm_core.generation.choosing import luck
from llm_core.generation.shown import MEAN
from pages.shared.asking import ask, task
from pages.shared.components.generation import generation
from pages.shared.generation import parts, words
from pages.shared.generation.packet import generation_packet
from pages.shared.generation.store import Branch, Growth, grow, leave_what_never_began, remaining, stop
from tests.asked import facts, written
from tests.pages.test_packing import unpack

ROOT = Path(__file__).parents[2]
PAGE = "pages/explore/generation.py"
TIMEOUT = 180
PROMPT = "The cat sat on the mat"


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)


def opened(app: AppTest, **parameters: str) -> AppTest:
    """The page, opened with URL parameters."""
    app.query_params.update(parameters)
    return app.switch_page(PAGE).run()


def headline(app: AppTest) -> str:
    """The page's headline, after making sure that the page ran to its end."""
    assert not app.exception, app.exception
    headlines = [markdown.value for markdown in app.main.markdown if markdown.value.startswith("#### ")]
    assert len(headlines) == 1
    return headlines[0].replace("\\", "")


def growth_of(model, settings, **more) -> Growth:
    return Growth(("model", PROMPT), [Branch(written(model, PROMPT, settings), settings)], **more)


def test_the_translator_writes_french(app):
    opened(app, model="t5-mini-en-fr", text="The black cat sat on the table.")
    assert "translates this as “Le chat noir" in headline(app)
    assert len(app.main.expander) == 3
    assert app.main.expander[1].dataframe[0].value["token"].tolist()[1] == "·chat"


def test_a_decoder_goes_on_with_the_text_and_another_seed_with_another(app, tiny_folder):
    opened(app, model=str(tiny_folder("gpt2")), text=PROMPT, tokens="8")
    first = headline(app)
    assert "goes on with" in first
    next(button for button in app.main.button if button.label.startswith("Another seed")).click().run()
    assert headline(app) != first
    assert app.main.number_input(key="seed").value == 1


def test_settings_come_from_the_address(app, tiny_folder, tiny):
    opened(app, model=str(tiny_folder("gpt2")), text=PROMPT, tokens="5", temperature="0.0", step="3")
    assert "5 tokens" in headline(app)
    expected = list(llm_core.generate(tiny("gpt2"), PROMPT, GenerationSettings(max_new_tokens=5, temperature=0)))
    table = app.main.expander[1].dataframe[0].value
    assert table["token"].tolist() == [step.token.label for step in expected]
    assert app.query_params["step"] in ("3", ["3"])


@pytest.mark.parametrize(
    "parameters",
    [{"step": "99", "tokens": "4"}, {"step": "-1", "temperature": "hot", "top-p": "7"}, {"step": "<b>", "way": "x"}],
)
def test_nonsense_in_the_address_is_ignored(app, tiny_folder, parameters):
    opened(app, model=str(tiny_folder("llama")), text=PROMPT, **parameters)
    assert "goes on with" in headline(app)
    assert not app.main.error


def test_beams_draw_a_tree(app):
    opened(app, model="t5-mini-en-fr", text="The black cat sat on the table.", way="Beam search", beams="3")
    assert "3 beams find “Le chat noir" in headline(app)
    table = app.main.expander[1].dataframe[0].value
    fates = set(table["what became of it"])
    assert {"kept: a beam goes on from here", "finished: one of the texts found"} < fates
    assert "let go: 3 others score higher" in fates


def test_an_encoder_fills_masks_at_once_and_one_after_another(app, tiny_folder):
    opened(app, model=str(tiny_folder("bert")), text="The [MASK] sat on the [MASK].")
    assert "fills 2 masks, surest of" in headline(app)
    app.main.toggle(key="after-another").set_value(True).run()
    headline(app)
    assert set(app.main.expander[1].dataframe[0].value["reading"]) == {1, 2}


def test_a_word_is_hidden_by_a_click(app, tiny_folder):
    opened(app, model=str(tiny_folder("bert")), text="The cat sat.")
    assert "Hide a word" in headline(app)
    next(button for button in app.main.button if button.label == "sat\\.").click().run()
    assert app.sidebar.text_area(key="text").value == "The cat [MASK]."
    assert "fills the mask" in headline(app)


def test_an_encoder_without_a_head_offers_models_that_write(app):
    opened(app, model="minilm-l6", text="The black cat sat on the table.")
    assert "reads texts, but it does not write" in headline(app)
    next(button for button in app.main.button if button.label == "t5-mini-en-fr").click().run()
    assert "translates this as “Le chat noir" in headline(app)


@pytest.mark.parametrize(
    ("model", "text", "says"),
    [
        ("t5-mini-en-fr", "  ", "Expected a text"),
        ("t5-mini-en-fr", "word " * 400, "takes 128 at most"),
        ("./nowhere.gguf", "Hello", "No folder or file is there"),
    ],
)
def test_bad_input_is_a_sentence(app, model, text, says):
    opened(app, model=model, text=text)
    headline(app)
    assert says in app.main.error[0].value


def test_an_example_is_one_click(app):
    opened(app, model="t5-mini-en-fr", text="I like the red car.")
    next(button for button in app.main.button if button.label == "Adjectives change places").click().run()
    assert "noir" in headline(app)


def test_what_the_files_rule_out_is_sent_as_ruled_out(app, tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder("gpt2"), tmp_path / "model")
    (folder / "generation_config.json").write_text(json.dumps({"suppress_tokens": [9, 10]}))
    opened(app, model=str(folder), text=PROMPT, tokens="4")
    assert "4 tokens" in headline(app)
    model = llm_core.load_model(folder)
    growth = growth_of(model, GenerationSettings(max_new_tokens=2, temperature=0), step=1)
    header, arrays = unpack(generation_packet(facts(model), growth))
    assert header["ownStages"] == ["suppress tokens"]
    assert np.flatnonzero(arrays["ownScores"] == -np.inf).tolist() == [9, 10]


def test_the_packet_holds_the_step_in_full_and_the_attention_of_every_step(tiny):
    settings = GenerationSettings(max_new_tokens=6, temperature=0.9, seed=2)
    growth = growth_of(
        tiny("bart"), settings, step=3, looking={"decoder": (1, 2), "cross": (0, MEAN), "encoder": (1, 0)}
    )
    header, arrays = unpack(generation_packet(facts(tiny("bart")), growth))
    steps = growth.branch.steps
    np.testing.assert_array_equal(arrays["logits"], steps[3].logits)
    np.testing.assert_allclose(arrays["luck"], luck(steps[3].draw, len(steps[3].logits)), rtol=1e-6)
    assert [step["i"] for step in header["steps"]] == [step.token.id for step in steps]
    for place, step in enumerate(steps):
        row = arrays["decoderAttention"][place]
        own = step.attention("decoder", 1, [2])[0, 0]
        np.testing.assert_allclose(row[: len(own)], own, atol=1e-6)
        assert not row[len(own) :].any()
        cross = step.attention("cross", 0).mean(axis=0)[0]
        np.testing.assert_allclose(arrays["crossAttention"][place], cross, atol=1e-6)
    assert arrays["cacheTokens"].tolist() == [[layer.tokens for layer in step.cache] for step in steps]
    assert arrays["context"].tolist() == [token.id for token in steps[3].key_tokens("decoder")]


def test_branches_are_kept_and_found_again(tiny):
    model = tiny("gpt2")
    settings = GenerationSettings(max_new_tokens=6, temperature=0)
    growth = growth_of(model, settings)
    other = growth.branch.steps[2].candidates[3].token.id
    grow(facts(model), growth, 2, other)
    assert (growth.current, growth.step) == (1, 2)
    assert growth.branch.numbers == [*growth.branches[0].numbers[:2], other]
    assert growth.branch.steps[2].picked
    assert not growth.branch.finished
    growth.current = 0
    grow(facts(model), growth, 2, other)
    assert len(growth.branches) == 2
    assert growth.current == 1
    grow(facts(model), growth, 99, 5)
    grow(facts(model), growth, 0, 10**7)
    assert len(growth.branches) == 2


def test_other_settings_draw_with_the_luck_of_the_step_and_nobody_picked_that(tiny):
    model = tiny("gpt2")
    settings = GenerationSettings(max_new_tokens=6, temperature=1.0, seed=4)
    growth = growth_of(model, settings, run=object())
    hot = replace(settings, temperature=3.0)
    first = growth.branch.steps
    grow(facts(model), growth, 2, None, hot)
    assert growth.branch.numbers == [step.token.id for step in first[:2]]
    assert len(list(remaining(facts(model), growth))) == 4
    step = growth.branch.steps[2]
    assert not step.picked
    assert not any(one.picked for one in growth.branch.steps)
    product = np.exp(np.asarray(first[2].logits) / 3.0) * luck(first[2].draw, len(first[2].logits))
    assert step.token.id == int(product.argmax())
    growth.current = 0
    grow(facts(model), growth, 2, None, hot)
    assert (len(growth.branches), growth.current) == (2, 1)


def test_each_step_is_told_with_the_settings_that_chose_it(tiny):
    model = tiny("gpt2")
    settings = GenerationSettings(max_new_tokens=6, temperature=0)
    growth = growth_of(model, settings, run=object())
    grow(facts(model), growth, 3, None, replace(settings, temperature=1.5))
    list(remaining(facts(model), growth))
    told = []
    for growth.step in (2, 3):
        told.append(unpack(generation_packet(facts(model), growth))[0]["settings"]["temperature"])
    assert told == [0, 1.5]
    assert words.table(growth)["can be chosen"] == [1, 1, 1, 160, 160, 160]
    assert [branch["note"] for branch in unpack(generation_packet(facts(model), growth))[0]["branches"]] == [
        "temperature 0",
        "temperature 1.5, seed 0",
    ]


def test_a_token_picked_under_other_settings_stands_in_their_pipeline(tiny):
    model = tiny("gpt2")
    growth = growth_of(model, GenerationSettings(max_new_tokens=6, temperature=0), run=object())
    token = growth.branch.steps[2].candidates[1].token.id
    grow(facts(model), growth, 2, token, GenerationSettings(max_new_tokens=6, temperature=0.9, top_k=5))
    step = growth.branch.steps[2]
    assert (step.token.id, step.picked) == (token, True)
    assert [stage.name for stage in step.stages] == ["temperature", "top-k"]
    assert words.table(growth)["can be chosen"] == [1, 1, 5]


def test_whatever_is_asked_of_a_picked_step_is_asked_of_the_picked_one(tiny):
    model = tiny("gpt2")
    growth = growth_of(model, GenerationSettings(max_new_tokens=4, temperature=1.0, seed=4), step=2)
    assert len(unpack(generation_packet(facts(model), growth))[1]["luck"])
    token = next(one.token for one in growth.branch.steps[2].candidates if one.token != growth.branch.steps[2].token)
    grow(facts(model), growth, 2, token.id)
    assert len(unpack(generation_packet(facts(model), growth))[1]["luck"]) == 0
    step = growth.branch.steps[2]
    assert ask(task("engine.parts:inside", step, ["token"])) == token
    last = step.ending("limit")
    assert [ask(task("engine.parts:inside", last, [name])) for name in ("token", "picked", "finish")] == [
        token,
        True,
        "limit",
    ]
    assert (step.finish, step.possible) == ("", int((np.asarray(step.logits) > -np.inf).sum()))


def test_a_branch_that_is_stopped_before_it_begins_is_left_again(tiny):
    model = tiny("gpt2")
    growth = growth_of(model, GenerationSettings(max_new_tokens=3, temperature=0), run=object())
    grow(facts(model), growth, 0, None, GenerationSettings(max_new_tokens=3, temperature=2.0))
    assert (len(growth.branches), growth.branch.steps) == (2, [])
    stop(growth)
    leave_what_never_began(growth)
    assert (len(growth.branches), growth.current) == (1, 0)
    assert len(growth.branch.steps) == 3


def test_a_token_picked_in_the_last_place_ends_the_text_there(tiny):
    model = tiny("gpt2")
    growth = growth_of(model, GenerationSettings(max_new_tokens=4, temperature=0))
    grow(facts(model), growth, 3, growth.branch.steps[3].candidates[2].token.id)
    assert growth.branch.steps[3].picked
    assert growth.branch.steps[3].finish == "length"
    assert growth.branch.finished


def test_no_token_comes_once_the_writing_is_stopped(tiny):
    model = tiny("gpt2")
    settings = GenerationSettings(max_new_tokens=6, temperature=0)
    growth = Growth(("model", PROMPT), [Branch([], settings)], run=object())
    writing = iter(remaining(facts(model), growth))
    next(writing)
    stop(growth)
    assert list(writing) == []
    assert len(growth.branch.steps) == 1
    assert "1 token, " in words.headline_in_words(facts(model), growth)
    assert words.in_short(facts(model), growth).split(" · ")[1].startswith("6 tokens read, 1 written in ")


def test_a_visitor_cannot_keep_more_branches_than_fit(tiny, monkeypatch):
    monkeypatch.setattr("pages.shared.generation.store.MOST_GROWTH_STEPS", 1)
    growth = growth_of(tiny("gpt2"), GenerationSettings(max_new_tokens=3, temperature=0))
    assert growth.full
    grow(facts(tiny("gpt2")), growth, 1, growth.branch.steps[1].candidates[2].token.id)
    assert len(growth.branches) == 1


def test_what_the_browser_chooses_is_checked(tiny):
    model = tiny("gpt2")
    growth = growth_of(model, GenerationSettings(max_new_tokens=4, temperature=0))
    looking = dict(growth.looking)
    for nonsense in (
        None,
        {},
        {"number": 1, "kind": "step", "step": 10**6},
        {"number": 2, "kind": "goto", "branch": 7, "step": "x"},
        {"number": 3, "kind": "looking", "stack": "cross", "layer": 0, "head": 0},
        {"number": 4, "kind": "looking", "stack": "decoder", "layer": 99, "head": 0},
        {"number": 5, "kind": "branch", "step": 1, "token": "</script>"},
        {"number": True, "kind": "branch", "step": 1, "token": 3},
    ):
        parts.take(facts(model), growth, nonsense)
    assert growth.step == 1
    assert growth.looking == looking
    assert len(growth.branches) == 1
    parts.take(facts(model), growth, {"number": 6, "kind": "looking", "stack": "decoder", "layer": 1, "head": 2})
    assert growth.looking == {"decoder": (1, 2)}
    sliders = {"temperature": 1.5, "topK": 5, "topP": 0.9, "minP": 0, "typicalP": 1, "penalty": 1.2}
    parts.take(facts(model), growth, {"number": 7, "kind": "branch", "step": 1, "token": 9, "settings": sliders})
    assert growth.branch.settings.temperature == 1.5
    assert growth.branch.settings.top_k == 5


def test_numbers_and_picture_can_be_saved(tiny):
    model = tiny("gpt2")
    growth = growth_of(model, GenerationSettings(max_new_tokens=4, top_k=5))
    rows = list(csv.DictReader(io.StringIO(parts.as_csv(growth))))
    assert {row["step"] for row in rows} == {"1", "2", "3", "4"}
    assert sum(int(row["written"]) for row in rows) == 4
    assert "top-k" in {row["excluded_by"] for row in rows}
    saved = json.loads(parts.as_json(growth))
    assert [step["id"] for step in saved["steps"]] == growth.branch.numbers
    page = generation.page(
        generation_packet(facts(model), growth, standalone=True), "<script>alert(1)</script>", "dark"
    )
    assert "<script>alert(1)" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
