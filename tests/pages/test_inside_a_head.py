"""The page Inside a head through the app's own frame, and the numbers it hands out."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import llm_core
from llm_core.heads.examples import EXAMPLES
from llm_core.numbers import four_digits
from llm_core.samples import TEXT
from pages.shared.components.inside_head import inside_head
from pages.shared.inside.numbers import as_csv, as_json, key_table, shown_keys, steps_of, vector_table
from pages.shared.inside.packet import inside_packet
from pages.shared.looking import Looking
from tests.messages import check_sent, unpack

ROOT = Path(__file__).parents[2]
PAGE = "pages/explore/inside_a_head.py"
TIMEOUT = 180


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
    assert len(app.main.expander) == 3
    return headlines[0].replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


def difference(app: AppTest) -> str:
    """What the page says of the library's numbers."""
    return next(said.value for said in app.main.markdown if said.value.startswith("Largest difference"))


def worked(model, text=TEXT, layer=0, head=0, query=3, stack=None, target=None):
    trace = llm_core.trace(model, text, target)
    observed = llm_core.observe_layer(model, trace, stack or model.family, layer)
    return llm_core.work_head(model, observed, head, query)


def test_it_opens_at_the_head_that_links_it_to_cat(app):
    said = headline(opened(app))
    match = r"head 1, “it” looks at “cat” with (\d+\.\d) % because their query and key match best: score \d+\.\d+;"
    assert float(re.search(match, said)[1]) > 90
    assert len(re.findall(r"\*\*\d\.\de−\d\*\*", difference(app))) == 3


def test_the_address_chooses_layer_head_token_and_key(app):
    said = headline(opened(app, layer="2", head="5", token="4", key="9"))
    assert said.startswith("#### In layer 2, head 5, “on” looks at “was” with")


def test_what_the_address_may_not_say_is_ignored(app):
    said = headline(opened(app, layer="99", head="x", key="99999", step="<script>"))
    assert "“it” looks at “cat”" in said
    assert app.session_state["inside_step"] == "vector"


def test_the_numbers_stand_in_a_table_of_their_own(app):
    headline(opened(app, layer="0", head="0", token="3"))
    table, vectors = (frame.value for frame in app.main.dataframe)
    assert list(table["key"])[:3] == ["[CLS]", "the", "cat"]
    assert len(table) == 13
    assert len(vectors) == 32


def test_the_address_opens_a_step_and_is_told_which_one_is_open(app):
    headline(opened(app, step="softmax"))
    assert app.query_params["step"] in ("softmax", ["softmax"])
    headline(app.run())
    assert app.session_state["inside_step"] == "softmax"


def test_another_text_and_the_encoder_decoder_draw(app):
    opened(app)
    app.sidebar.selectbox(key="model").set_value("t5-mini-en-fr")
    next(button for button in app.sidebar.button if button.label == "Run the model").click().run()
    assert "In cross-attention layer" in headline(app)


@pytest.mark.parametrize("example", EXAMPLES[:2], ids=lambda example: example.question)
def test_an_example_opens_at_its_word(app, example):
    opened(app)
    next(button for button in app.sidebar.button if button.label == example.question).click().run()
    assert re.search(rf"“{example.word}”( \[\d+\])? looks at", headline(app))


def test_a_model_that_keeps_its_queries_to_itself_says_so(app, tiny_folder):
    app.query_params["model"] = str(tiny_folder("bloom"))
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception
    assert any("hands out its weights but not its queries" in info.value for info in app.main.info)


def test_the_packet_holds_the_records_numbers(minilm):
    work = worked(minilm, layer=5, head=11, query=8)
    place = Looking("encoder", 5, (11,), 8, None, rows=None, columns=None, number=7)
    packet = inside_packet(work, llm_core.trace(minilm, TEXT), place, "match")
    check_sent(inside_head, packet)
    header, arrays = unpack(packet)
    assert (header["key"], header["keyTokens"][2]["t"], header["step"], header["number"]) == (2, "cat", "match", 7)
    np.testing.assert_allclose(arrays["query"], work.query.result, rtol=1e-6)
    np.testing.assert_allclose(arrays["keys"], work.keys.result, rtol=1e-6)
    np.testing.assert_allclose(
        arrays["dots"], work.products(2).sum() + work.scores.dots - work.scores.dots[2], rtol=1e-5
    )
    for name, numbers in (("scores", work.scores.masked), ("exponentials", work.scores.exponentials)):
        np.testing.assert_allclose(arrays[name], numbers, rtol=1e-6)
    np.testing.assert_allclose(arrays["weights"], work.weights, rtol=1e-6)
    assert arrays["weights"][2] == pytest.approx(0.712, abs=0.001)
    differences = dict(header["differences"])
    assert len(differences) == 6
    assert 0 < max(differences.values()) < 1e-4


