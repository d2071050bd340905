"""What a visitor sees and can do on the Embeddings page, in a real browser."""

from __future__ import annotations

import io
import json
import re
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import llm_core
from llm_core.figures.palette import DARK, LIGHT
from llm_core.lens.logit_lens import logit_lens

PLOT = ".js-plotly-plot"
HOSTILE = "<script>window.hacked=1</script> **bold** $x$ :smile: <img src=x onerror=window.hacked=1>"


@pytest.fixture
def open_page(visit, server):
    """A function that opens the page with URL parameters, in a session that has seen the first page."""

    def opened(*, dark: bool = False, phone: bool = False, **parameters: str) -> Page:
        page = visit(dark=dark, phone=phone)
        page.goto(f"{server}/embeddings?{urlencode(parameters)}")
        page.set_default_timeout(120_000)
        settled(page)
        return page

    return opened


def headline(page: Page):
    return page.get_by_role("heading", level=4)


def settled(page: Page) -> None:
    headline(page).first.wait_for()
    page.locator(f"{PLOT} .main-svg, [data-testid=stAlert]").first.wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(500)


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def drawn(page: Page, number: int = 0) -> list[dict]:
    return json.loads(
        page.evaluate(
            """number => {
                const plain = (array) => (array && array._inputArray) || array;
                const traces = document.querySelectorAll('.js-plotly-plot')[number].data.map((t) => ({
                    type: t.type, name: t.name, x: plain(t.x), y: plain(t.y), z: plain(t.z), text: t.text,
                }));
                return JSON.stringify(traces, (key, value) => ArrayBuffer.isView(value) ? Array.from(value) : value);
            }""",
            number,
        )
    )


def test_the_map_glides_from_layer_to_layer_and_comes_back(open_page):
    page = open_page()
    expect(headline(page)).to_contain_text("After layer 2")
    before = drawn(page)[0]["x"]
    title = page.locator(f"{PLOT} .gtitle").first
    page.locator(".updatemenu-button").first.click()
    expect(title).to_have_text("after layer 4")
    assert np.abs(np.array(drawn(page)[0]["x"]) - np.array(before)).max() > 0.01
    expect(title).to_have_text("after layer 2", timeout=30_000)
    page.wait_for_timeout(800)
    np.testing.assert_allclose(drawn(page)[0]["x"], before, atol=1e-6)


def test_the_slider_moves_the_points_and_the_address_brings_them_back(open_page, server):
    page = open_page()
    page.get_by_role("slider", name="State").focus()
    page.keyboard.press("ArrowRight")
    expect(headline(page)).to_contain_text("After layer 3")
    assert "after=layer" in page.url
    settled(page)
    points = drawn(page)[0]["x"]
    page.reload()
    settled(page)
    expect(headline(page)).to_contain_text("After layer 3")
    np.testing.assert_allclose(drawn(page)[0]["x"], points, atol=1e-6)


def test_searching_marks_a_point(open_page):
    page = open_page()
    page.get_by_role("textbox", name="Find").fill("tired")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 points match “tired”.")).to_be_visible()
    assert drawn(page)[-1]["text"] == ["tired"]


def test_cat_finds_dog_and_king_finds_queen(open_page):
    page = open_page(part="Neighbours")
    expect(headline(page)).to_contain_text("Nearest to “cat”")
    expect(page.locator(f"{PLOT} .ytick text", has_text=re.compile("^dog$"))).to_be_visible()
    page.get_by_role("radio", name="Arithmetic").click()
    expect(headline(page)).to_contain_text("king − man + woman lies nearest to “queen”")


def test_a_class_sees_spring_split_and_paris_rise(open_page, smollm2):
    page = open_page(model="smollm2-135m", part="One word, several contexts")
    expect(headline(page)).to_contain_text("“spring” splits by meaning, most after layer 29")
    page.get_by_role("radio", name="Logit lens").click()
    expect(headline(page)).to_contain_text("“Paris” enters the first ten")
    settled(page)
    grid = drawn(page)[0]["z"]
    lens = logit_lens(smollm2, llm_core.trace(smollm2, "The capital of France is"))
    grid = np.array(grid).reshape(lens.answer_ranks.shape)
    np.testing.assert_allclose(grid, lens.probabilities[:, :, 0], atol=1e-3)
    words = np.array(drawn(page)[1]["text"]).reshape(lens.answer_ranks.shape)
    assert words[-1, -1] == "·Paris"


def test_tsne_is_made_while_the_page_stays_alive_and_can_be_stopped(open_page):
    page = open_page(points="Vocabulary", sample="10,000", method="t-SNE")
    stop = page.get_by_role("button", name="Stop t-SNE")
    stop.wait_for()
    expect(page.get_by_text("PCA is drawn meanwhile").first).to_be_visible()
    page.get_by_text("How to read this").click()
    expect(page.get_by_text("Distances are true as far as the axes reach").first).to_be_visible()
    stop.click()
    expect(page.get_by_text("t-SNE was stopped; what you see is PCA.")).to_be_visible()


def test_positions_turn_like_clocks(open_page):
    page = open_page(model="smollm2-135m", part="Positions")
    expect(headline(page)).to_contain_text("3 tokens apart")
    page.get_by_role("slider", name="Query at position").focus()
    page.keyboard.press("ArrowRight")
    expect(headline(page)).to_contain_text("4 tokens apart")


@pytest.mark.parametrize("part", ["Map", "Neighbours", "One word, several contexts", "Positions", "Sentences"])
def test_a_phone_scrolls_only_down(open_page, part):
    page = open_page(phone=True, part=part)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for place in range(page.locator(PLOT).count()):
        box = page.locator(PLOT).nth(place).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_dark_is_dark_and_light_is_light(open_page):
    for dark, theme in ((False, LIGHT), (True, DARK)):
        page = open_page(dark=dark, part="Neighbours")
        image = Image.open(io.BytesIO(page.locator(PLOT).first.screenshot())).convert("RGB")
        found = {colour for _, colour in image.getcolors(1 << 20)}
        assert rgb(theme.background) in found
        assert rgb(theme.encoder) in found


def test_hostile_text_runs_nothing(open_page):
    for part, field in (("Map", "text"), ("Sentences", "compared"), ("Arithmetic", "sum"), ("Neighbours", "word")):
        page = open_page(part=part, **{field: HOSTILE})
        assert page.evaluate("window.hacked") is None
        assert page.locator("[data-testid=stException]").count() == 0


def test_the_picture_and_its_numbers_can_be_saved(open_page):
    page = open_page()
    page.get_by_text("Save this picture").click()
    for label, ending in (("HTML", ".html"), ("CSV", ".csv"), ("JSON", ".json")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        saved = download.value.path().read_text(encoding="utf-8")
        assert download.value.suggested_filename == f"embedding-map-minilm-l6-mlm{ending}"
        assert "tired" in saved
        if ending == ".html":
            assert "cdn.plot.ly" not in saved.split("</script>")[-1]
        if ending == ".json":
            assert {row["token"] for row in json.loads(saved)} >= {"cat", "mat"}
