"""What the head view draws from a packet, and what it sends back."""

from __future__ import annotations

import re
from math import inf

import numpy as np
import pytest
from playwright.sync_api import expect

from llm_core.figures.palette import DARK, LIGHT
from llm_core.samples import TEXT, sample
from pages.shared.attention.packet import attention_packet
from pages.shared.components.attention import attention
from tests.browser.attention_view import at_cell, chosen_heads, colours, ready, rgb
from tests.made_traces import made_trace
from tests.recorded.attention import cross, long, looking, one_head, other_head, part, short

IT, TIRED = 8, 10
"""Where these words of the first text stand."""


def of_sample(model: str, stack: str, *, standalone: bool = False, **place: object) -> bytes:
    """All heads of a shipped trace."""
    trace = sample(model, TEXT)
    return attention_packet(trace, looking(trace, stack, **place), standalone=standalone, more_seconds=inf)


def encoder(**place: object) -> bytes:
    return of_sample("minilm-l6-mlm", "encoder", **{"layer": 3, "heads": (1,), **place})


def told(drawing, number: int) -> dict:
    """The choice that is sent as the number says, once it has come; the counting begins with 1."""
    drawing.page.wait_for_function("number => window.sent.some(([, { number: n }]) => n === number)", arg=number)
    return next(choice for _, choice in drawing.sent() if choice["number"] == number)


def test_a_click_on_a_head_shows_it_and_tells_the_server_with_what_is_held(draw):
    drawing = draw(attention, short())
    assert drawing.root.get_attribute("data-ready") == "decoder 0 0 0,3 0,3"
    drawing.root.get_by_role("button", name="Head 1").click()
    ready(drawing.page, "decoder 0 0,1 0,3 0,3")
    choice = told(drawing, 1)
    assert choice["heads"] == [0, 1]
    assert list(choice["holds"]["heads"].values()) == [[0, 1]]
    expect(drawing.root.locator(".matrix canvas").first).to_have_attribute("aria-label", re.compile("heads 0, 1"))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_queries_and_keys_have_their_colours_in_both_themes(draw, theme):
    drawing = draw(attention, encoder(query=IT), dark=theme is DARK)
    expect(drawing.root.locator(".query-list .token.locked")).to_have_text("it")
    seen = colours(drawing.root.locator(".lines"))
    assert {rgb(theme.background), rgb(theme.query), rgb(theme.key)} <= seen
    assert rgb((LIGHT if theme is DARK else DARK).background) not in seen


def test_what_a_decoder_cannot_see_is_hatched(draw):
    drawing = draw(attention, short())
    seen = colours(drawing.root.locator(".matrix canvas").first)
    assert any(np.abs(np.subtract(colour, rgb(LIGHT.hatch))).max() < 12 for colour in seen)
    everything = draw(attention, cross())
    seen = colours(everything.root.locator(".matrix canvas").first)
    assert not any(np.abs(np.subtract(colour, rgb(LIGHT.hatch))).max() < 4 for colour in seen)


def test_hovering_a_cell_names_both_tokens_and_the_weight(draw):
    drawing = draw(attention, encoder())
    ready(drawing.page, "encoder 3 1 ")
    drawing.page.mouse.move(*at_cell(drawing.page, IT, 2))
    tip = drawing.root.locator(".tooltip")
    expect(tip).to_contain_text("“it” [8] → “cat” [2]")
    expect(tip).to_contain_text(re.compile(r"Head 1: \d+\.\d %"))


def test_hovering_a_line_names_its_tokens_and_its_head(draw):
    drawing = draw(attention, short(heads=(1,)))
    drawing.root.locator(".lines canvas").hover(position={"x": 30, "y": 15})
    expect(drawing.root.locator(".tooltip")).to_have_text("“red” [0] → “red” [0]Head 1: 100.0 %")


def test_hovering_a_token_shows_its_attention_and_leaving_restores(draw):
    drawing = draw(attention, encoder(heads=(2,)))
    root = drawing.root
    expect(root.locator(".item.dim")).to_have_count(0)
    root.locator(".query-list .token").nth(5).hover()
    expect(root.locator(".query-list .item.dim")).to_have_count(12)
    shares = [text for text in root.locator(".key-list .share").all_inner_texts() if text]
    assert shares
    assert sum(float(text.split()[0]) for text in shares) <= 100.5
    drawing.page.mouse.move(2, 2)
    expect(root.locator(".item.dim")).to_have_count(0)
    expect(root.locator(".tooltip")).to_be_hidden()


def test_a_click_keeps_a_token_and_escape_lets_it_go(draw):
    drawing = draw(attention, encoder())
    drawing.root.locator(".query-list .token", has_text=re.compile("^tired$")).click()
    expect(drawing.root.locator(".token.locked")).to_have_text("tired")
    assert told(drawing, 1)["query"] == TIRED
    drawing.root.locator(".query-list").focus()
    drawing.page.keyboard.press("Escape")
    expect(drawing.root.locator(".token.locked")).to_have_count(0)
    assert told(drawing, 2)["query"] is None