def test_a_step_that_a_head_has_none_of_gives_way_to_the_first(minilm):
    place = Looking("encoder", 5, (11,), 8, None, rows=None, columns=None)
    work = worked(minilm, layer=5, head=11, query=8)
    header, _ = unpack(inside_packet(work, llm_core.trace(minilm, TEXT), place, "norm"))
    assert header["step"] == "vector"


def test_a_short_text_shows_every_key(minilm):
    keys = shown_keys(worked(minilm))
    assert keys.positions.tolist() == list(range(13))
    assert (keys.left_out, keys.closed) == (0, 0)


def test_a_long_text_shows_the_strongest_keys_and_the_chosen_one_and_says_what_is_left_out(tiny):
    work = worked(tiny("llama"), "The cat sat on the mat because it was tired. " * 6, query=60)
    keys = shown_keys(work, chosen=7)
    strongest = set(np.argsort(-work.weights)[:24].tolist())
    assert set(keys.positions.tolist()) == strongest | {7}
    assert keys.chosen == 7
    assert keys.left_out == 61 - len(keys.positions)
    assert keys.closed == len(work.weights) - 61
    assert keys.weight_left_out == pytest.approx(1 - work.weights[keys.positions].sum())


@pytest.mark.parametrize("chosen", [-1, 99, None])
def test_a_key_that_does_not_exist_gives_way_to_the_strongest(minilm, chosen):
    work = worked(minilm, layer=5, head=11, query=8)
    assert shown_keys(work, chosen).chosen == 2


def test_the_step_of_the_norm_is_there_only_where_queries_are_normalised(tiny):
    assert "norm" in steps_of(worked(tiny("gemma3")))
    assert "norm" not in steps_of(worked(tiny("llama")))


def test_the_tables_hold_the_records_numbers(minilm):
    work = worked(minilm, layer=5, head=11, query=8)
    keys, vectors = key_table(work), vector_table(work, 2)
    assert keys["weight"][2] == four_digits(work.weights[2])
    assert vectors["product"][7] == four_digits(work.query.result[7] * work.keys.result[2, 7])


def test_closed_keys_are_said_to_be_closed(tiny):
    table = key_table(worked(tiny("gpt2"), query=2))
    assert table["score"][3] == "cannot look"
    assert table["weight"][3] == "0"


def test_json_has_every_number(tiny):
    work = worked(tiny("llama"))
    told = json.loads(as_json(work))
    assert told["query"] == 3
    numbers = told["numbers"]
    np.testing.assert_allclose(numbers["weight"], work.weights, atol=1e-8)
    np.testing.assert_allclose(numbers["key result"], work.keys.result, rtol=1e-7)
    assert numbers["score"][-1] is None
    assert set(told["largest_differences"]) >= {"weights", "attention_output"}


def test_csv_has_every_number_on_a_line_of_its_own(tiny):
    work = worked(tiny("bert"))
    lines = list(csv.DictReader(io.StringIO(as_csv(work))))
    weights = [line for line in lines if line["what"] == "weight"]
    assert [float(line["number"]) for line in weights] == pytest.approx(work.weights.tolist(), rel=1e-6)
    assert len([line for line in lines if line["what"] == "key result"]) == work.keys.result.size
    assert {line["key_token"] for line in weights} == {token.label for token in work.layer.key_tokens}


def test_a_long_text_shows_what_the_trace_knows_and_then_the_rest(app, tiny_folder):
    app.query_params.update({"model": str(tiny_folder("llama")), "text": "The cat sat on the mat. " * 30})
    app.run()
    app.switch_page(PAGE).run()
    assert "looks at" in headline(app)
    assert "e−" in difference(app)
