"""What the comparison of architectures draws from a packet, and what it sends back."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from llm_core.figures.palette import DARK, LIGHT
from llm_core.samples import MODELS
from pages.shared.comparison.packet import comparison_packet
from pages.shared.components.architectures import architectures
from tests.made_traces import made_trace
from tests.recorded.architectures import (
    DECODER,
    ENCODER,
    hidden_cat,
    looks_back,
    pane_of,
    reads_both_ways,
    three_panes,
    two_texts,
    with_vectors,
)

HOSTILE = "<img/src=x/onerror=document.title='owned'> **bold** <b>x</b>"


@pytest.fixture
def three(draw):
    """An encoder, a decoder and an encoder-decoder that read "the cat sat"."""
    return draw(architectures, three_panes())


def cell(drawing: Any, row: str, pane: int) -> Locator:
    return drawing.root.locator(f".cell[data-row='{row}'][data-pane='{pane}']")


def lit(drawing: Any, pane: int) -> Locator:
    return cell(drawing, "tokens", pane).locator(".token.lit")


def token(drawing: Any, pane: int, text: str) -> Locator:
    return cell(drawing, "tokens", pane).locator(".token").filter(has_text=re.compile(f"^{text}$"))


def pixel(matrix: Locator, row: int, column: int) -> tuple[int, int, int]:
    """The colour in the middle of a cell of a seven by seven matrix."""
    read = """(canvas, [row, column]) => {
        const [x, y] = [column, row].map((place) => Math.floor(((place + 0.5) * canvas.width) / 7));
        return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
    }"""
    red, green, blue = matrix.evaluate(read, [row, column])
    return red, green, blue


def one_looks_back() -> bytes:
    """An encoder whose only head gives all to the token before, for enough tokens to say so, beside a decoder."""
    rows = np.eye(7, k=-1, dtype=np.float32)
    rows[0, 0] = 1
    words = "one two three four five six seven"
    trace = with_vectors(made_trace({"encoder": [[rows.tolist()]]}, words), [[1, 0]] * 7, [[0, 1]] * 7)
    beside = made_trace({"decoder": [[rows.tolist()]]}, words)
    return comparison_packet([pane_of(trace, ENCODER), pane_of(beside, DECODER)], [ENCODER, DECODER], {})


def channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def test_the_panes_stand_side_by_side_under_the_questions_they_answer(three):
    assert three.root.get_attribute("data-ready") == "ready ready ready"
    for pane, shape in enumerate(("full square", "triangle", "full rectangle")):
        expect(cell(three, "mask", pane)).to_contain_text(shape)
    tops = [cell(three, "attention", pane).bounding_box()["y"] for pane in range(3)]
    assert len(set(tops)) == 1
    expect(three.root.locator(".questions button")).to_have_text(
        [
            "Why can an encoder fill a blank, and a decoder not?",
            "Why is a decoder's matrix a triangle?",
            "What does a decoder see when it has an encoder?",
            "What does each cost?",
        ]
    )
    expect(three.root.locator(".differences tbody tr").first.locator("td")).to_have_count(4)


def test_pointing_at_a_word_lights_it_in_every_pane(three):
    token(three, 1, "cat").hover()
    expect(lit(three, 0)).to_have_text(["cat"])
    # In the translator the written word lights with the one it was written for.
    expect(lit(three, 2)).to_have_text(["cat", "chat"])
    expect(three.root.locator(".piece.lit")).to_have_text(["cat"])
    three.root.locator(".piece", has_text="the").hover()
    expect(lit(three, 1)).to_have_text(["the"])
    three.page.mouse.move(1, 1)
    expect(three.root.locator(".lit")).to_have_count(0)


def test_a_click_locks_a_word_and_escape_frees_it(three):
    three.root.locator(".piece", has_text="sat").click()
    three.page.mouse.move(1, 1)
    expect(cell(three, "tokens", 1).locator(".token.locked")).to_have_text(["sat"])
    three.root.press("Escape")
    expect(three.root.locator(".lit")).to_have_count(0)
    three.root.locator(".piece", has_text="sat").dblclick()
    three.page.mouse.move(1, 1)
    expect(three.root.locator(".lit")).to_have_count(0)


def test_a_locked_word_stays_lit_when_the_panes_are_drawn_anew(three):
    three.root.locator(".piece", has_text="sat").click()
    three.page.mouse.move(1, 1)
    three.draw(comparison_packet([pane_of(reads_both_ways(), ENCODER), pane_of(looks_back(), DECODER)], MODELS[:2], {}))
    expect(three.root.locator(".token.locked")).to_have_text(["sat", "sat"])
    # What had the focus has gone, and Escape frees all the same.
    three.page.keyboard.press("Escape")
    expect(three.root.locator(".token.lit")).to_have_count(0)


def test_a_cell_names_both_tokens_and_lights_them(three):
    matrix = cell(three, "mask", 1).locator("canvas")
    matrix.scroll_into_view_if_needed()
    width = matrix.bounding_box()["width"]
    matrix.hover(position={"x": width - 4, "y": 4})
    tooltip = three.root.locator(".tooltip")
    expect(tooltip).to_contain_text("“the” [0] → “sat” [2]")
    expect(tooltip).to_contain_text("cannot look")
    expect(lit(three, 0)).to_have_text(["the", "sat"])
    cell(three, "attention", 1).locator("canvas").hover(position={"x": 4, "y": width - 4})
    expect(tooltip).to_contain_text("“sat” [2] → “the” [0]about 50 %")
    three.page.mouse.move(1, 1)
    expect(tooltip).to_be_hidden()


def test_depth_and_role_change_the_pictures_and_are_told_once_they_settle(three):
    expect(cell(three, "attention", 1)).to_contain_text("layer 1 of 0–2")
    three.root.get_by_role("slider", name="Depth").fill("100")
    expect(cell(three, "attention", 0)).to_contain_text("layer 1 of 0–1")
    expect(cell(three, "attention", 1)).to_contain_text("layer 2 of 0–2")
    three.page.wait_for_function("window.sent.length === 1")
    three.root.get_by_role("combobox", name="Role", exact=True).select_option("next token")
    expect(cell(three, "role", 1)).to_contain_text("does not call for it, or the mask closes it")
    expect(three.root.locator(".row-head[data-row=role] p")).to_contain_text("looks at the token after it")
    three.page.wait_for_function("window.sent.length === 2")
    assert three.sent() == [
        ("view", {"depth": 1, "role": "previous token", "pair": None}),
        ("view", {"depth": 1, "role": "next token", "pair": None}),
    ]


def test_what_was_chosen_stays_when_the_same_comparison_comes_again(three):
    three.root.get_by_role("slider", name="Depth").fill("0")
    three.draw(three_panes())
    expect(cell(three, "attention", 1)).to_contain_text("layer 0 of 0–2")
    three.draw(two_texts())
    expect(cell(three, "attention", 1)).to_contain_text("layer 0 of 0–1")


def test_two_words_can_be_chosen_and_are_compared_by_depth(three):
    expect(cell(three, "similarity", 0)).to_contain_text("“cat” and “sat” 0.00")
    expect(cell(three, "similarity", 1)).to_have_text(re.compile("This text does not have both words."))
    three.root.get_by_role("combobox", name="First word").select_option("the")
    expect(cell(three, "similarity", 0)).to_contain_text("“the” and “sat” 1.00")
    three.page.wait_for_function("window.sent.length === 1")
    assert three.sent()[0][1]["pair"] == ["the", "sat"]


def test_a_question_is_answered_where_the_answer_is_seen(three):
    three.page.emulate_media(reduced_motion="reduce")
    three.root.get_by_role("button", name="Why is a decoder's matrix a triangle?").click()
    answer = three.root.locator(".answer-box")
    expect(answer).to_contain_text("need not be guessed")
    expect(answer).to_be_in_viewport()
    expect(cell(three, "mask", 1).locator("canvas")).to_be_in_viewport()
    three.root.get_by_role("button", name="What does each cost?").click()
    expect(three.root.locator(".answer-box")).to_have_count(1)


def test_the_hidden_word_is_shown_with_what_the_model_puts_there(three):
    outcome = cell(three, "outcome", 0)
    expect(outcome.locator(".blank")).to_have_text("the ? sat")
    expect(outcome.locator(".token.right")).to_have_text("cat")
    expect(outcome).to_contain_text("Both sides are read.")
    expect(outcome).to_contain_text("The hidden word, “cat”, gets 75.0 %.")


def test_a_model_that_fails_leaves_the_others_standing(draw):
    drawing = draw(architectures, two_texts())
    assert drawing.root.get_attribute("data-ready") == "ready ready failed waiting"
    expect(cell(drawing, "head", 2).get_by_role("alert")).to_have_text("There is no such model.")
    expect(cell(drawing, "head", 3)).to_contain_text("This pane is being made.")
    assert cell(drawing, "mask", 2).locator("canvas").count() == 0


def test_a_word_lights_in_another_text_that_one_model_reads(draw):
    drawing = draw(architectures, two_texts())
    token(drawing, 0, "cat").hover()
    expect(lit(drawing, 1)).to_have_text(["Cat"])
    expect(drawing.root.locator(".texts p")).to_have_text(["First text: the cat sat", "Second text: ran my Cat"])
    expect(drawing.root.locator(".questions button")).to_have_text(["What does each cost?"])


def test_hostile_text_is_only_text(draw):
    panes = [pane_of(reads_both_ways(HOSTILE), ENCODER, hidden_cat()), pane_of(looks_back(HOSTILE), DECODER)]
    drawing = draw(architectures, comparison_packet(panes, ["<b>one</b>", "<i>other</i>"], {}))
    expect(drawing.root.locator(".texts p")).to_have_text(HOSTILE)
    expect(cell(drawing, "head", 0).locator("strong")).to_have_text("<b>one</b>")
    assert drawing.root.locator("img, b, script").count() == 0
    assert drawing.page.title() != "owned"


def test_a_phone_swipes_from_pane_to_pane(draw):
    drawing = draw(architectures, three_panes(), phone=True)
    assert drawing.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    deck = drawing.root.locator(".deck")
    room, wide = deck.evaluate("deck => [deck.clientWidth, deck.scrollWidth]")
    assert wide > 2.5 * room
    cell(drawing, "mask", 0).scroll_into_view_if_needed()
    deck.evaluate("deck => deck.scrollBy({ left: 200, behavior: 'instant' })")
    # It comes to rest where the second pane begins, and the row's title is still there.
    second = "[data-row=mask][data-pane='1']"
    drawing.page.wait_for_function(
        f"""Math.abs(document.querySelector("{second}").getBoundingClientRect().x
            - document.querySelector(".deck").getBoundingClientRect().x) < 4"""
    )
    expect(drawing.root.get_by_role("heading", name="Who may look at whom")).to_be_in_viewport()


def test_matrices_have_the_colours_of_the_theme_and_take_those_of_another(draw):
    drawing = draw(architectures, one_looks_back())
    matrix = cell(drawing, "role", 0).locator("canvas")
    # The head nearest to "previous token" gives all of the third row to the second column, and nothing to the first.
    assert pixel(matrix, 2, 1) == channels(LIGHT.encoder)
    assert pixel(matrix, 2, 0) == channels(LIGHT.background)
    drawing.page.evaluate(f"document.documentElement.style.setProperty('--st-background-color', '{DARK.background}')")
    drawing.draw(one_looks_back())
    assert pixel(matrix, 2, 1) == channels(DARK.encoder)
    assert pixel(matrix, 2, 0) == channels(DARK.background)


def test_the_saved_page_opens_offline_and_still_answers(browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content(architectures.page(three_panes(), " · ".join(MODELS), "dark"))
    page.locator(".ax[data-ready='ready ready ready'][data-theme=dark]").wait_for()
    page.locator(".cell[data-row=tokens][data-pane='1'] .token", has_text="cat").hover()
    expect(page.locator(".cell[data-row=tokens][data-pane='0'] .token.lit")).to_have_text(["cat"])
    page.get_by_role("slider", name="Depth").fill("0")
    expect(page.locator(".cell[data-row=attention][data-pane='1']")).to_contain_text("layer 0 of 0–2")
    context.close()
    assert errors == []