def test_a_double_click_shows_a_head_alone_and_another_one_those_before(draw):
    drawing = draw(attention, encoder(heads=(7, 11)))
    head = drawing.root.get_by_role("button", name="Head 7", exact=True)
    head.dblclick()
    ready(drawing.page, "encoder 3 7 ")
    assert chosen_heads(drawing.page) == ["7"]
    head.click()
    assert chosen_heads(drawing.page) == ["7"]
    head.click(modifiers=["Shift"])
    ready(drawing.page, "encoder 3 7,11")


def test_all_heads_and_one_again(draw):
    drawing = draw(attention, encoder())
    drawing.root.get_by_role("button", name="All", exact=True).click()
    ready(drawing.page, "encoder 3 0,1,2,3,4,5,6,7,8,9,10,11 ")
    drawing.root.get_by_role("button", name="One", exact=True).click()
    ready(drawing.page, "encoder 3 0 ")


def test_heads_that_nobody_asked_for_are_fetched_and_one_is_drawn_when_it_comes(draw):
    drawing = draw(attention, one_head())
    asked = told(drawing, 1)
    assert (asked["heads"], list(asked["holds"]["heads"].values())) == ([0], [[0]])
    drawing.root.get_by_role("button", name="Head 1").click()
    assert told(drawing, 2)["heads"] == [0, 1]
    assert drawing.root.get_attribute("data-ready") == "decoder 0 0 0,3 0,3"
    drawing.draw(other_head())
    ready(drawing.page, "decoder 0 0,1 ")


def test_a_layer_that_has_not_come_leaves_the_picture_and_says_that_it_waits(draw):
    drawing = draw(attention, short())
    drawing.root.get_by_role("button", name="Layer after").click()
    expect(drawing.root).to_have_class(re.compile("waiting"))
    assert told(drawing, 1)["layer"] == 1
    drawing.draw(short(layer=1, number=1))
    ready(drawing.page, "decoder 1 0 ")
    expect(drawing.root).not_to_have_class(re.compile("waiting"))
    expect(drawing.root.get_by_role("button", name="Layer after")).to_be_disabled()


def test_an_answer_to_an_older_choice_changes_nothing_of_the_last(draw):
    drawing = draw(attention, short())
    for name in ("Head 1", "Head 0"):
        drawing.root.get_by_role("button", name=name).click()
    ready(drawing.page, "decoder 0 1 ")
    drawing.draw(short(heads=(0, 1), number=1))
    ready(drawing.page, "decoder 0 1 ")
    assert chosen_heads(drawing.page) == ["1"]
    drawing.draw(short(heads=(0,), number=2))
    ready(drawing.page, "decoder 0 0 ")


def test_the_keyboard_stays_on_the_head_it_has_switched(draw):
    drawing = draw(attention, short())
    button = drawing.root.get_by_role("button", name="Head 1")
    button.focus()
    drawing.page.keyboard.press("Enter")
    ready(drawing.page, "decoder 0 0,1 ")
    drawing.draw(short(heads=(0, 1), number=1))
    expect(button).to_be_focused()


def test_the_keyboard_reaches_every_token_and_cell(draw):
    drawing = draw(attention, encoder())
    root, keyboard = drawing.root, drawing.page.keyboard
    root.locator(".query-list").focus()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    expect(root.locator("[aria-live=polite].visually-hidden")).to_contain_text("“the” [1] looks most at")
    keyboard.press("Enter")
    assert told(drawing, 1)["query"] == 1
    root.locator(".matrix canvas").first.focus()
    keyboard.press("ArrowRight")
    keyboard.press("Enter")
    choice = told(drawing, 2)
    assert (choice["query"], choice["key"]) == (1, 0)


def test_heads_that_share_a_key_value_head_stand_in_one_bracket(draw):
    drawing = draw(attention, of_sample("smollm2-135m", "decoder"))
    brackets = drawing.root.locator(".toolbar .shared")
    expect(brackets).to_have_count(3)
    assert brackets.nth(1).locator("button").all_inner_texts() == ["3", "4", "5"]
    expect(brackets.nth(1)).to_have_attribute("title", "Key/value head 1, shared by 3 heads")


def test_the_stacks_of_a_translator_are_chosen_by_name(draw):
    drawing = draw(attention, cross())
    assert drawing.root.locator(".toolbar .stack").all_inner_texts() == ["Encoder", "Decoder", "Cross-attention"]
    expect(drawing.root.locator(".query-list .token").first).to_have_class(re.compile("padding"))
    drawing.root.get_by_role("button", name="Decoder").click()
    assert told(drawing, 1)["stack"] == "decoder"


