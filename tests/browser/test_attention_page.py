"""What a visitor sees and can do on the Attention page, in a real browser."""

from __future__ import annotations

import io
import json
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import llm_core
from llm_core.examples import EXAMPLES
from llm_core.figures.palette import DARK, LIGHT
from llm_core.samples import TEXT

PLOT = ".js-plotly-plot"


def headline(page: Page):
    return page.get_by_role("heading", level=4)


def settled(page: Page) -> None:
    """Wait until the app has finished its run and the picture stands."""
    page.locator(f"{PLOT} .main-svg, iframe").first.wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(400)


def plotted(page: Page) -> list[dict]:
    """The traces that plotly has drawn, with typed arrays as lists."""
    page.locator(PLOT).wait_for()
    settled(page)
    return json.loads(
        page.evaluate(
            """selector => JSON.stringify(document.querySelector(selector).data.map(t => ({
                type: t.type, name: t.name, mode: t.mode,
                z: t._inputArray || (t.z && t.z._inputArray) || t.z,
            })), (key, value) => ArrayBuffer.isView(value) ? Array.from(value) : value)""",
            PLOT,
        )
    )


def colours(page: Page) -> set[tuple[int, int, int]]:
    """Every colour of the picture as it is on the screen."""
    image = Image.open(io.BytesIO(page.locator(PLOT).screenshot())).convert("RGB")
    return {colour for _, colour in image.getcolors(1 << 20)}


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def test_the_first_picture_is_there_and_answers_the_question(visit):
    page = visit()
    expect(headline(page)).to_contain_text("“it” looks most at “cat”")
    settled(page)
    expect(page.locator(f"{PLOT} .scatterlayer .js-line").first).to_be_attached()
    assert rgb(LIGHT.query) in colours(page)


def test_the_matrix_shows_the_weights_of_the_trace(visit, minilm):
    page = visit(view="Matrix", layer="3", head="2")
    expect(headline(page)).to_contain_text("In layer 3, head 2")
    drawn = next(trace for trace in plotted(page) if trace["type"] == "heatmap")["z"]
    drawn = drawn if isinstance(drawn[0], list) else [drawn[start : start + 13] for start in range(0, 169, 13)]
    expected = llm_core.trace(minilm, TEXT).attention("encoder", 3, [2])[0]
    assert len(drawn) == 13
    for row, wanted in zip(drawn, expected, strict=True):
        assert row == pytest.approx(wanted.tolist(), abs=1e-3)


def test_what_a_decoder_cannot_see_is_hatched(visit):
    page = visit(model="smollm2-135m", view="Matrix")
    names = [trace.get("name") for trace in plotted(page)]
    assert "masked" in names
    assert page.locator(f"{PLOT} pattern").count() > 0


def test_hovering_a_cell_names_both_tokens_and_the_weight(visit):
    page = visit(view="Matrix")
    settled(page)
    box = page.locator(f"{PLOT} .heatmaplayer image").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 2.5 / 13, box["y"] + box["height"] * 8.5 / 13)
    tip = page.locator(f"{PLOT} .hoverlayer .hovertext").first
    expect(tip).to_contain_text("it [8] → cat [2]")
    expect(tip).to_contain_text(re.compile(r"\d+\.\d%"))


def test_clicking_a_token_singles_it_out_and_the_url_says_so(visit):
    page = visit()
    settled(page)
    label = page.locator(f"{PLOT} .textpoint text", has_text=re.compile("^tired$")).first
    box = label.bounding_box()
    page.mouse.click(box["x"] + box["width"] + 8, box["y"] + box["height"] / 2)
    expect(headline(page)).to_contain_text("“tired” looks most at")
    assert "token=10" in page.url


