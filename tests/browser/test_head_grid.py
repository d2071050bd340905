"""The grid of all heads on the Attention page, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.attention_view import grid_place, headline, ready, settled


def test_the_grid_opens_heads_and_follows_the_head_view(visit):
    page = visit(layer="5", head="11")
    settled(page)
    grid = page.locator(".ax[data-ready] .frame canvas")
    grid.wait_for()
    grid.click(position=grid_place(page, 1, 4))
    ready(page, "encoder 1 4")
    expect(headline(page)).to_contain_text("In layer 1, head 4")
    selected = page.locator(".ax", has=page.locator(".frame")).evaluate("root => root.grid.selected")
    assert (selected["layer"], selected["heads"]) == (1, [4])


def test_a_sorted_list_scrolls_in_its_frame_and_what_is_below_stays(visit):
    page = visit(model="smollm2-135m")
    root = page.locator(".ax", has=page.locator(".frame"))
    root.get_by_label("Show", exact=True).select_option(label="Entropy")
    below = page.get_by_text("Does it matter? Switch heads off and see")
    expect(below).to_be_visible()

    def distance() -> float:
        return below.bounding_box()["y"] - root.bounding_box()["y"]

    before = distance()
    root.get_by_role("button", name="Sort").click()
    expect(root.get_by_text("all 270 heads")).to_be_visible()
    assert abs(distance() - before) < 100
    root.locator(".frame canvas").focus()
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("root => root.querySelector('.frame').scrollTop > 200", arg=root.element_handle())


def test_heads_are_switched_off_in_the_grid_and_reset(visit):
    page = visit(model="t5-mini-en-fr", text="The black cat sat on the table.", layer="2", head="0")
    ready(page, "cross 2 0")
    root = page.locator(".ax", has=page.locator(".frame"))
    root.get_by_role("button", name="Switch heads off").click()
    root.locator(".frame canvas").click(position=grid_place(page, 2, 0))
    expect(page.get_by_text("Off: cross-attention layer 2, head 0.")).to_be_visible()
    expect(page.get_by_text(re.compile("draws of random heads"))).to_be_visible()
    page.wait_for_url("**off=cross.2.0*")
    root.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("No head is off.")).to_be_visible()
