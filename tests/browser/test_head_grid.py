"""The grid of all heads on the Attention page, in a real browser with the real app."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.attention_view import grid_place, headline, ready


def test_the_grid_opens_heads_switches_them_off_and_resets(visit):
    page = visit(model="t5-mini-en-fr", layer="2", head="0")
    ready(page, "cross 2 0")
    root = page.locator(".ax", has=page.locator(".frame"))
    root.get_by_label("Show", exact=True).locator("option", has_text="Entropy").wait_for(state="attached")
    canvas = root.locator(".frame canvas")
    canvas.click(position=grid_place(page, 1, 4))
    ready(page, "cross 1 4 ")
    expect(headline(page)).to_contain_text("layer 1, head 4")
    page.wait_for_function(
        "root => root.view.open.layer === 1 && root.view.open.heads.join() === '4'", arg=root.element_handle()
    )

    root.get_by_role("button", name="Switch heads off").click()
    canvas.click(position=grid_place(page, 2, 0))
    expect(page.get_by_text("Off: cross-attention layer 2, head 0.")).to_be_visible()
    expect(page.get_by_text(re.compile("without random heads in"))).to_be_visible()
    page.wait_for_url("**off=cross.2.0*")
    expect(page.get_by_text("Drawn: without cross-attention layer 2, head 0")).to_be_visible()
    expect(page.get_by_text("All cross-attention heads, drawn without those you switched off")).to_be_visible()
    page.get_by_role("radio", name="With all heads").click()
    expect(page.get_by_text("Drawn: with all heads.")).to_be_visible()
    page.wait_for_url("**drawn=With*all*heads*")
    root.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("No head is off.")).to_be_visible()
