"""What the grid of heads draws from a packet, and what it tells the other parts of the page."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from llm_core.figures.head_survey import survey
from llm_core.figures.palette import DARK, LIGHT
from llm_core.samples import TEXT, sample
from pages.shared.attention.head_map import grid_packet
from pages.shared.components.head_grid import head_grid
from tests.browser.attention_view import colours, grid_place, rgb
from tests.drawing.test_attention_drawing import encoder
from tests.recorded.head_grid import measured, unmeasured


@pytest.fixture(scope="module")
def many_heads() -> bytes:
    """30 layers of 9 heads."""
    trace = sample("smollm2-135m", TEXT)
    return grid_packet(trace, "decoder", survey(trace, "decoder"), None)


def click(drawing, layer: int, head: int, **how: object) -> None:
    drawing.root.locator(".frame canvas").click(position=grid_place(drawing.page, layer, head), **how)


def test_every_head_has_a_place_and_tells_what_it_does(draw):
    drawing = draw(head_grid, measured())
    assert drawing.root.get_attribute("data-ready") == "decoder 6 6"
    drawing.root.locator(".frame canvas").hover(position=grid_place(drawing.page, 1, 0))
    expect(drawing.root.locator(".tooltip")).to_contain_text(
        "Layer 1, head 0broadPrevious token: 29.0 % (over 5 queries; random network 29.0 %)"
    )
    drawing.page.mouse.move(2, 2)
    expect(drawing.root.locator(".tooltip")).to_be_hidden()


def test_heads_stand_there_before_they_are_measured(draw):
    drawing = draw(head_grid, unmeasured())
    assert drawing.root.get_by_label("Show", exact=True).locator("option").all_inner_texts() == ["small matrices"]
    drawing.draw(measured())
    assert len(drawing.root.get_by_label("Show", exact=True).locator("option").all_inner_texts()) == 7


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_measure_colours_the_heads_in_both_themes(draw, theme):
    drawing = draw(head_grid, measured(), dark=theme is DARK)
    canvas = drawing.root.locator(".frame canvas")
    assert rgb(theme.panel) in colours(canvas)  # the closed half of the small matrices
    drawing.root.get_by_label("Show", exact=True).select_option(label="Previous token")
    expect(drawing.root.locator(".foot")).to_contain_text("Previous token: each token looks at the token before it")
    drawing.page.wait_for_function(
        "root => root.view.mode.measure === 'previous-token'", arg=drawing.root.element_handle()
    )
    drawn = colours(canvas)
    assert rgb(theme.panel) not in drawn
    assert rgb(theme.decoder) in drawn


def test_sorted_heads_begin_with_the_largest(draw):
    drawing = draw(head_grid, measured())
    drawing.root.get_by_label("Show", exact=True).select_option(label="Entropy")
    drawing.root.get_by_role("button", name="Sort").click()
    expect(drawing.root.get_by_text("all 6 heads")).to_be_visible()
    places = [grid_place(drawing.page, layer, head) for layer, head in ((0, 2), (1, 0), (0, 0))]
    assert [place["x"] for place in places] == sorted(place["x"] for place in places)


def test_a_sorted_list_scrolls_in_its_frame_and_keeps_the_height_of_the_table(draw, many_heads):
    drawing = draw(head_grid, many_heads)
    root = drawing.root
    root.get_by_label("Show", exact=True).select_option(label="Entropy")
    before = root.bounding_box()["height"]
    root.get_by_role("button", name="Sort").click()
    expect(root.get_by_text("all 270 heads")).to_be_visible()
    assert abs(root.bounding_box()["height"] - before) < 100
    root.locator(".frame canvas").focus()
    for _ in range(8):
        drawing.page.keyboard.press("ArrowDown")
    drawing.page.wait_for_function("root => root.querySelector('.frame').scrollTop > 200", arg=root.element_handle())


def test_heads_are_switched_off_by_click_and_by_key_and_reset(draw):
    drawing = draw(head_grid, measured())
    root = drawing.root
    root.get_by_role("button", name="Switch heads off").click()
    click(drawing, 0, 1)
    expect(root.get_by_role("button", name="Reset (1 off)")).to_be_visible()
    root.get_by_role("button", name="Switch heads off").click()
    root.locator(".frame canvas").focus()
    for _ in range(2):
        drawing.page.keyboard.press("ArrowRight")
    expect(root.locator("[aria-live=polite].visually-hidden")).to_contain_text("Layer 0, head 2, broad")
    drawing.page.keyboard.press("x")
    root.get_by_role("button", name="Reset (2 off)").click()
    expect(root.get_by_role("button", name="Reset")).to_have_count(0)


def test_the_grid_opens_heads_and_follows_the_head_view(draw):
    """Both on one page: the head view opens what is clicked in the grid and tells the grid where it looks."""
    trace = sample("minilm-l6-mlm", TEXT)
    drawing = draw(head_grid, grid_packet(trace, "encoder", survey(trace, "encoder"), None))
    drawing.page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<div id=other><div class=ax></div></div>')")
    packet = encoder()
    drawing.page.evaluate(
        """async (packet) => {
            const { components } = await import(window.bundle);
            const data = Uint8Array.from(packet);
            const setStateValue = (name, value) => { window.choice = value; };
            components.attention({ parentElement: document.getElementById("other"), data, setStateValue });
        }""",
        list(packet),
    )
    grid = drawing.page.locator(".ax", has=drawing.page.locator(".frame"))
    opened = "(root) => [root.view.open.layer, ...root.view.open.heads]"
    drawing.page.wait_for_function("root => root.view.open?.layer === 3", arg=grid.element_handle())
    grid.locator(".frame canvas").click(position=grid_place(drawing.page, 3, 4))
    drawing.page.wait_for_function("window.choice?.heads.join() === '4'")
    grid.locator(".frame canvas").click(position=grid_place(drawing.page, 3, 6), modifiers=["Shift"])
    drawing.page.wait_for_function("window.choice?.heads.join() === '4,6'")
    assert grid.evaluate(opened) == [3, 4, 6]


def test_a_phone_scrolls_the_grid_in_its_frame_only(draw, many_heads):
    drawing = draw(head_grid, many_heads, phone=True)
    assert drawing.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert np.isclose(drawing.root.locator(".frame").bounding_box()["width"], 358, atol=2)
