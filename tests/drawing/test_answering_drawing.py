"""What is drawn of an answer and the passages it was written from."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from llm_core.figures.palette import theme
from pages.shared.applications.answer_view import packet
from pages.shared.components.answering import answering
from tests.recorded.answering import answered, ranking_of, two_passages

HOSTILE = "<img src=x onerror=document.title='owned'> **bold**"


@pytest.fixture
def answer(draw):
    """ "is twelve", written from "it costs" and "dozen"."""
    return draw(answering, two_passages())


def shares(root: Locator) -> list[float]:
    """How much colour each token of the passages has, from 0 to 1."""
    chips = root.locator(".lightable")
    return [
        float(share) for share in chips.evaluate_all("chips => chips.map(c => c.style.getPropertyValue('--share'))")
    ]


def test_passages_are_ranked_and_those_too_far_away_are_marked(answer):
    passages = answer.root.locator(".passages li")
    expect(passages.locator(".name")).to_have_text(["shop, passage 1", "prices, passage 1", "rain, passage 1"])
    expect(passages.locator(".relevance")).to_have_text(["0.60", "0.57", "0.25"])
    expect(answer.root.locator("li.under .words")).to_have_text("weather")
    expect(answer.root.get_by_role("img", name="relevance 0.25, below the 0.37 that is needed")).to_be_visible()


def test_an_answer_token_shows_what_it_looked_at_and_escape_goes_back_to_the_whole(answer):
    said = answer.root.locator(".said")
    expect(said).to_contain_text("In the mean of the answer's 2 tokens, 70.0 %")
    # Relative to the strongest: 0.15, 0.2 and 0.35 in the mean, 0.05, 0.15 and 0.6 of the second token.
    assert shares(answer.root) == pytest.approx([0.4286, 0.5714, 1], abs=1e-3)
    token = answer.root.locator(".answer button.token", has_text="twelve")
    token.click()
    answer.page.mouse.move(1, 1)
    expect(said).to_contain_text("While “twelve” was written")
    assert shares(answer.root) == pytest.approx([0.0833, 0.25, 1], abs=1e-3)
    expect(answer.root.locator(".lightable.strong")).to_have_text(["dozen"])
    expect(token).to_have_attribute("aria-pressed", "true")
    token.press("ArrowLeft")
    expect(said).to_contain_text("While “is” was written")
    expect(answer.root.locator(".answer button.token", has_text="is")).to_be_focused()
    answer.page.keyboard.press("Escape")
    expect(said).to_contain_text("In the mean of")
    expect(answer.root.get_by_role("button", name="Whole answer")).to_have_attribute("aria-pressed", "true")


def test_pointing_shows_an_answer_token_until_the_pointer_leaves_it(answer):
    said = answer.root.locator(".said")
    first = answer.root.locator(".answer button.token").first
    first.hover()
    expect(said).to_contain_text("While “is” was written")
    first.click()
    answer.root.locator(".answer button.token").nth(1).hover()
    expect(said).to_contain_text("While “twelve” was written")
    answer.page.mouse.move(1, 1)
    expect(said).to_contain_text("While “is” was written")
    answer.root.get_by_role("button", name="Whole answer").click()
    expect(said).to_contain_text("In the mean of")


def test_a_token_of_a_passage_tells_its_place_and_share(answer):
    answer.root.locator(".lightable", has_text="dozen").hover()
    expect(answer.root.locator(".tooltip")).to_have_text("“dozen” [9]35.0 % of the attention")


def test_without_an_answer_there_are_only_passages(draw):
    drawing = draw(answering, packet(ranking_of("prices", "rain", "shop"), None))
    expect(drawing.root.locator(".words")).to_have_text(["it costs", "a dozen", "weather"])
    expect(drawing.root.locator(".answer")).to_be_hidden()
    expect(drawing.root.locator(".said")).to_be_hidden()
    drawing.draw(two_passages())
    expect(drawing.root.locator(".answer button.token")).to_have_text(["is", "twelve"])


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_has_room_for_hostile_names_as_text(draw, dark):
    made = packet(ranking_of(HOSTILE, "rain" * 40, "shop"), answered())
    drawing = draw(answering, made, dark=dark, phone=True)
    expect(drawing.root.locator(".name").nth(1)).to_have_text(f"{HOSTILE}, passage 1")
    assert drawing.root.locator("img[src]").count() == 0
    assert drawing.page.title() != "owned"
    assert drawing.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    colour = drawing.root.evaluate("root => getComputedStyle(root).getPropertyValue('--text').trim()")
    assert colour == theme("dark" if dark else "light").text
