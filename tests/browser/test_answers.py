"""Questions answered from documents and texts sorted into classes, in a real browser.

What is drawn of them, and how, is held by ``tests/drawing``.
"""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def button(page: Page, name: str) -> Locator:
    """A button of the page itself: while a run takes long, Streamlit has a "Stop" of its own above it."""
    return page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)


def fill(page: Page, name: str, text: str) -> None:
    page.get_by_role("textbox", name=name, exact=True).fill(text)
    page.get_by_role("textbox", name=name, exact=True).press("Control+Enter")


def stays_in_its_width(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_an_answer_shows_what_it_looked_at_and_own_files_are_searched(visit):
    page = visit(path="applications", use="Questions", phone=True)
    said = page.locator("p.said")
    expect(said).to_contain_text("In the mean of the answer's")
    token = page.locator(".answer button.token").first
    token.click()
    expect(said).to_contain_text("While “")
    token.press("Escape")
    expect(said).to_contain_text("In the mean of the answer's")
    page.locator("summary").filter(has_text="Documents").click()
    page.get_by_role("radio", name="Your own").click()
    page.locator("input[type=file]").set_input_files(
        [
            {"name": "moon.txt", "mimeType": "text/plain", "buffer": b"The moon bakery sells silver bread at night."},
            {"name": "broken.txt", "mimeType": "text/plain", "buffer": b"a\x00b"},
        ]
    )
    expect(page.get_by_text("Files: moon.txt")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("broken.txt")
    # Nothing has to be written: the best passage is named although it is not near enough.
    fill(page, "Question", "How tall is the tower?")
    button(page, "Ask").click()
    heading = page.get_by_role("heading", level=4)
    expect(heading).to_contain_text("Not in the documents: the most relevant passage, “moon.txt”")
    button(page, "Remove the files").click()
    expect(page.get_by_text("Files: moon.txt")).to_have_count(0)
    assert stays_in_its_width(page)


def test_both_methods_sort_a_text_and_a_click_stops_the_sorting(visit):
    page = visit(path="applications", use="Classification", phone=True)
    expect(page.locator(".methods .row.winner")).to_have_count(2)
    page.locator(".methods .word").first.focus()
    expect(page.locator(".tooltip", has_text="the lead of")).to_be_visible()
    # As many texts as are taken, each of some 120 words: minutes of a decoder's work on two cores.
    lines = "\n".join(f"{row} " + "the soup was warm and the bread was fresh " * 13 for row in range(40))
    fill(page, "Texts, one a line", lines)
    button(page, "Sort the texts").click()
    button(page, "Stop").click()
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    expect(button(page, "Go on")).to_be_visible()
    assert page.get_by_role("textbox", name="Texts, one a line").input_value() == lines
    assert stays_in_its_width(page)