def test_layer_and_heads_change_the_picture_and_a_link_brings_it_back(visit):
    page = visit()
    settled(page)
    page.get_by_role("button", name="All heads").click()
    expect(headline(page)).to_contain_text("the mean of 12 heads")
    page.get_by_role("slider", name="Layer").focus()
    page.keyboard.press("ArrowLeft")
    expect(headline(page)).to_contain_text("In layer 4")
    sentence = headline(page).inner_text()
    parameters = page.url.split("?")[1]
    again = visit()
    again.goto(f"{again.url.split('?')[0]}?{parameters}")
    expect(headline(again)).to_have_text(sentence)


def test_a_text_of_ones_own_is_traced(visit):
    page = visit()
    settled(page)
    page.get_by_role("textbox", name="Text").fill("The old teacher thanked her students because they helped.")
    page.get_by_role("button", name="Show its attention").click()
    page.locator(f"{PLOT} .textpoint", has_text="teacher").first.wait_for()
    assert "teacher" in page.url


def test_an_example_is_one_click(visit):
    page = visit()
    settled(page)
    example = EXAMPLES[1]
    page.get_by_role("button", name=example.question).click()
    expect(headline(page)).to_contain_text(f"“{example.word}” looks most at “{example.finds}”")


@pytest.mark.parametrize(("view", "most"), [("BertViz heads", "svg text"), ("BertViz model", "svg")])
def test_bertviz_draws_offline(visit, view, most):
    page = visit(view=view)
    frame = page.frame_locator("iframe")
    frame.locator("#vis svg").first.wait_for()
    assert frame.locator(f"#vis {most}").count() > (20 if view.endswith("heads") else 0)
    assert frame.locator("#vis line, #vis path").count() > 12


def test_tokens_cannot_run_scripts(visit):
    text = "</script><script>window.top.hacked=1</script><img src=x onerror=window.top.hacked=1> & <b>bold</b>"
    for view in ("Lines", "Matrix", "BertViz heads", "BertViz model"):
        page = visit(text=text, view=view)
        page.locator(f"{PLOT}, iframe").first.wait_for()
        settled(page)
        assert page.evaluate("window.hacked") is None
        if view == "BertViz heads":
            page.frame_locator("iframe").locator("text", has_text=re.compile("^<$")).first.wait_for()


def test_dark_is_dark_and_light_is_light(visit):
    for dark, theme in ((False, LIGHT), (True, DARK)):
        page = visit(dark=dark)
        settled(page)
        background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        assert tuple(map(int, re.findall(r"\d+", background)[:3])) == rgb(theme.background)
        assert rgb(theme.background) in colours(page)
        assert rgb(theme.key) in colours(page)


def test_a_phone_scrolls_only_down(visit):
    for view in ("Lines", "Matrix"):
        page = visit(phone=True, view=view)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = page.locator(PLOT).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_bad_input_is_a_sentence_and_no_traceback(visit):
    for parameters in ({"model": "no such model!"}, {"text": " "}, {"model": "/"}, {"text": "word " * 700}):
        page = visit(**parameters)
        expect(page.get_by_role("alert").first).to_be_visible()
        assert page.locator("[data-testid=stException]").count() == 0
        expect(headline(page)).to_contain_text("“it” looks most at “cat”")


def test_the_picture_and_its_numbers_can_be_saved(visit):
    page = visit()
    settled(page)
    page.get_by_text("Save this picture").click()
    for label, ending in (("HTML", ".html"), ("CSV", ".csv"), ("JSON", ".json")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        saved = download.value.path().read_text(encoding="utf-8")
        assert download.value.suggested_filename.endswith(ending)
        assert "cat" in saved
        if ending == ".json":
            assert len(json.loads(saved)["attention"][0]) == 13


def test_a_long_text_shows_a_part_and_says_so(visit):
    page = visit(text="The cat sat on the mat. " * 30, token="all tokens")
    settled(page)
    expect(page.get_by_text(re.compile("Drawn: the .* strongest of"))).to_be_visible()
    page = visit(text="The cat sat on the mat. " * 60, view="Matrix")
    expect(page.get_by_text(re.compile("An overview: each cell shows the largest weight in a block"))).to_be_visible()
