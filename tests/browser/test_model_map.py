"""The model map in a real browser: it shows where the page looks, and a click in it goes elsewhere."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.attention_view import ready

MAP = '[data-testid="stSidebar"] .ax[data-where]'


def the_map(page: Page) -> Locator:
    return page.locator(MAP)


def says(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait until the map says that the page looks at something."""
    expect(the_map(page).locator(".where")).to_contain_text(words)


def click_on(page: Page, kind: str, layer: int | None = None, head: int = 0, stack: str | None = None) -> None:
    """Click on a block of the map; of attention, on one of its heads."""
    canvas = the_map(page).locator("canvas")
    canvas.scroll_into_view_if_needed()
    place = the_map(page).evaluate(
        """(root, [kind, layer, head, stack]) => {
            const box = root.view.plan.boxes.find((one) =>
                one.kind === kind && (one.layer ?? null) === layer && (stack === null || one.stack === stack));
            const share = box.heads ? (head + 0.5) / box.heads : 0.5;
            return {x: box.x + share * box.width, y: box.y + box.height / 2};
        }""",
        [kind, layer, head, stack],
    )
    canvas.click(position=place)


def test_it_shows_where_the_page_looks_follows_the_head_view_and_leads_to_other_places(visit):
    page = visit()
    says(page, "You look at layer 3, head 1.")
    page.get_by_label("Layer", exact=True).select_option("5")
    says(page, "You look at layer 5, head 1.")
    click_on(page, "attention", 4, 7)
    ready(page, "encoder 4 7")
    says(page, "You look at layer 4, head 7.")
    expect(page).to_have_url(re.compile("layer=4&head=7"))
    click_on(page, "forward", 2)
    says(page, "You look at layer 2, feed-forward.")
    expect(page).to_have_url(re.compile(r"block=encoder\.2\.feed_forward"))


def test_from_page_to_page_model_and_cross_attention_are_kept(visit):
    page = visit(path="embeddings", model="t5-mini-en-fr", text="the cat")
    says(page, "You look at the embeddings")
    click_on(page, "cross", 3)
    page.wait_for_url("**/attention?*")
    says(page, "cross-attention, layer 3")
    click_on(page, "attention", 1, stack="encoder")
    says(page, "encoder layer 1")
    expect(page).to_have_url(re.compile("model=t5-mini-en-fr"))