def test_without_the_first_token_its_lines_are_left_out_and_said(draw):
    drawing = draw(attention, short())
    drawing.root.get_by_role("button", name="Without first token").click()
    expect(drawing.root.locator(".foot")).to_contain_text("lines to the first token, which the others give 42.5 %")
    assert told(drawing, 1)["withoutFirst"] is True


def test_a_part_of_a_long_text_is_brushed_and_left_again(draw):
    drawing = draw(attention, long(query=None))
    root, page = drawing.root, drawing.page
    expect(root.get_by_text("the 300 strongest of 14,535 links; they carry")).to_be_visible()
    (x0, y0), (x1, y1) = at_cell(page, 50, 40), at_cell(page, 69, 59)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=4)
    page.mouse.up()
    choice = told(drawing, 1)
    assert (choice["rows"], choice["columns"]) == ([100, 140], [80, 120])
    expect(root.locator(".tooltip")).to_be_hidden()
    drawing.draw(part())
    ready(page, "decoder 0 0 100,140 80,120")
    expect(root.locator(".matrix .map")).to_be_visible()
    expect(root.get_by_text("100–139 look at 80–119")).to_be_visible()
    root.locator(".matrix canvas").first.focus()
    page.keyboard.press("Shift+ArrowDown")
    assert told(drawing, 2)["rows"] == [110, 150]
    root.get_by_role("button", name="Whole text").click()
    ready(page, "decoder 0 0 0,170 0,170")
    expect(root.locator(".matrix .map")).to_be_hidden()
    assert told(drawing, 3)["rows"] == [0, 170]


def test_the_map_of_a_long_text_moves_the_part_that_is_shown(draw):
    drawing = draw(attention, part())
    drawing.root.locator(".matrix .map").click(position={"x": 48, "y": 24})
    choice = told(drawing, 1)
    middle = [sum(choice[side]) / 2 for side in ("columns", "rows")]
    assert middle == pytest.approx([85, 42], abs=3)


def test_ctrl_and_the_wheel_zoom_around_the_pointer(draw):
    drawing = draw(attention, long(query=None))
    drawing.page.mouse.move(*at_cell(drawing.page, 42, 42))
    drawing.page.keyboard.down("Control")
    drawing.page.mouse.wheel(0, -100)
    choice = told(drawing, 1)
    assert (choice["rows"], choice["columns"]) == ([42, 127], [42, 127])


@pytest.mark.parametrize("heads", [(11,), tuple(range(12))], ids=len)
def test_a_phone_scrolls_only_down(draw, heads):
    drawing = draw(attention, encoder(heads=heads), phone=True)
    assert drawing.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in (".lines", ".matrix"):
        box = drawing.root.locator(name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


HOSTILE = "<img/src=x/onerror=window.hacked=1> </script><script>window.hacked=1</script> <b>bold</b> &amp;"


def hostile() -> bytes:
    """A text that would run a script if it were read as HTML."""
    count = len(HOSTILE.split())
    trace = made_trace({"encoder": [np.full((1, count, count), 1 / count)]}, HOSTILE)
    return attention_packet(trace, looking(trace, "encoder"), more_seconds=inf)


def test_tokens_are_text_whatever_stands_in_them(draw, browser):
    drawing = draw(attention, hostile())
    assert drawing.root.locator(".query-list .token").all_inner_texts() == HOSTILE.split()
    drawing.root.locator(".query-list .token").first.hover()
    expect(drawing.root.locator(".tooltip")).to_contain_text(HOSTILE.split()[0])
    page = browser.new_page()
    page.set_content(attention.page(hostile(), HOSTILE, "light"))
    page.locator(".ax[data-ready]").wait_for()
    for one in (drawing.page, page):
        assert one.evaluate("window.hacked") is None
    page.close()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_saved_page_opens_offline_and_answers_to_the_pointer(browser, theme):
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    packet = of_sample("minilm-l6-mlm", "encoder", layer=3, heads=(1,), standalone=True)
    page.set_content(attention.page(packet, "Layer 3", theme.name))
    root = page.locator(".ax[data-ready]")
    root.locator(".query-list .token", has_text=re.compile("^tired$")).click()
    expect(root.locator(".token.locked")).to_have_text("tired")
    root.get_by_role("button", name="Head 4", exact=True).click()
    ready(page, "encoder 3 1,4 ")
    expect(root.get_by_label("Layer", exact=True)).to_have_count(0)
    assert rgb(theme.background) in colours(root.locator(".lines"))
    context.close()
    assert errors == []


@pytest.mark.parametrize(("label", "beginning"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
def test_the_picture_is_saved_under_the_name_of_its_heads(draw, label, beginning):
    drawing = draw(attention, encoder(heads=(1, 4)))
    with drawing.page.expect_download() as download:
        drawing.root.get_by_role("button", name=label).click()
    assert download.value.suggested_filename == f"encoder-layer3-head1-4.{label.lower()}"
    assert download.value.path().read_bytes().startswith(beginning)
