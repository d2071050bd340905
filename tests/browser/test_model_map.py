"""The model map in a real browser: it shows where the page looks, and a click or a key in it goes there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from llm_core.figures.palette import DARK, LIGHT
from tests.browser.attention_view import colours, ready, rgb, settled

LONG = 60_000
MAP = '[data-testid="stSidebar"] .ax[data-where]'


def the_map(page: Page) -> Locator:
    root = page.locator(MAP)
    root.wait_for(timeout=3 * LONG)
    return root


def says(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait until the map says that the page looks at something."""
    expect(the_map(page).locator(".where")).to_contain_text(words, timeout=LONG)


def click_on(page: Page, kind: str, layer: int | None = None, head: int = 0, stack: str | None = None) -> None:
    """Click on a block of the map; of attention on one of its heads."""
    canvas = the_map(page).locator("canvas")
    canvas.scroll_into_view_if_needed()
    place = the_map(page).evaluate(
        """(root, [kind, layer, head, stack]) => {
            const box = root.view.plan.boxes.find((one) =>
                one.kind === kind && (one.layer ?? null) === layer && (stack === null || one.stack === stack));
            const groups = box.shared, apart = groups < box.heads ? 2 : 0;
            const size = box.heads ? (box.width - apart * (groups - 1)) / box.heads : box.width;
            const before = box.heads ? head * size + apart * Math.floor(head * groups / box.heads) : 0;
            return {x: box.x + before + size / 2, y: box.y + box.height / 2};
        }""",
        [kind, layer, head, stack],
    )
    canvas.click(position=place)


def test_it_shows_the_head_that_the_page_looks_at_and_a_click_goes_to_another(visit):
    page = visit()
    says(page, "You look at layer 3, head 1.")
    click_on(page, "attention", 4, 7)
    ready(page, "encoder 4 7")
    says(page, "You look at layer 4, head 7.")
    assert re.search(r"layer=4&head=7", page.url)


def test_it_follows_the_page_without_being_sent_anything(visit):
    page = visit()
    settled(page)
    page.get_by_label("Layer", exact=True).select_option("5")
    says(page, re.compile("layer 5, head 1"))


def test_a_click_on_a_block_goes_to_its_page_and_keeps_model_and_text(visit):
    page = visit(model="smollm2-135m", text="The cat sat on the mat because it was tired.")
    ready(page, "decoder")
    click_on(page, "embedding")
    page.wait_for_url("**/embeddings?*")
    assert "model=smollm2-135m" in page.url
    says(page, "You look at the embeddings")
    click_on(page, "attention", 21, 4)
    page.wait_for_url("**/attention?*")
    ready(page, "decoder 21 4")
    assert "model=smollm2-135m" in page.url


def test_cross_attention_is_a_place_of_its_own(visit):
    page = visit(model="t5-mini-en-fr")
    says(page, "cross-attention, layer")
    click_on(page, "attention", 1, stack="encoder")
    says(page, "encoder layer 1")
    click_on(page, "cross", 3)
    says(page, "cross-attention, layer 3")
    assert "model=t5-mini-en-fr" in page.url


def test_a_feed_forward_network_opens_in_the_whole_model_and_the_map_shows_it(visit):
    page = visit()
    click_on(page, "forward", 2)
    says(page, "You look at layer 2, feed-forward.")
    assert "block=encoder.2.feed_forward" in page.url
    click_on(page, "forward", 4)
    says(page, "You look at layer 4, feed-forward.")


def test_keys_move_through_the_map_and_enter_goes_there(visit):
    page = visit()
    says(page, "You look at layer 3, head 1.")
    canvas = the_map(page).locator("canvas")
    canvas.focus()
    canvas.press("ArrowDown")
    expect(the_map(page).locator("[aria-live]").first).to_contain_text("Layer 3, attention", timeout=LONG)
    canvas.press("ArrowDown")
    expect(the_map(page).locator("[aria-live]").first).to_contain_text("Layer 4, attention", timeout=LONG)
    canvas.press("Enter")
    says(page, "layer 4")


def test_hovering_names_a_block_with_its_shape_and_parameters(visit):
    page = visit()
    canvas = the_map(page).locator("canvas")
    canvas.hover(position={"x": 120, "y": 10})
    tip = the_map(page).locator(".tooltip")
    expect(tip).to_contain_text("Embedding", timeout=LONG)
    expect(tip).to_contain_text("30,522 tokens × 384 numbers")
    expect(tip).to_contain_text("11,917,824 parameters")
    assert "encoder of 6 layers with 12 heads each" in canvas.get_attribute("aria-label")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_map_has_the_colours_of_its_theme(visit, theme):
    page = visit(dark=theme is DARK)
    says(page, "You look at layer 3, head 1.")
    canvas = the_map(page).locator("canvas")
    canvas.scroll_into_view_if_needed()
    seen = colours(canvas)
    assert rgb(theme.encoder) in seen
    assert rgb(theme.text) in seen


def test_every_page_says_where_it_looks_and_lessons_show_their_block(visit):
    page = visit(path="lessons", lesson="attention-is-no-name", model="smollm2-135m")
    for lesson, words in (
        ("2", "the embedding"),
        ("4", "attention, in every layer"),
        ("5", re.compile("layer 13, head 8")),
        ("7", "the feed-forward networks of all layers"),
        ("10", "what comes out"),
        ("11", "the whole model"),
    ):
        page.get_by_role("button", name=f"Lesson {lesson}:").last.click()
        says(page, words)
    for name, words in (("Architectures", "beside others"), ("Applications", "at work"), ("Scale", "how large it is")):
        page.get_by_role("link", name=name, exact=True).click()
        says(page, words)
