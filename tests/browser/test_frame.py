"""The frame around every page, on a server that has just started."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import serving
from tests.chromium import PATIENCE_MS


def test_a_server_that_has_just_started_knows_every_address_and_its_front_page_draws_the_whole_model(browser, tmp_path):
    with serving(tmp_path / "log.txt") as address:
        context = browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(f"{address}/inside_a_head")
        page.get_by_role("heading", level=4).wait_for()
        expect(page.get_by_text("Page not found")).to_have_count(0)
        page.goto(address)
        page.locator(".frame .stage").wait_for()
        expect(page.get_by_role("heading", level=4)).to_contain_text("Six layers read 13 tokens both ways")
        assert page.locator("button.block.attention").count() == 6
        expect(page.get_by_role("link", name="Attention", exact=True)).to_be_visible()
        context.close()
