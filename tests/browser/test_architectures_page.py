"""What a visitor sees and can do on the comparison of architectures, in a real browser."""

from __future__ import annotations

import io
import re
from urllib.parse import urlencode

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from llm_core.figures.palette import DARK, LIGHT

HOSTILE = "<script>document.title='owned'</script> **bold** $x$ :smile: <img src=x onerror=alert(1)>"


@pytest.fixture
def open_comparison(visit, server):
    """A function that opens the page with URL parameters, in a session that has seen the first page."""

    def open_page(*, dark: bool = False, phone: bool = False, **parameters: str | list[str]) -> Page:
        page = visit(dark=dark, phone=phone)
        page.goto(f"{server}/architectures?{urlencode(parameters, doseq=True)}")
        page.locator(".ax[data-ready]").wait_for()
        return page

    return open_page


def cell(page: Page, row: str, pane: int) -> Locator:
    return page.locator(f".cell[data-row='{row}'][data-pane='{pane}']")


def test_three_architectures_stand_side_by_side_at_once(open_comparison):
    page = open_comparison()
    assert page.locator(".ax[data-ready]").get_attribute("data-ready") == "ready ready ready"
    expect(page.get_by_role("heading", level=4)).to_contain_text(re.compile(r"looks only back \(0\.0\s% forward\)"))
    for pane, shape in enumerate(("full square", "triangle", "full rectangle")):
        expect(cell(page, "mask", pane)).to_contain_text(shape)
    boxes: list = [None]
    while not all(boxes):  # a pane that is drawn anew has no place for a moment
        page.wait_for_timeout(100)
        boxes = [cell(page, "attention", pane).bounding_box() for pane in range(3)]
    assert len({round(box["y"]) for box in boxes}) == 1


def test_pointing_at_a_word_lights_it_in_every_pane(open_comparison):
    page = open_comparison()
    cell(page, "tokens", 1).locator(".token", has_text="tired").hover()
    expect(cell(page, "tokens", 0).locator(".token.lit")).to_have_text(["tired"])
    # In the translator the written word lights with the one it was written for.
    expect(cell(page, "tokens", 2).locator(".token.lit")).to_have_text(["tired", "fatigué"])
    expect(page.locator(".piece.lit")).to_have_text(["tired"])
    page.locator(".piece", has_text="cat").hover()
    expect(cell(page, "tokens", 1).locator(".token.lit")).to_have_text(["cat"])
    expect(cell(page, "tokens", 2).locator(".token.lit")).to_have_text(["cat", "chat"])


def test_a_click_locks_a_word_and_escape_frees_it(open_comparison):
    page = open_comparison()
    page.locator(".piece", has_text="mat").click()
    page.mouse.move(1, 1)
    expect(cell(page, "tokens", 1).locator(".token.locked")).to_have_text(["mat"])
    page.locator(".ax[data-ready]").press("Escape")
    expect(page.locator(".token.lit")).to_have_count(0)


def test_a_cell_names_both_tokens(open_comparison):
    page = open_comparison()
    matrix = cell(page, "mask", 1).locator("canvas")
    matrix.scroll_into_view_if_needed()
    width = matrix.bounding_box()["width"]
    matrix.hover(position={"x": width - 4, "y": 4})
    expect(page.locator(".tooltip")).to_contain_text("“The” [0] → “.” [10]")
    expect(page.locator(".tooltip")).to_contain_text("cannot look")


def test_depth_and_role_change_the_pictures_and_the_address(open_comparison):
    page = open_comparison()
    expect(cell(page, "attention", 1)).to_contain_text("layer 12 of 0–29")
    page.get_by_role("slider", name="Depth").fill("100")
    expect(cell(page, "attention", 0)).to_contain_text("layer 5 of 0–5")
    expect(cell(page, "attention", 1)).to_contain_text("layer 29 of 0–29")
    page.get_by_role("combobox", name="Role", exact=True).select_option("next token")
    expect(cell(page, "role", 1)).to_contain_text("does not call for it, or the mask closes it")
    page.wait_for_url(re.compile("depth=100"))
    page.wait_for_url(re.compile("role=next"))
    page.reload()
    page.locator(".ax[data-ready]").wait_for()
    expect(cell(page, "attention", 1)).to_contain_text("layer 29 of 0–29")
    expect(page.get_by_role("combobox", name="Role", exact=True)).to_have_value("next token")


