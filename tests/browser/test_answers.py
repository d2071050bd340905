"""Questions answered from documents and texts sorted into classes, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

SLOW = 300_000


@pytest.fixture
def page(browser: Browser, server: str):
    """A page of the app that reports every error of its scripts."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(SLOW)
    errors: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.server = server
    yield opened
    context.close()
    assert errors == []


def no_sideways_scrolling(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_an_answer_token_shows_what_it_looked_at_and_escape_goes_back(page):
    page.goto(f"{page.server}/applications?use=Questions")
    page.locator(".answer button.token").first.wait_for()
    said = page.locator("p.said")
    expect(said).to_contain_text("In the mean of the answer's")
    shares = "chips => chips.map(chip => chip.style.getPropertyValue('--share'))"
    whole = page.locator(".lightable").evaluate_all(shares)
    assert max(map(float, whole)) == 1
    token = page.locator(".answer button.token", has_text="crowns").first
    token.click()
    expect(said).to_contain_text("While “crowns” was written")
    assert page.locator(".lightable").evaluate_all(shares) != whole
    token.press("ArrowLeft")
    expect(said).not_to_contain_text("“crowns” was")
    page.keyboard.press("Escape")
    expect(said).to_contain_text("In the mean of the answer's")
    assert no_sideways_scrolling(page)


def test_both_methods_are_shown_side_by_side_with_their_words(page):
    page.goto(f"{page.server}/applications?use=Classification")
    page.locator(".methods section").nth(1).wait_for()
    assert page.locator(".methods .row.winner").count() == 2
    word = page.locator(".methods .word").first
    word.focus()
    expect(page.locator(".tooltip", has_text="the lead of")).to_be_visible()
    assert no_sideways_scrolling(page)
