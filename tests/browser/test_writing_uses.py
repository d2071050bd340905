"""Ads, code, texts and translations written in a real browser: run, stopped, kept, and safe from any input."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

WRITING_MS = 480_000
"""A model writes for seconds; on a machine that has five other things to do, for minutes."""

HOSTILE = "<script>hacked = 1</script><img src=x onerror='hacked = 1'> 😀 שלום **{0}** $x$ <|im_end|>"
STORY = "Story and translation"


@pytest.fixture
def open_use(visit):
    """A function that opens a use."""

    def opened(use: str, **options: bool) -> Page:
        page = visit(path="applications", use=use, **options)
        page.set_default_timeout(WRITING_MS)
        return page

    return opened


def written(page: Page) -> Locator:
    """The tokens of an answer, with its evidence."""
    return page.locator(".text .written")


def headline(page: Page) -> Locator:
    return page.get_by_role("heading", level=4)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def field(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("textbox", name=name, exact=True)


def ask(page: Page, name: str, text: str, press: str) -> None:
    """Put a text into a field and press the use's button, once the text has arrived."""
    field(page, name).fill(text)
    field(page, name).press("Control+Enter")
    expect(page.get_by_text(f"Press “{press}” to see what comes of it.")).to_be_visible(timeout=WRITING_MS)
    button(page, press).click()


def finished(page: Page, says: str) -> None:
    """Wait for an answer that is written to its end and stands on its evidence."""
    expect(headline(page)).to_contain_text(says, timeout=WRITING_MS)
    expect(written(page).first).to_be_visible(timeout=WRITING_MS)
    expect(button(page, "Stop")).to_have_count(0, timeout=WRITING_MS)


def stays_in_its_width(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_an_ad_shows_what_it_rests_on_and_everything_stays_while_other_pages_are_open(open_use):
    page = open_use("Ad copy")
    ask(page, "Product", "a red umbrella that never breaks", "Write the ad")
    finished(page, "ad for “a red umbrella")
    expect(page.get_by_text("Version 2, seed 1")).to_be_visible()
    expect(page.locator(".read .lightable", has_text="umbrella")).to_be_visible()
    verdict = page.locator(".verdict")
    before = verdict.inner_text()
    written(page).last.click()
    expect(verdict).not_to_have_text(before)
    text = "".join(written(page).all_inner_texts())
    page.get_by_role("link", name="Lessons").click()
    expect(headline(page)).not_to_contain_text("umbrella", timeout=WRITING_MS)
    page.go_back()
    finished(page, "ad for “a red umbrella")
    assert field(page, "Product").input_value() == "a red umbrella that never breaks"
    assert "".join(written(page).all_inner_texts()) == text


def test_a_click_stops_the_writing_keeps_what_was_written_and_another_goes_on(open_use):
    page = open_use("Ad copy", phone=True)
    # The longest that can be asked for: three sentences, twice.
    choose(page, "long")
    ask(page, "Product", "a lighthouse for sale, with a garden", "Write the ad")
    expect(headline(page)).to_contain_text("a lighthouse for sale", timeout=WRITING_MS)
    expect(page.get_by_text(re.compile(r"Version 1 of 2: token \d"))).to_be_visible(timeout=WRITING_MS)
    # Streamlit has a Stop of its own in its header, and what an interrupted run drew stays until the next one ends.
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).last.click()
    said = page.get_by_text(re.compile(r"^Stopped after \d+ tokens?\.$"))
    expect(said).to_be_visible(timeout=WRITING_MS)
    count = int(re.search(r"\d+", said.inner_text())[0])
    assert 0 < count < 2 * 80
    expect(written(page)).to_have_count(count)
    kept = written(page).all_inner_texts()
    assert stays_in_its_width(page)
    button(page, "Go on").click()
    expect(said).to_have_count(0, timeout=WRITING_MS)
    finished(page, "2 versions")
    choose(page, "Version 1")
    expect(written(page).nth(count)).to_be_visible(timeout=WRITING_MS)
    assert written(page).all_inner_texts()[:count] == kept


def test_code_is_highlighted_and_never_run_nor_drawn(open_use):
    page = open_use("Code", dark=True)
    button(page, "A heading").click()
    finished(page, "of HTML")
    code = page.get_by_test_id("stCode")
    expect(code).to_contain_text("<h1>")
    # Coloured as text: no element of the page that it describes comes to be.
    assert code.locator("code span[style*=color], code span.token").count() > 3
    assert code.locator("h1, a[href]").count() == 0
    expect(page.get_by_text("Nothing was run.")).to_be_visible()
    expect(page.get_by_text("only Python is parsed here")).to_be_visible()


def test_a_text_goes_on_from_an_unfinished_sentence_and_leaves_out_the_parking_place(open_use):
    page = open_use(STORY)
    ask(page, "How it begins", "Every evening the old baker", "Write")
    finished(page, "goes on from “Every evening the old baker”")
    assert [chip.strip("· ") for chip in page.locator(".read .lightable").all_inner_texts()] == [
        "evening",
        "the",
        "old",
        "baker",
    ]


def test_a_translation_shows_the_word_each_word_comes_from(open_use):
    page = open_use(STORY, phone=True, dark=True)
    choose(page, "Translation")
    finished(page, "deux petits lapins blancs")
    written(page).filter(has_text="lapins").click()
    expect(page.locator(".verdict")).to_contain_text(re.compile("It comes from.*rabbits"))
    assert stays_in_its_width(page)


@pytest.mark.parametrize(
    ("use", "kind", "name", "press"),
    [
        ("Ad copy", "Write an ad", "Product", "Write the ad"),
        ("Ad copy", "Improve a sentence", "Sentence", "Rewrite it"),
        ("Code", "SQL", "What the code should do", "Write the code"),
        (STORY, "Summary", "Text", "Write"),
        (STORY, "Translation", "English", "Translate"),
    ],
)
def test_any_input_is_shown_as_text_and_too_much_is_refused_in_a_sentence(open_use, use, kind, name, press):
    page = open_use(use)
    choose(page, kind)
    field(page, name).wait_for()
    ask(page, name, "word " * 20_000, press)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Shorten it", timeout=WRITING_MS)
    ask(page, name, HOSTILE, press)
    expect(alert.filter(has_text="Shorten it")).to_have_count(0, timeout=WRITING_MS)
    expect(written(page).first).to_be_visible(timeout=WRITING_MS)
    expect(button(page, "Stop")).to_have_count(0, timeout=WRITING_MS)
    assert page.evaluate("window.hacked") is None
    assert page.get_by_test_id("stMain").locator("img[src=x]").count() == 0
    assert field(page, name).input_value() == HOSTILE
