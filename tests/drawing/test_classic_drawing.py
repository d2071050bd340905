"""BertViz's own views on a blank page without a network."""

from __future__ import annotations

import pytest

from llm_core.figures.classic import classic_page
from llm_core.figures.palette import LIGHT
from llm_core.samples import TEXT, sample
from tests.drawing.test_attention_drawing import HOSTILE
from tests.made_traces import made_trace


@pytest.fixture
def blank(browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.mark.parametrize(("view", "parts", "least"), [("head", "svg text", 21), ("model", "svg", 1)])
def test_bertviz_draws_offline(blank, view, parts, least):
    trace = sample("minilm-l6-mlm", TEXT)
    blank.set_content(classic_page(trace, "encoder", 3, view, theme=LIGHT, heads=(1,)))
    blank.locator("#vis svg").first.wait_for()
    assert blank.locator(f"#vis {parts}").count() >= least
    assert blank.locator("#vis line, #vis path").count() > 12


@pytest.mark.parametrize("view", ["head", "model"])
def test_tokens_cannot_run_scripts(blank, view):
    count = len(HOSTILE.split())
    trace = made_trace({"encoder": [[[[1 / count] * count] * count] * 2]}, HOSTILE)
    blank.set_content(classic_page(trace, "encoder", 0, view, theme=LIGHT))
    blank.locator("#vis svg").first.wait_for()
    assert blank.evaluate("window.hacked") is None
    if view == "head":
        assert "<b>bold</b>" in blank.locator("#vis svg").first.text_content()
