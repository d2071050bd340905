"""What is drawn of a text that was written, and the evidence for each of its tokens."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from llm_core.applications.code import CodeLine
from pages.shared.applications.evidence import packet
from pages.shared.components.evidence import evidence
from tests.recorded.evidence import evidence_of, three_steps

HOSTILE = "<img src=x onerror=document.title='owned'>"


@pytest.fixture
def written(draw):
    """ "Stay dry!", written after reading "red umbrella, rain"."""
    return draw(evidence, three_steps())


def verdict(drawing) -> Locator:
    return drawing.root.locator(".verdict")


def chips(drawing) -> Locator:
    return drawing.root.locator(".text .written")


def test_it_opens_at_the_word_that_stands_out(written):
    expect(verdict(written)).to_have_text(
        "Stay was 50.0 % likely, 1.0 bits of surprise. While writing it, the model looked most at umbrella "
        "(30.0 % of its attention, 3.0 times that token's average)."
    )
    expect(written.root.locator(".read b")).to_have_text(["Product", "Weather"])
    expect(written.root.locator(".read .lightable")).to_have_text(["red", "umbrella", ",", "rain"])
    shares = written.root.locator(".lightable").evaluate_all("c => c.map(o => +o.style.getPropertyValue('--share'))")
    assert shares == pytest.approx([0.2, 0.6, 1, 0.2], abs=1e-3)
    surprise = chips(written).evaluate_all("c => c.map(o => +o.style.getPropertyValue('--surprise'))")
    assert surprise == [0.5, 0.875, 0]


def test_pointing_shows_a_token_a_click_keeps_it_and_escape_lets_it_go(written):
    chips(written).nth(1).hover()
    expect(verdict(written)).to_contain_text("dry was 12.5 % likely")
    written.page.mouse.move(1, 1)
    expect(verdict(written)).to_contain_text("Stay was")
    chips(written).nth(1).click()
    written.page.mouse.move(1, 1)
    expect(verdict(written)).to_contain_text("dry was")
    expect(chips(written).nth(1)).to_have_attribute("aria-selected", "true")
    written.root.locator(".text").press("Escape")
    expect(verdict(written)).to_contain_text("Stay was")


def test_arrow_keys_step_through_the_text(written):
    text = written.root.locator(".text")
    text.press("ArrowRight")
    expect(verdict(written)).to_contain_text("dry was")
    text.press("End")
    expect(verdict(written)).to_contain_text("! was 100.0 % likely, 0.0 bits")
    text.press("Home")
    expect(verdict(written)).to_contain_text("Stay was")


def test_what_else_could_stand_there_is_shown_with_the_choice_marked(written):
    chips(written).nth(1).click()
    rows = written.root.get_by_label("What else could stand here").locator(".row")
    expect(rows.locator(".name")).to_have_text(["other", "dry"])
    expect(rows.locator(".share")).to_have_text(["75.0 %", "12.5 %"])
    expect(written.root.locator(".row.chosen .name")).to_have_text("dry")


def test_a_token_that_was_read_tells_its_share_and_its_average(written):
    written.root.locator(".lightable", has_text="umbrella").hover()
    expect(written.root.locator(".tooltip")).to_have_text(
        "“umbrella” [1]30.0 % of the attention while “Stay” was written10.0 % on average"
    )


def test_code_is_laid_out_in_lines_with_how_sure_the_model_was(draw):
    lines = (CodeLine(1, 0, 2, 0.25, False), CodeLine(2, 2, 3, 1.0, False))
    drawing = draw(evidence, packet(evidence_of(("x", "=", "1"), lines=lines)))
    expect(drawing.root.locator(".line .share")).to_have_text(["25.0 %", "100.0 %"])
    expect(drawing.root.locator(".line").first.locator(".written")).to_have_text(["x", "="])


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_has_room_for_hostile_tokens_as_text(draw, dark):
    drawing = draw(evidence, packet(evidence_of((HOSTILE, "<b>" + "long" * 40, "!"))), dark=dark, phone=True)
    expect(chips(drawing).first).to_have_text(HOSTILE)
    expect(verdict(drawing)).to_contain_text(HOSTILE)
    assert drawing.root.locator("img").count() == 0
    assert drawing.page.title() != "owned"
    assert drawing.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    own, decoder = drawing.root.evaluate(
        "root => ['--own', '--decoder'].map((name) => getComputedStyle(root).getPropertyValue(name).trim())"
    )
    assert own == decoder
