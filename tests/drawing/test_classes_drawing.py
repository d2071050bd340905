"""What is drawn of a text that two methods sort into classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from llm_core.applications.label_scores import LabelScores, LabelTask, SimilarityScores
from llm_core.applications.word_influence import WordInfluence
from pages.shared.applications.class_view import packet
from pages.shared.components.classes import classes

HOSTILE = "<img src=x onerror=document.title='owned'>"


def sorted_text(text: str = "so good", label: str = "praise", *, with_words: bool = True) -> bytes:
    """A text that both methods call the first of two labels; "so" speaks against it, "good" for it."""
    task = LabelTask("{text} is", (label, "blame"), ("good", "bad"))
    likely = LabelScores(task, text, np.log([0.3, 0.1]), np.log([0.1, 0.1]))
    near = SimilarityScores((label, "blame"), ("x", "y"), text, np.array([0.5, -0.25], np.float32))
    first = text.index(" ")
    spans = ((0, first), (first + 1, len(text)))
    word = WordInfluence(text, spans, 0, 1, 0.5, np.array([-0.25, 1.0]), 0)
    return packet(likely, near, (word, replace(word, lead=0.75)) if with_words else None)


def test_both_methods_stand_side_by_side_with_their_winners(draw):
    drawing = draw(classes, sorted_text())
    sections = drawing.root.locator("section")
    expect(sections).to_have_count(2)
    expect(drawing.root.locator(".text")).to_have_text("so good")
    expect(drawing.root.locator(".row.winner .name")).to_have_text(["praise", "praise"])
    expect(sections.nth(0).locator(".number")).to_have_text(["75.0 %", "25.0 %"])
    expect(sections.nth(1).locator(".number")).to_have_text(["0.50", "−0.25"])
    widths = sections.nth(1).locator(".bar").evaluate_all("bars => bars.map(bar => bar.style.width)")
    assert widths == ["100%", "0%"]
    boxes = [section.bounding_box() for section in sections.all()]
    assert boxes[0]["y"] == boxes[1]["y"]


def test_words_are_coloured_by_what_they_did_and_say_it(draw):
    drawing = draw(classes, sorted_text())
    words = drawing.root.locator("section").first.locator(".word")
    expect(words).to_have_text(["so", "good"])
    assert words.evaluate_all("words => words.map(word => word.style.getPropertyValue('--share'))") == [
        "0.2500",
        "1.0000",
    ]
    assert [
        set(name.split()) & {"for", "against", "strong"} for name in words.evaluate_all("w => w.map(o => o.className)")
    ] == [
        {"against"},
        {"for", "strong"},
    ]
    tooltip = drawing.root.locator(".tooltip")
    words.first.focus()
    expect(tooltip).to_contain_text("“so”Without it the lead of “praise” in log-probability is 0.25 larger.")
    words.nth(1).hover()
    expect(tooltip).to_contain_text("is 1.00 smaller.")
    words.nth(1).evaluate("word => word.blur()")
    drawing.page.mouse.move(1, 1)
    expect(tooltip).to_be_hidden()


def test_while_the_words_are_not_known_there_are_bars_alone(draw):
    drawing = draw(classes, sorted_text(with_words=False))
    expect(drawing.root.locator(".row")).to_have_count(4)
    assert drawing.root.locator(".words").count() == 0
    drawing.draw(sorted_text())
    expect(drawing.root.locator(".words")).to_have_count(2)


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_has_room_for_hostile_words_and_labels_as_text(draw, dark):
    drawing = draw(classes, sorted_text(f"<b>{'long' * 30}</b> {HOSTILE}", HOSTILE), dark=dark, phone=True)
    expect(drawing.root.locator(".row.winner .name").first).to_have_text(HOSTILE)
    expect(drawing.root.locator(".word").nth(1)).to_have_text(HOSTILE)
    assert drawing.root.locator("img, b").count() == 0
    assert drawing.page.title() != "owned"
    assert drawing.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert drawing.root.get_attribute("data-theme") == ("dark" if dark else "light")
