"""What a visitor does on the comparison of architectures, in a real browser.

What is drawn of a comparison, and how, is held by ``tests/drawing/test_architectures_drawing.py``.
"""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, expect

HOSTILE = "<img src=x onerror=document.title='owned'> **bold** $x$ :smile:"


def ready(page: Page) -> Locator:
    return page.locator(".ax[data-ready]")


def cell(page: Page, row: str, pane: int) -> Locator:
    return page.locator(f".cell[data-row='{row}'][data-pane='{pane}']")


def lit(page: Page, pane: int) -> Locator:
    return cell(page, "tokens", pane).locator(".token.lit")


def test_three_architectures_are_read_together_and_what_is_looked_at_is_kept_in_the_address(visit):
    page = visit(path="architectures")
    expect(ready(page)).to_have_attribute("data-ready", "ready ready ready")
    expect(page.get_by_role("heading", level=4)).to_contain_text(re.compile(r"looks only back \(0\.0\s% forward\)"))
    cell(page, "tokens", 1).locator(".token", has_text="tired").hover()
    expect(lit(page, 0)).to_have_text(["tired"])
    expect(lit(page, 2)).to_have_text(["tired", "fatigué"])
    page.locator(".piece", has_text="mat").click()
    page.mouse.move(1, 1)
    expect(cell(page, "tokens", 1).locator(".token.locked")).to_have_text(["mat"])
    page.keyboard.press("Escape")
    expect(page.locator(".token.lit")).to_have_count(0)
    page.get_by_role("slider", name="Depth").fill("100")
    expect(cell(page, "attention", 1)).to_contain_text("layer 29 of 0–29")
    page.get_by_role("combobox", name="Role", exact=True).select_option("next token")
    expect(cell(page, "role", 1)).to_contain_text("does not call for it, or the mask closes it")
    page.wait_for_url(re.compile("depth=100.*role=next|role=next.*depth=100"))
    page.reload()
    expect(cell(page, "attention", 1)).to_contain_text("layer 29 of 0–29")
    expect(page.get_by_role("combobox", name="Role", exact=True)).to_have_value("next token")


def test_two_sentences_go_through_one_model_while_another_fails_and_no_text_is_markup(visit):
    text, other = f"In spring, the flowers open. {HOSTILE}", "We drank cold water from the spring."
    page = visit(
        path="architectures", first="minilm-l6", second="minilm-l6", third=f"no such {HOSTILE}", text=text, text2=other
    )
    expect(ready(page)).to_have_attribute("data-ready", "ready ready failed")
    cell(page, "tokens", 0).locator(".token", has_text="spring").hover()
    expect(lit(page, 1)).to_have_text(["spring"])
    expect(page.locator(".texts p")).to_contain_text([text, other])
    expect(cell(page, "head", 2).get_by_role("alert")).to_contain_text(HOSTILE)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert page.title() != "owned"


def test_a_saved_comparison_opens_offline_and_still_answers(visit, browser: Browser):
    page = visit(path="architectures")
    expect(ready(page)).to_have_attribute("data-ready", "ready ready ready")
    page.get_by_text("Save this comparison").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="The whole comparison (HTML)").click()
    assert download.value.suggested_filename == "architectures.html"
    context = browser.new_context(offline=True)
    alone = context.new_page()
    alone.set_content(download.value.path().read_text(encoding="utf-8"))
    cell(alone, "tokens", 1).locator(".token", has_text="tired").hover()
    expect(lit(alone, 0)).to_have_text(["tired"])
    context.close()
    with page.expect_download() as download:
        page.get_by_role("button", name="What differs (CSV)").click()
    assert "cannot look ahead: 0.0 %" in download.value.path().read_text(encoding="utf-8")
