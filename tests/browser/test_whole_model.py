"""What a visitor does on the front page, in a real browser with a real server."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from llm_core.numbers import percent
from llm_core.samples import TEXT, sample
from llm_core.whole_model.samples import sample_whole

MODEL = "minilm-l6-mlm"


def ready(page: Page, block: str = "closed") -> None:
    """Wait until the picture shows a block open and what is inside it, as the server has answered."""
    inside = "none" if block == "closed" else block
    page.locator(f".ax[data-ready*=' {block} {inside} ']").wait_for()


def block(page: Page, name: str) -> Locator:
    return page.locator(f"button.block[data-block='{name}']")


def test_a_block_is_opened_by_mouse_and_by_keyboard_and_shows_the_records_numbers(visit):
    page = visit(path="", model=MODEL)
    ready(page)
    block(page, "encoder.5.feed_forward").click(position={"x": 4, "y": 8})
    ready(page, "encoder.5.feed_forward")
    expect(page).to_have_url(re.compile(r"block=encoder\.5\.feed_forward"))
    neurons = sample_whole(MODEL, TEXT).neurons["encoder", 5, 8].neurons
    assert page.locator(".neuron-name").all_inner_texts() == [f"Neuron {neuron.index:,}" for neuron in neurons]

    page.locator(".bar-line .hint").click()  # outside of it
    ready(page)
    expect(page.locator(".opened-panel")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("block="))

    block(page, "encoder.embedding").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    ready(page, "encoder.0.attention")
    trace = sample(MODEL, TEXT)
    shown = int(page.get_by_label("Head", exact=True).input_value())
    most = float(trace.attention("encoder", 0, [shown])[0][8].max())
    expect(page.locator(".summary")).to_contain_text(f"with {percent(most)}")
    page.keyboard.press("Escape")
    ready(page)
    expect(block(page, "encoder.0.attention")).to_be_focused()


def test_another_head_and_the_link_lead_to_its_layer_on_the_page_that_explores_it(visit):
    text = "The black cat sat."
    page = visit(path="", model=MODEL, text=text, block="encoder.2.attention")
    ready(page, "encoder.2.attention")
    page.get_by_label("Head", exact=True).select_option("7")
    expect(page).to_have_url(re.compile("head=7"))
    expect(page.locator(".summary")).to_contain_text("Head 7:")
    page.get_by_role("link", name="Explore this attention").click()
    for part in (r"/attention\?", "layer=2", "head=7"):
        expect(page).to_have_url(re.compile(part))
    expect(page.get_by_role("heading", level=4)).to_contain_text("layer 2, head 7")
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_have_value(text)


def test_on_a_phone_a_block_opens_at_once_for_who_wants_no_motion(visit):
    page = visit(path="", model=MODEL, phone=True)
    ready(page)
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator(".frame").evaluate("node => node.scrollWidth > node.clientWidth")
    button = block(page, "encoder.1.attention")
    button.focus()  # scrolls to it within the frame
    page.keyboard.press("Enter")
    ready(page, "encoder.1.attention")
    expect(page.locator(".opened-panel")).to_have_css("opacity", "1")
    assert page.locator(".column.tokens").evaluate("node => getComputedStyle(node).transitionDuration") == "0s"
