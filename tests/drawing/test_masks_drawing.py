"""What is drawn of a text whose masks were filled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from llm_core.generation.filled_masks import Filling, FillingPass, MaskFilling
from llm_core.text.tokens import Token
from pages.shared.components.masks import masks
from pages.shared.generation.mask_parts import masks_packet
from tests.made_traces import made_trace

ROWS = [[0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.6, 0.1], [1, 0, 0, 0], [0, 0.5, 0.5, 0]]
ALIKE = [[0.25] * 4] * 4


def filling(position: int, *candidates: tuple[str, float]) -> Filling:
    return Filling(position, tuple((Token(9, word, word), share) for word, share in candidates), 1.25)


def packet(cat: str = "cat") -> bytes:
    """Two readings of a text with two masks: the second mask is filled first."""
    first = made_trace({"encoder": [[ROWS]]}, "The [MASK] sat [MASK]")
    second = made_trace({"encoder": [[ALIKE]]}, "The [MASK] sat down")
    readings = (
        FillingPass(first, (filling(1, (cat, 0.5), ("dog", 0.25)), filling(3, ("down", 0.8), ("up", 0.1))), (3,)),
        FillingPass(second, (filling(1, ("dog", 0.7), (cat, 0.2)),), (1,)),
    )
    return masks_packet(MaskFilling(readings, second.tokens, iterative=True))


def shares(drawing) -> list[float]:
    chips = drawing.root.locator(".chips .lightable")
    return chips.evaluate_all("all => all.map((one) => Number(one.style.getPropertyValue('--share')))")


def test_masks_show_their_candidates_and_what_they_look_at(draw):
    drawing = draw(masks, packet())
    assert drawing.root.locator(".column").count() == 2
    rows = drawing.root.locator(".column").first.locator(".row")
    assert [float(row.get_attribute("data-share")) for row in rows.all()] == [0.5, 0.25]
    assert [row.locator(".share").inner_text() for row in rows.all()] == ["50.0 %", "25.0 %"]
    assert drawing.root.locator(".text .token").all_inner_texts() == ["The", "[MASK]", "sat", "down"]
    assert shares(drawing) == pytest.approx(ROWS[3], abs=1e-4)
    drawing.root.locator(".mask.open").click()
    assert shares(drawing) == pytest.approx(ROWS[1], abs=1e-4)
    expect(drawing.root.locator(".column.now h5")).to_have_text("Mask 1")
    expect(drawing.root.get_by_text("while “[MASK]” at position 1 is read")).to_be_visible()
    drawing.root.locator(".chips .lightable").nth(2).hover()
    expect(drawing.root.locator(".tooltip")).to_have_text("“sat” [2]60.0 %")
    assert drawing.sent() == []


def test_readings_are_turned_to_by_a_click(draw):
    drawing = draw(masks, packet())
    buttons = drawing.root.get_by_role("group", name="Readings").get_by_role("button")
    assert buttons.all_inner_texts() == ["Reading 1: fills “down”", "Reading 2: fills “dog”"]
    expect(drawing.root.locator(".column h5")).to_have_text(["Mask 1", "Mask 2"])
    buttons.nth(1).click()
    expect(drawing.root.locator(".column h5")).to_have_text(["Mask 1"])
    assert drawing.root.locator(".text .token").all_inner_texts() == ["The", "dog", "sat", "down"]
    expect(drawing.root.locator(".mask.filled.locked")).to_have_attribute("data-position", "1")
    assert shares(drawing) == pytest.approx([0.25] * 4, abs=1e-4)


def test_the_second_mask_keeps_its_number_when_the_first_is_filled(draw):
    first = made_trace({"encoder": [[ROWS]]}, "The [MASK] sat [MASK]")
    second = made_trace({"encoder": [[ALIKE]]}, "The cat sat [MASK]")
    readings = (
        FillingPass(first, (filling(1, ("cat", 0.9)), filling(3, ("down", 0.8))), (1,)),
        FillingPass(second, (filling(3, ("down", 0.7)),), (3,)),
    )
    drawing = draw(masks, masks_packet(MaskFilling(readings, second.tokens, iterative=True)))
    drawing.root.get_by_role("group", name="Readings").get_by_role("button").nth(1).click()
    expect(drawing.root.locator(".column h5")).to_have_text(["Mask 2"])


def test_a_special_token_is_lit_like_any_other(draw):
    """Elsewhere special tokens have no background."""
    trace = made_trace({"encoder": [[[[0.1, 0.1, 0.8], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]]]]}, "The [MASK] sat")
    first, mask, _ = trace.tokens
    tokens = (first, mask, replace(trace.tokens[2], is_special=True))
    trace = replace(trace, tokens=tokens)
    reading = FillingPass(trace, (filling(1, ("cat", 0.9)),), (1,))
    drawing = draw(masks, masks_packet(MaskFilling((reading,), tokens, iterative=False)))
    chips = drawing.root.locator(".chips .lightable")
    colours = chips.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)")
    assert "special" in chips.nth(2).get_attribute("class")
    assert colours[0] == colours[1] != colours[2]
    assert "0, 0, 0, 0" not in colours[2]


def test_colours_are_the_themes_and_a_phone_scrolls_only_down(draw):
    border = "one => getComputedStyle(one).borderColor"
    light, dark = draw(masks, packet()), draw(masks, packet(), dark=True, phone=True)
    assert dark.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert light.root.locator(".mask").first.evaluate(border) != dark.root.locator(".mask").first.evaluate(border)


def test_hostile_tokens_are_text_also_on_a_saved_page(draw, browser, tmp_path):
    hostile = "<img src=x onerror=window.hacked=1>"
    drawing = draw(masks, packet(hostile))
    expect(drawing.root.locator(".column").first).to_contain_text(hostile)
    saved = tmp_path / "masks.html"
    saved.write_text(masks.page(packet(hostile), "Filled masks", "dark"), encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(saved.as_uri())
    expect(page.locator(".column")).to_have_count(2)
    for one in (drawing.page, page):
        assert one.evaluate("window.hacked") is None
        assert one.locator("img").count() == 0
    context.close()
