"""What a person does on the Attention page, in a real browser with the real app."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from llm_core.figures.palette import DARK
from llm_core.heads.examples import EXAMPLES
from tests.browser.attention_view import at_cell, chosen_heads, colours, headline, ready, rgb, view


def word(page, text):
    """A token that looks, by its text."""
    return view(page).locator(".query-list .token", has_text=re.compile(f"^{text}$"))


def test_the_first_picture_answers_a_click_goes_on_and_a_link_brings_it_back(visit):
    page = visit()
    expect(headline(page)).to_contain_text("“it” looks most at “cat”")
    expect(view(page).locator(".query-list .token.locked")).to_have_text("it")
    word(page, "tired").click()
    expect(headline(page)).to_contain_text("“tired” looks most at")
    page.wait_for_url("**token=10*")
    page.mouse.click(*at_cell(page, 10, 2))
    page.wait_for_url("**token=10&key=2*")

    view(page).locator(".query-list").focus()
    page.keyboard.press("Escape")
    page.wait_for_url("**token=all*")
    expect(view(page).locator(".token.locked")).to_have_count(0)

    view(page).get_by_role("button", name="All", exact=True).click()
    expect(headline(page)).to_contain_text("the mean of 12 heads")
    word(page, "was").hover()
    tip = view(page).locator(".tooltip")
    expect(tip).to_contain_text("the mean of 12 heads")
    found, share = re.search(r"most at (“.+”) \[\d+\]: (\d+\.\d %)", tip.inner_text()).groups()
    word(page, "was").click()
    expect(headline(page)).to_contain_text(f"“was” looks most at {found} ({share})")

    sentence = headline(page).inner_text()
    again = visit(**parse_qs(urlsplit(page.url).query))
    expect(headline(again)).to_have_text(sentence)
    expect(view(again).locator(".query-list .token.locked")).to_have_text("was")


def test_after_clicks_one_upon_another_picture_headline_and_address_agree_and_the_rest_follows(visit):
    page = visit(layer="5", head=["3", "11"], token="all")
    ready(page, "encoder 5 3,11")
    root = view(page)
    root.get_by_role("button", name="Head 7", exact=True).click()
    ready(page, "encoder 5 3,7,11")
    root.evaluate(
        """root => {
            const alone = new MouseEvent("click", { bubbles: true, shiftKey: true });
            const press = (head) => root.querySelector(`button[data-head="${head}"]`).dispatchEvent(alone);
            [1, 2, 4, 8, 9].forEach(press);
            for (const time of [1, 2]) root.querySelector("button[aria-label='Layer before']").click();
            press(11);
        }"""
    )
    ready(page, "encoder 3 11 ")
    assert chosen_heads(page) == ["11"]
    expect(headline(page)).to_contain_text("In layer 3, head 11,")
    page.wait_for_url(re.compile("layer=3&head=11"))
    expect(page.get_by_role("button", name="Switch layer 3, head 11 off")).to_be_visible()


def test_a_long_text_is_pooled_zoomed_and_says_what_is_left_out(visit):
    page = visit(model="smollm2-135m", text="The cat sat on the mat and looked at the sea. " * 27, token="all")
    ready(page, "decoder")
    root = view(page)
    expect(root.get_by_text(re.compile(r"the 300 strongest of [\d,]+ links; they carry"))).to_be_visible()
    expect(root.get_by_text(re.compile("each cell shows the largest weight of"))).to_be_visible()
    (x0, y0), (x1, y1) = at_cell(page, 40, 10), at_cell(page, 54, 24)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=4)
    page.mouse.up()
    page.wait_for_url("**rows=*")
    expect(headline(page)).to_contain_text("among the tokens shown")
    expect(root.locator(".matrix .map")).to_be_visible()
    expect(root.get_by_text("Links under 1.0 % are too faint to draw")).to_be_visible()
    root.get_by_role("button", name="Whole text").click()
    expect(root.locator(".matrix .map")).to_be_hidden()
    expect(headline(page)).not_to_contain_text("among the tokens shown")


def test_a_text_of_ones_own_an_example_and_no_text_at_all(visit):
    page = visit()
    ready(page, "encoder")
    text, run = page.get_by_role("textbox", name="Text"), page.get_by_role("button", name="Run the model")
    text.fill("The old teacher thanked her students because they helped.")
    run.click()
    view(page).locator(".query-list .token", has_text="teacher").wait_for()
    page.wait_for_url("**teacher*")

    example = EXAMPLES[1]
    page.get_by_role("button", name=example.question).click()
    # Words that stand twice are told apart by their places.
    answer = re.compile(rf"“{example.word}” \[\d+\] looks most at “{example.finds}” \[\d+\]")
    expect(headline(page)).to_contain_text(answer)

    text.fill("   ")
    run.click()
    expect(page.get_by_role("alert").first).to_contain_text("Expected a text")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(headline(page)).to_contain_text(answer)


def test_bertviz_opens_offline(visit):
    page = visit()
    ready(page, "encoder")
    page.get_by_text("The same in BertViz").click()
    page.get_by_text("head view", exact=True).click()
    frame = page.frame_locator("iframe")
    frame.locator("#vis svg").first.wait_for()
    assert frame.locator("#vis svg text").count() > 20


def test_pictures_numbers_and_the_page_are_saved_and_the_page_opens(visit, browser, tmp_path):
    page = visit()
    ready(page, "encoder")
    page.get_by_text("Save this picture").click()
    saved = {}
    for label in ("PNG", "SVG", "HTML", "CSV", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        assert download.value.suggested_filename.endswith(f".{label.lower()}")
        saved[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[label])
    assert saved["PNG"].read_bytes().startswith(b"\x89PNG")
    assert ">cat<" in saved["SVG"].read_text(encoding="utf-8")
    assert "cat" in saved["CSV"].read_text(encoding="utf-8")
    assert len(json.loads(saved["JSON"].read_text(encoding="utf-8"))["attention"][0]) == 13

    context = browser.new_context(offline=True)
    alone = context.new_page()
    alone.goto(saved["HTML"].as_uri())
    word(alone, "tired").click()
    expect(view(alone).locator(".token.locked")).to_have_text("tired")
    context.close()


def test_a_phone_in_dark_scrolls_only_down(visit):
    page = visit(phone=True, dark=True, layer="5", head=[str(head) for head in range(12)])
    ready(page, "encoder 5")
    expect(page.get_by_text("Does it matter? Switch heads off and see")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert tuple(map(int, re.findall(r"\d+", background)[:3])) == rgb(DARK.background)
    seen = colours(view(page).locator(".lines"))
    assert {rgb(DARK.background), rgb(DARK.key)} <= seen
    for part in (".lines", ".matrix"):
        box = view(page).locator(part).bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
