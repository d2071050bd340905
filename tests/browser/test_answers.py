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


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def fill(page: Page, name: str, text: str) -> None:
    page.get_by_role("textbox", name=name, exact=True).fill(text)
    page.get_by_role("textbox", name=name, exact=True).press("Control+Enter")


def test_own_files_are_searched_by_name_and_what_is_no_text_is_refused(page):
    page.goto(f"{page.server}/applications?use=Questions")
    page.locator(".answer button.token").first.wait_for()
    page.locator("summary").filter(has_text="Documents").click()
    page.get_by_role("radio", name="Your own").click()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(
        [
            {"name": "moon.txt", "mimeType": "text/plain", "buffer": b"The moon bakery sells silver bread at night."},
            {"name": "broken.txt", "mimeType": "text/plain", "buffer": b"a\x00b"},
        ]
    )
    expect(page.get_by_text("Files: moon.txt")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("alert")).to_contain_text("broken.txt")
    # Nothing has to be written: the best passage is named although it is not near enough.
    fill(page, "Question", "How tall is the tower?")
    button(page, "Ask").click()
    heading = page.get_by_role("heading", level=4)
    expect(heading).to_contain_text("Not in the documents: the nearest passage, “moon.txt”", timeout=SLOW)
    button(page, "Remove the files").click()
    expect(page.get_by_text("Files: moon.txt")).to_have_count(0, timeout=SLOW)
    assert no_sideways_scrolling(page)


def test_a_click_stops_the_sorting_and_the_texts_stay(page):
    page.goto(f"{page.server}/applications?use=Classification")
    page.locator(".methods section").nth(1).wait_for()
    # As many texts as are taken, each of some 120 words: minutes of a decoder's work on two cores.
    lines = "\n".join(f"{row} " + "the soup was warm and the bread was fresh " * 13 for row in range(40))
    fill(page, "Texts, one a line", lines)
    button(page, "Sort the texts").click()
    button(page, "Stop").click()
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible(timeout=SLOW)
    expect(button(page, "Go on")).to_be_visible()
    assert page.get_by_role("textbox", name="Texts, one a line").input_value() == lines
    assert no_sideways_scrolling(page)
