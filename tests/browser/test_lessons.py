"""What a learner does on the page Lessons, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from llm_core.figures.palette import DARK


def opened(visit, **given: str | bool) -> Page:
    """A lesson, drawn down to its questions."""
    page = visit(path="lessons", **given)
    page.get_by_role("button", name="Show what the model does").first.wait_for()
    return page


def test_predict_reveal_and_go_on(visit):
    page = opened(visit, lesson="1", model="minilm-l6-mlm")
    first = page.locator(".st-key-question-tokens-0")
    expect(first.get_by_role("button", name="Show what the model does")).to_be_disabled()
    first.get_by_text("10", exact=True).click()
    first.get_by_role("button", name="Show what the model does").click()
    expect(first).to_contain_text("10 is the number of words")
    expect(first).to_contain_text("The answer is: 13")
    expect(first.get_by_role("button", name="Show what the model does")).to_have_count(0)
    mark = page.get_by_role("button", name="Lesson 1: From text to tokens")
    expect(mark).to_have_attribute("aria-label", "Lesson 1: From text to tokens, read, 0 of 3 questions right")
    page.get_by_role("button", name="2. Tokens to vectors").click()
    expect(page.get_by_role("heading", name="2. Tokens to vectors")).to_be_visible()
    page.wait_for_url("**lesson=vectors*")
    page.get_by_role("button", name="Lesson 5: Softmax and the mask").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="5. Softmax and the mask")).to_be_visible()
    # The formula is typeset, with fonts of the app's own: the fixture refuses every other host.
    expect(page.locator(".katex-display").first).to_be_visible()


def test_progress_is_there_again_after_a_reload_until_one_starts_again(visit):
    page = opened(visit, lesson="1", model="minilm-l6-mlm")
    first = page.locator(".st-key-question-tokens-0")
    first.get_by_text("13", exact=True).click()
    first.get_by_role("button", name="Show what the model does").click()
    told = page.locator(".standing .said")
    expect(told).to_have_text("1 of 11 lessons opened · 1 of 35 questions answered, 1 right")
    # The answer takes more room than the question did, and what lies below it moves until it stands.
    expect(first.get_by_role("button", name="Show what the model does")).to_have_count(0)
    page.get_by_role("button", name="2. Tokens to vectors").click()
    expect(told).to_have_text("2 of 11 lessons opened · 1 of 35 questions answered, 1 right")
    page.reload()
    expect(told).to_have_text("2 of 11 lessons opened · 1 of 35 questions answered, 1 right")
    page.get_by_role("button", name="Start again").click()
    expect(told).to_have_text("1 of 11 lessons opened · 0 of 35 questions answered, 0 right")
    page.reload()
    page.get_by_role("button", name="Show what the model does").first.wait_for()
    expect(told).to_have_text("1 of 11 lessons opened · 0 of 35 questions answered, 0 right")


def test_a_lesson_on_a_dark_phone_fits_and_on_paper_has_no_controls(visit):
    page = opened(visit, phone=True, dark=True, lesson="9", model="t5-mini-en-fr")
    picture = page.locator(".design.own canvas")
    picture.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert picture.evaluate("canvas => canvas.closest('.ax').dataset.theme") == DARK.name
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="9. The three architectures")).to_be_visible()
    expect(picture).to_be_visible()
    expect(page.locator(".st-key-question-three-architectures-1")).to_be_visible()
    for hidden in ("stSidebar", "stHeader", "stExpander"):
        expect(page.get_by_test_id(hidden).first).to_be_hidden()
    expect(page.get_by_role("button", name="Show what the model does").first).to_be_hidden()
    # Everything lies on the page: nothing is kept back in a frame that scrolls.
    overflow = "getComputedStyle(document.querySelector('[data-testid=stMain]')).overflowY"
    assert page.evaluate(overflow) == "visible"
