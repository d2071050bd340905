"""The frame around every page, in a real browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import serving


def test_a_server_that_has_just_started_knows_the_address_of_every_page(browser, tmp_path):
    with serving(tmp_path / "log.txt") as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/inside_a_head")
        page.get_by_role("heading", level=4).wait_for(timeout=60_000)
        expect(page.get_by_text("Page not found")).to_have_count(0)
        context.close()


def test_the_front_page_is_the_whole_model(browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.goto(server)
    page.get_by_role("heading", level=4).wait_for(timeout=60_000)
    expect(page.get_by_role("link", name="Attention", exact=True)).to_be_visible()
    context.close()
