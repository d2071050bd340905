"""What a visitor does on the Embeddings page, in a real browser."""

from __future__ import annotations

import io
import json
import re

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from llm_core.figures.palette import DARK

PLOT = ".js-plotly-plot"


def drawn(page: Page) -> list[float]:
    """Where the points of the first group of the first picture stand, from left to right in the figure's data."""
    return json.loads(
        page.evaluate(
            """() => {
                const { x } = document.querySelector('.js-plotly-plot').data[0];
                return JSON.stringify([...(x._inputArray ?? x)]);
            }"""
        )
    )


def test_the_map_glides_through_the_layers_moves_with_the_slider_and_comes_back_by_its_address(visit):
    page = visit(path="embeddings")
    headline = page.get_by_role("heading", level=4)
    expect(headline).to_contain_text("After layer 2")
    title = page.locator(f"{PLOT} .gtitle").first
    title.wait_for()
    at_two = drawn(page)
    page.locator(".updatemenu-button").first.click()
    expect(title).to_have_text("after layer 4")
    expect(title).to_have_text("after layer 2")  # plays through all of them and comes back
    page.get_by_role("slider", name="State").focus()
    page.keyboard.press("ArrowRight")
    expect(headline).to_contain_text("After layer 3")
    expect(title).to_have_text("after layer 3")
    page.wait_for_url("**after=layer*")
    at_three = drawn(page)
    assert np.abs(np.array(at_three) - at_two).max() > 0.01
    page.reload()
    expect(headline).to_contain_text("After layer 3")
    expect(title).to_have_text("after layer 3")
    np.testing.assert_allclose(drawn(page), at_three, atol=1e-6)


def test_neighbours_on_a_dark_phone_cat_finds_dog_and_king_finds_queen(visit):
    page = visit(path="embeddings", phone=True, dark=True, part="Neighbours")
    headline = page.get_by_role("heading", level=4)
    expect(headline).to_contain_text("Nearest to “cat”")
    expect(page.locator(f"{PLOT} .ytick text", has_text=re.compile("^dog$"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture = Image.open(io.BytesIO(page.locator(PLOT).first.screenshot())).convert("RGB")
    found = {"#{:02X}{:02X}{:02X}".format(*colour) for _, colour in picture.getcolors(1 << 20)}
    assert {DARK.background.upper(), DARK.encoder.upper()} <= found
    page.get_by_role("radio", name="Arithmetic").click()
    expect(headline).to_contain_text("king − man + woman lies nearest to “queen”")


def test_a_word_splits_by_its_contexts(visit):
    page = visit(path="embeddings", model="smollm2-135m", part="One word, several contexts")
    expect(page.get_by_role("heading", level=4)).to_contain_text("“spring” splits by meaning, most after layer 29")
    page.locator(f"{PLOT} .main-svg").first.wait_for()


def test_tsne_is_made_while_the_page_stays_alive_and_can_be_stopped(visit):
    page = visit(path="embeddings", points="Vocabulary", sample="10,000", method="t-SNE")
    stop = page.get_by_role("button", name="Stop t-SNE")
    stop.wait_for()
    expect(page.get_by_text("PCA is drawn meanwhile").first).to_be_visible()
    page.get_by_text("How to read this").click()
    expect(page.get_by_text("Distances are true as far as the axes reach").first).to_be_visible()
    stop.click()
    expect(page.get_by_text("t-SNE was stopped; what you see is PCA.")).to_be_visible()
