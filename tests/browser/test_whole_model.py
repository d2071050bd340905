"""What a visitor sees and can do on the front page, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from llm_core.samples import TEXT, sample
from llm_core.whole_model.blocks import find_block
from llm_core.whole_model.distribution import probabilities
from llm_core.whole_model.samples import sample_whole
from pages.shared.components.whole_model import whole_model
from pages.shared.whole_model.details import attention_detail
from pages.shared.whole_model.packet import overview, whole_packet
from pages.shared.whole_model.place import Place

MODEL = "minilm-l6-mlm"
ROOT = ".ax:has(> .frame)"


def ready(page: Page, block: str = "closed", inside: str | None = None) -> None:
    """Wait until the picture shows a block open, and what is inside it."""
    page.wait_for_function(
        """([block, inside]) => {
            const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.ax'));
            const told = roots.find((root) => root?.view?.stage)?.dataset.ready?.split(' ') ?? [];
            return told.at(-3) === block && told.at(-2) === inside;
        }""",
        arg=[block, inside or ("none" if block == "closed" else block)],
    )


@pytest.fixture
def whole(visit) -> Page:
    page = visit(path="", model=MODEL)
    ready(page)
    return page


def block(page: Page, name: str):
    return page.locator(f"button.block[data-block='{name}']")


def test_it_draws_text_layers_and_what_comes_out(whole):
    trace = sample(MODEL, TEXT)
    assert whole.locator("button.token.given bdi").all_inner_texts() == [token.text for token in trace.tokens]
    assert whole.locator("button.block.attention").count() == whole.locator("button.block.feed_forward").count() == 6
    best = probabilities(trace.logits[8]).max()
    expect(whole.locator(".ending-share").first).to_have_text(f"{100 * best:.1f} %")
    expect(whole.get_by_role("heading", level=4)).to_contain_text("Six layers read 13 tokens both ways")


def test_a_block_opens_by_mouse_and_closes_by_a_click_outside(whole):
    block(whole, "encoder.3.attention").click(position={"x": 8, "y": 8})
    ready(whole, "encoder.3.attention")
    expect(whole.locator(".opened-panel h3")).to_have_text("Layer 3, attention")
    expect(whole).to_have_url(re.compile(r"block=encoder\.3\.attention"))
    opacity = "node => Number(getComputedStyle(node).opacity)"
    expect(whole.locator(".veil")).to_have_css("opacity", "0.7")
    assert whole.locator(".opened-panel").evaluate(opacity) > 0.9
    whole.locator(".bar-line .hint").click()
    ready(whole)
    expect(whole.locator(".opened-panel")).to_have_count(0)
    expect(whole).not_to_have_url(re.compile("block="))


def test_blocks_are_gone_through_opened_and_closed_with_the_keyboard(whole):
    block(whole, "encoder.embedding").focus()
    whole.keyboard.press("ArrowRight")
    expect(block(whole, "encoder.0.attention")).to_be_focused()
    whole.keyboard.press("ArrowRight")
    whole.keyboard.press("Enter")
    ready(whole, "encoder.0.feed_forward")
    expect(whole.locator(".neuron")).to_have_count(6)
    whole.keyboard.press("Escape")
    ready(whole)
    expect(block(whole, "encoder.0.feed_forward")).to_be_focused()


def test_the_neurons_shown_are_the_records(whole):
    block(whole, "encoder.5.feed_forward").click(position={"x": 4, "y": 8})
    ready(whole, "encoder.5.feed_forward")
    told = sample_whole(MODEL, TEXT).neurons["encoder", 5, 8].neurons
    assert whole.locator(".neuron-name").all_inner_texts() == [f"Neuron {neuron.index:,}" for neuron in told]
    first = whole.locator(".neuron").first
    assert first.locator(".pushed.up bdi").all_inner_texts() == [one.token.text for one in told[0].promotes]
    assert first.locator(".pushed.down bdi").all_inner_texts() == [one.token.text for one in told[0].suppresses]


def test_a_token_is_lit_by_pointing_kept_by_a_click_and_freed_by_escape(whole):
    token = whole.locator("button.token.given").nth(2)
    token.hover()
    expect(token).to_have_class(re.compile(r"\blit\b"))
    expect(whole.locator(".outcome-title bdi")).to_have_text("cat")
    token.click()
    expect(whole).to_have_url(re.compile("token=2"))
    whole.mouse.move(5, 400)
    expect(token).to_have_class(re.compile(r"\blocked\b"))
    token.focus()
    whole.keyboard.press("Escape")
    expect(whole).not_to_have_url(re.compile("token="))


def test_the_temperature_gives_the_exact_probabilities_of_the_whole_vocabulary(whole):
    block(whole, "output").click()
    ready(whole, "output")
    scores = sample(MODEL, TEXT).logits[8].astype(np.float64)
    for temperature in (1.0, 0.5, 2.0):
        slider = whole.get_by_label("Temperature", exact=True)
        slider.fill(str(temperature))
        expect(whole.locator("output.temperature")).to_have_text(f"{temperature:.2f}")
        panel = whole.locator(".opened-panel")
        whole.wait_for_timeout(100)
        shown = json.loads(panel.get_attribute("data-probabilities"))
        expected = np.sort(probabilities(scores, temperature))[::-1][: len(shown)]
        np.testing.assert_allclose(shown, expected, rtol=1e-9)
    expect(whole.locator(".distribution .share").first).to_have_text(f"{100 * expected[0]:.1f} %")


def test_the_weights_drawn_inside_a_block_are_the_traces(visit):
    page = visit(path="", model=MODEL, block="encoder.3.attention", head="1", token="8")
    ready(page, "encoder.3.attention")
    drawn = page.locator(ROOT).evaluate(
        """root => { const inside = root.view.panel.inside, count = inside.keys.positions.length;
        const at = (place) => inside.weight(Math.floor(place / count), place % count);
        return Array.from({ length: count * count }, (_, place) => at(place)); }"""
    )
    weights = sample(MODEL, TEXT).attention("encoder", 3, [1])[0]
    np.testing.assert_allclose(np.reshape(drawn, weights.shape), weights, atol=1e-5)


def test_another_head_is_shown_and_stands_in_the_address(visit):
    page = visit(path="", model=MODEL, block="encoder.3.attention")
    ready(page, "encoder.3.attention")
    page.get_by_label("Head", exact=True).select_option("7")
    expect(page).to_have_url(re.compile("head=7"))
    expect(page.locator(".told")).to_contain_text("Head 7:")


def test_the_way_from_a_block_goes_to_its_layer_on_the_page_that_explores_it(visit):
    page = visit(path="", model=MODEL, block="encoder.2.attention", head="5")
    ready(page, "encoder.2.attention")
    page.get_by_role("link", name="Explore this attention").click()
    expect(page).to_have_url(re.compile(r"/attention\?.*"))
    expect(page).to_have_url(re.compile("layer=2"))
    expect(page.get_by_role("heading", level=4)).to_contain_text("layer 2, head 5")


@pytest.mark.parametrize(("model", "arrows"), [("smollm2-135m", "backwards"), ("t5-mini-en-fr", "cross")])
def test_the_same_picture_serves_the_other_architectures(visit, model, arrows):
    page = visit(path="", model=model)
    ready(page)
    links = page.locator(ROOT).evaluate(
        """root => Object.fromEntries(Object.entries(root.view.arrays)
            .filter(([name]) => name.startsWith("links."))
            .map(([name, links]) => [name, [0, 1].map((part) => {
                const count = links.shape[1];
                return Array.from(links.subarray(part * count, (part + 1) * count));
            })]))"""
    )
    own = [pair for name, pair in links.items() if name.startswith("links.decoder")]
    assert own
    assert all(key <= query for queries, keys in own for query, key in zip(queries, keys, strict=True))
    assert any(name.startswith("links.cross") for name in links) == (arrows == "cross")


def test_on_a_phone_the_picture_scrolls_inside_its_frame(visit):
    page = visit(path="", model=MODEL, phone=True)
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    frame = page.locator(".frame")
    assert frame.evaluate("node => node.scrollWidth > node.clientWidth")


def test_opening_honours_reduced_motion(visit):
    page = visit(path="", model=MODEL)
    ready(page)
    page.emulate_media(reduced_motion="reduce")
    block(page, "encoder.1.attention").click(position={"x": 8, "y": 8})
    ready(page, "encoder.1.attention")
    assert page.locator(".column.tokens").evaluate("node => getComputedStyle(node).transitionDuration") == "0s"


def test_the_saved_page_opens_alone_and_lights_tokens(browser: Browser, tmp_path: Path):
    trace, kept = sample(MODEL, TEXT), sample_whole(MODEL, TEXT)
    block = find_block(trace, "encoder.2.attention")
    inside = attention_detail(trace, Place(block), block)
    packet = whole_packet(
        trace, kept.record, overview(trace, kept.record), Place(), "1", None, insides=[inside], standalone=True
    )
    path = tmp_path / "whole.html"
    path.write_text(whole_model.page(packet, "The <whole> model", "light"), encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.locator("button.token.given").nth(4).hover()
    expect(page.locator(".outcome-title bdi")).to_have_text("on")
    page.locator("button.block[data-block='encoder.2.attention']").click(position={"x": 8, "y": 8})
    expect(page.locator(".told")).to_contain_text("looks most at")
    page.keyboard.press("Escape")
    page.locator("button.block[data-block='encoder.4.attention']").click(position={"x": 8, "y": 8})
    expect(page.locator(".waiting")).to_contain_text("needs the app")
    assert asked == [path.as_uri()]
    assert errors == []
    context.close()
