"""Ads, code and translations written in a real browser: run, stopped, kept, and safe from any input.

What is drawn of the evidence, and how, is held by ``tests/drawing/test_evidence_drawing.py``. A model writes a few
tokens a second on a shared core, so as few are written as it takes to see what is promised.
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

HOSTILE = "a red umbrella <img src=x onerror='hacked = 1'> **{0}** $x$ <|im_end|>"


def written(page: Page) -> Locator:
    """The tokens of an answer, with its evidence."""
    return page.locator(".text .written")


def headline(page: Page) -> Locator:
    return page.get_by_role("heading", level=4)


def button(page: Page, name: str) -> Locator:
    """A button of the page itself: while a run takes long, Streamlit has a "Stop" of its own above it."""
    return page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def field(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("textbox", name=name, exact=True)


def ask(page: Page, press: str) -> None:
    """Press a use's button, once what was changed has arrived."""
    expect(page.get_by_text(f"Press “{press}” to see what comes of it.")).to_be_visible()
    button(page, press).click()


def finished(page: Page, says: str) -> None:
    """Wait for an answer that is written to its end and stands on its evidence."""
    expect(headline(page)).to_contain_text(says)
    expect(written(page).first).to_be_visible()
    expect(button(page, "Stop")).to_have_count(0)


def stop(page: Page) -> None:
    """Stop the writing once there is a token."""
    expect(page.get_by_text(re.compile(r"Version 1 of 2: token \d"))).to_be_visible()
    # Streamlit has a Stop of its own in its header, and what an interrupted run drew stays until the next one ends.
    button(page, "Stop").last.click()


def test_an_ad_is_written_with_its_evidence_and_a_longer_one_stopped_and_gone_on_with(visit):
    page = visit(path="applications", use="Ad copy")
    field(page, "Product").fill(HOSTILE)
    field(page, "Product").press("Control+Enter")
    ask(page, "Write the ad")
    finished(page, "2 versions")
    expect(headline(page)).to_contain_text("ad for “a red umbrella <img src=x")
    expect(page.locator(".read .lightable", has_text="umbrella")).to_be_visible()
    verdict = page.locator(".verdict")
    before = verdict.inner_text()
    written(page).last.click()
    expect(verdict).not_to_have_text(before)
    slogan = "".join(written(page).all_inner_texts())
    text = page.locator(".text")
    short = text.text_content()
    page.get_by_role("link", name="Lessons").click()
    expect(headline(page)).not_to_contain_text("umbrella")
    page.go_back()
    finished(page, "ad for “a red umbrella")
    assert field(page, "Product").input_value() == HOSTILE
    assert "".join(written(page).all_inner_texts()) == slogan

    choose(page, "long")
    ask(page, "Write the ad")
    stop(page)
    said = page.get_by_text(re.compile(r"^Stopped after \d+ tokens?\.$"))
    expect(said).to_be_visible()
    count = int(re.findall(r"\d+", said.inner_text())[0])
    assert 0 < count < 2 * 80
    expect(text).not_to_have_text(short)  # the slogan's, until the next one is drawn
    expect(written(page)).to_have_count(count)
    kept = written(page).all_inner_texts()
    button(page, "Go on").click()
    stop(page)
    expect(said.filter(has_not_text=re.compile(f" {count} "))).to_be_visible()
    expect(written(page).nth(count)).to_be_visible()
    assert written(page).all_inner_texts()[:count] == kept
    assert page.evaluate("window.hacked") is None
    expect(page.get_by_test_id("stMain").locator("img[src=x]")).to_have_count(0)


def test_code_is_highlighted_and_never_run_nor_drawn(visit):
    page = visit(path="applications", use="Code")
    button(page, "A heading").click()
    finished(page, "of HTML")
    code = page.get_by_test_id("stCode")
    expect(code).to_contain_text("<h1>")
    # Coloured as text: no element of the page that it describes comes to be.
    assert code.locator("code span[style*=color], code span.token").count() > 3
    assert code.locator("h1, a[href]").count() == 0
    expect(page.get_by_text("Nothing was run.")).to_be_visible()
    expect(page.get_by_text("only Python is parsed here")).to_be_visible()


def test_a_translation_shows_the_word_each_word_comes_from_on_a_phone_in_the_dark(visit):
    page = visit(path="applications", use="Story and translation", phone=True, dark=True)
    choose(page, "Translation")
    finished(page, "deux petits lapins blancs")
    written(page).filter(has_text="lapins").click()
    expect(page.locator(".verdict")).to_contain_text(re.compile("It comes from.*rabbits"))
    expect(page.locator(".ax[data-theme=dark]").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