def test_questions_are_answered_where_they_are_seen(open_comparison):
    page = open_comparison()
    page.get_by_role("button", name="Why is a decoder's matrix a triangle?").click()
    answer = page.locator(".answer-box")
    expect(answer).to_contain_text("need not be guessed")
    expect(answer).to_be_in_viewport()
    expect(cell(page, "mask", 1).locator("canvas")).to_be_in_viewport()


def test_a_model_that_fails_leaves_the_others_standing(open_comparison):
    page = open_comparison(first="no such model! **bold** <b>x</b>")
    expect(page.locator(".ax[data-ready]")).to_have_attribute("data-ready", "failed ready ready")
    expect(cell(page, "head", 0).get_by_role("alert")).to_contain_text("no such model! **bold** <b>x</b>")
    expect(cell(page, "mask", 1)).to_contain_text("triangle")
    assert page.locator("[data-testid=stException]").count() == 0


def test_hostile_text_is_only_text(open_comparison):
    page = open_comparison(first="minilm-l6", second="minilm-l6", third="none", text=HOSTILE, text2=f"No {HOSTILE}")
    expect(page.locator(".ax[data-ready]")).to_have_attribute("data-ready", "ready ready", timeout=120_000)
    expect(page.locator(".texts p")).to_contain_text([HOSTILE, f"No {HOSTILE}"])
    assert page.title() != "owned"


def test_two_sentences_through_one_model(open_comparison):
    page = open_comparison(
        first="minilm-l6",
        second="minilm-l6",
        third="none",
        text="In spring, the first flowers open.",
        text2="We drank cold water from the spring.",
    )
    expect(page.locator(".ax[data-ready]")).to_have_attribute("data-ready", "ready ready", timeout=120_000)
    cell(page, "tokens", 0).locator(".token", has_text="spring").hover()
    expect(cell(page, "tokens", 1).locator(".token.lit")).to_have_text(["spring"])
    expect(page.get_by_role("button", name="What does a decoder see when it has an encoder?")).to_have_count(0)


def test_a_phone_swipes_from_pane_to_pane(open_comparison):
    page = open_comparison(phone=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    deck = page.locator(".deck")
    room, wide = deck.evaluate("deck => [deck.clientWidth, deck.scrollWidth]")
    assert wide > 2.5 * room
    cell(page, "mask", 0).scroll_into_view_if_needed()
    expect(cell(page, "mask", 0)).to_be_in_viewport(ratio=0.5)
    deck.evaluate("deck => deck.scrollBy({ left: 200 })")
    page.wait_for_timeout(700)
    # It comes to rest where the second pane begins, and the row's title is still there.
    assert abs(cell(page, "mask", 1).bounding_box()["x"] - deck.bounding_box()["x"]) < 4
    expect(page.get_by_role("heading", name="Who may look at whom")).to_be_in_viewport()


@pytest.mark.parametrize("dark", [False, True])
def test_matrices_have_the_colours_of_the_theme(open_comparison, dark):
    theme = DARK if dark else LIGHT
    page = open_comparison(dark=dark)
    matrix = cell(page, "role", 0).locator("canvas")
    matrix.scroll_into_view_if_needed()
    image = Image.open(io.BytesIO(matrix.screenshot())).convert("RGB")
    seen = {colour for _, colour in image.getcolors(1 << 20)}
    wanted = tuple(int(theme.encoder[place : place + 2], 16) for place in (1, 3, 5))
    assert min(max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) for colour in seen) <= 3


def test_the_saved_page_opens_offline_and_still_answers(open_comparison, browser: Browser):
    page = open_comparison()
    page.get_by_text("Save this comparison").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="The whole comparison (HTML)").click()
    assert download.value.suggested_filename == "architectures.html"
    context = browser.new_context(offline=True)
    alone = context.new_page()
    errors: list[str] = []
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.set_content(download.value.path().read_text(encoding="utf-8"))
    alone.locator(".ax[data-ready='ready ready ready']").wait_for()
    cell(alone, "tokens", 1).locator(".token", has_text="tired").hover()
    expect(cell(alone, "tokens", 0).locator(".token.lit")).to_have_text(["tired"])
    alone.get_by_role("slider", name="Depth").fill("0")
    expect(cell(alone, "attention", 1)).to_contain_text("layer 0 of 0–29")
    assert errors == []
    context.close()
    with page.expect_download() as download:
        page.get_by_role("button", name="What differs (CSV)").click()
    assert "cannot look ahead: 0.0 %" in download.value.path().read_text(encoding="utf-8")
