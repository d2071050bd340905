"""What the picture of the whole model draws from a packet, and what a click or a key in it sends back."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from llm_core.figures.palette import DARK, LIGHT
from llm_core.numbers import percent
from llm_core.samples import TEXT, sample
from llm_core.text.tokens import Token
from llm_core.whole_model.blocks import Block, find_block
from llm_core.whole_model.distribution import probabilities
from llm_core.whole_model.samples import sample_whole
from pages.shared.components.whole_model import whole_model
from pages.shared.whole_model.details import Detail, attention_detail, embedding_detail, neuron_detail, output_detail
from pages.shared.whole_model.packet import Overview, overview, whole_packet
from pages.shared.whole_model.place import Place
from tests.drawing.conftest import Drawing
from tests.recorded.whole_model import decoder_trace, encoder

MODEL = "minilm-l6-mlm"
ASKED = 8  # the position of “it”, which the first text asks about


@cache
def _overview(model: str) -> Overview:
    return overview(sample(model, TEXT), sample_whole(model, TEXT).record)


def block_of(name: str, model: str = MODEL) -> Block:
    block = find_block(sample(model, TEXT), name)
    assert block is not None
    return block


def detail_of(place: Place, model: str = MODEL) -> Detail | None:
    trace, kept, block = sample(model, TEXT), sample_whole(model, TEXT), place.block
    if block is None:
        return None
    if block.part == "attention":
        return attention_detail(trace, place, block)
    if block.part == "embedding":
        return embedding_detail(trace, kept.record, place, block)
    if block.part == "feed_forward":
        return neuron_detail(kept.neurons[block.stack, block.layer, ASKED], block)
    return output_detail(trace, kept.record, place, block, rounded=False)


def packet(
    place: Place = Place(),  # noqa: B008 - a frozen record
    *,
    model: str = MODEL,
    detail: Detail | None = None,
    insides: Collection[Detail] = (),
    standalone: bool = False,
) -> bytes:
    """What the page sends, with what is inside the block that the place opens if nothing else is given."""
    trace, kept = sample(model, TEXT), sample_whole(model, TEXT)
    inside = detail if detail is not None else detail_of(place, model)
    made = _overview(model)
    return whole_packet(trace, kept.record, made, place, "1", inside, insides=insides, standalone=standalone)


def at(name: str, **more: object) -> Place:
    return replace(Place(block_of(name)), **more)


def ready(drawing: Drawing, block: str = "closed", inside: str | None = None) -> None:
    """Wait until the picture shows a block open, and what is inside it."""
    inside = inside or ("none" if block == "closed" else block)
    drawing.page.locator(f".ax[data-ready*=' {block} {inside} ']").wait_for()


def button(drawing: Drawing, name: str) -> Locator:
    return drawing.root.locator(f"button.block[data-block='{name}']")


def press(drawing: Drawing, *keys: str) -> None:
    for key in keys:
        drawing.page.keyboard.press(key)


def test_it_draws_text_layers_and_what_comes_out(draw):
    drawing = draw(whole_model, packet())
    trace = sample(MODEL, TEXT)
    root = drawing.root
    assert root.locator("button.token.given bdi").all_inner_texts() == [token.text for token in trace.tokens]
    assert root.locator("button.block.attention").count() == root.locator("button.block.feed_forward").count() == 6
    assert root.locator(".ending-share").first.inner_text() == percent(float(probabilities(trace.logits[8]).max()))
    assert root.locator(".token.padding").count() == 0
    assert root.locator(".title.span").inner_text().startswith("Encoder: 6 layers")
    assert root.locator(".legend-item").count() == 4
    assert re.fullmatch(
        r"Layer 3, attention: adds \d+ % of the stream's length\. Open",
        button(drawing, "encoder.3.attention").get_attribute("aria-label"),
    )


def test_a_block_opens_is_filled_by_the_answer_and_closes_by_a_click_outside(draw):
    drawing = draw(whole_model, packet())
    drawing.root.locator("button.block.attention").nth(3).click(position={"x": 8, "y": 8})
    panel = drawing.root.locator(".opened-panel")
    assert panel.locator("h3").inner_text() == "Layer 3, attention"
    assert "before and after it" in panel.locator("header p").first.inner_text()
    assert "Reading what is inside" in panel.locator(".waiting").inner_text()
    assert button(drawing, "encoder.3.attention").get_attribute("aria-expanded") == "true"
    drawing.draw(packet(at("encoder.3.attention", number=1)))
    ready(drawing, "encoder.3.attention")
    expect(drawing.root.locator(".veil")).to_have_css("opacity", "0.7")
    drawing.root.locator(".bar-line .hint").click()
    expect(panel).to_have_count(0)
    expect(button(drawing, "encoder.3.attention")).to_be_focused()
    opened = {"block": "encoder.3.attention", "head": None, "token": None, "number": 1}
    assert drawing.sent() == [("choice", opened), ("choice", {**opened, "block": None, "number": 2})]


def test_an_answer_to_an_older_choice_changes_nothing(draw):
    drawing = draw(whole_model, packet())
    for name in ("encoder.0.feed_forward", "encoder.1.feed_forward"):
        button(drawing, name).focus()
        press(drawing, "Enter")
    drawing.draw(packet(at("encoder.0.feed_forward", number=1)))
    assert drawing.root.locator(".opened-panel.in h3").inner_text() == "Layer 1, feed-forward"
    drawing.draw(packet(Place(number=2)))
    ready(drawing)


def test_blocks_are_gone_through_opened_and_closed_with_the_keyboard(draw):
    drawing = draw(whole_model, packet())
    button(drawing, "encoder.embedding").focus()
    press(drawing, "ArrowRight")
    expect(button(drawing, "encoder.0.attention")).to_be_focused()
    press(drawing, "End")
    expect(button(drawing, "output")).to_be_focused()
    press(drawing, "Home", "ArrowRight", "ArrowRight", "Enter")
    panel = drawing.root.locator(".opened-panel")
    expect(panel).to_be_focused()
    assert panel.locator("h3").inner_text() == "Layer 0, feed-forward"
    press(drawing, "Escape")
    expect(panel).to_have_count(0)
    expect(button(drawing, "encoder.0.feed_forward")).to_be_focused()


def test_the_neurons_shown_are_the_records(draw):
    drawing = draw(whole_model, packet(at("encoder.5.feed_forward")))
    ready(drawing, "encoder.5.feed_forward")
    neurons = sample_whole(MODEL, TEXT).neurons["encoder", 5, ASKED].neurons
    names = drawing.root.locator(".neuron-name").all_inner_texts()
    assert names == [f"Neuron {neuron.index:,}" for neuron in neurons]
    first = drawing.root.locator(".neuron").first
    assert first.locator(".pushed.up bdi").all_inner_texts() == [one.token.text for one in neurons[0].promotes]
    assert first.locator(".pushed.down bdi").all_inner_texts() == [one.token.text for one in neurons[0].suppresses]


def test_the_tables_of_an_embedding_are_added_up(draw):
    drawing = draw(whole_model, packet(at("encoder.embedding", token=("source", 2))))
    ready(drawing, "encoder.embedding")
    assert drawing.root.locator(".table-name strong").all_inner_texts() == [
        "Token",
        "Segment",
        "Position",
        "First vector",
    ]
    assert drawing.root.locator(".table-name .sign").all_text_contents() == ["", "+", "+", "="]
    first = sample(MODEL, TEXT).states["encoder"][0][2]
    strip = drawing.root.locator("canvas.strip").last
    strip.hover(position={"x": 1, "y": 10})
    shown = drawing.root.locator(".tooltip").inner_text().splitlines()[-1]
    number = float(shown.removeprefix("number 0: ").replace("−", "-"))
    assert number == pytest.approx(float(first[0]), rel=1e-3)


def test_a_token_is_lit_by_pointing_kept_by_a_click_and_freed_by_escape(draw):
    drawing = draw(whole_model, packet())
    token = drawing.root.locator("button.token.given").nth(2)
    token.hover()
    expect(token).to_have_class(re.compile(r"\blit\b"))
    expect(drawing.root.locator(".outcome-title bdi")).to_have_text("cat")
    expect(drawing.root.locator("button.token.given").nth(3)).to_have_class(re.compile(r"\bfaded\b"))
    token.click()
    token.evaluate("node => node.blur()")
    drawing.page.mouse.move(5, 700)
    expect(token).to_have_class(re.compile(r"\blocked\b"))
    expect(token).to_have_attribute("aria-pressed", "true")
    token.focus()
    press(drawing, "ArrowDown")
    expect(drawing.root.locator("button.token.given").nth(3)).to_be_focused()
    press(drawing, "Escape")
    expect(token).to_have_attribute("aria-pressed", "false")
    choices = [choice["token"] for _, choice in drawing.sent()]
    assert choices == [{"sequence": "source", "position": 2}, None]


def test_pointing_at_a_block_tells_what_it_adds_and_where_a_token_looks(draw):
    drawing = draw(whole_model, packet())
    box = button(drawing, "encoder.2.attention").bounding_box()
    height = (box["height"] - 12) / len(sample(MODEL, TEXT).tokens)
    drawing.page.mouse.move(box["x"] + 8, box["y"] + 6 + (ASKED + 0.5) * height)
    lines = drawing.root.locator(".tooltip").inner_text().splitlines()
    assert lines[0] == "Layer 2, attention"
    assert re.fullmatch(r"adds \d+ % of the stream's length at “it” \[8\]", lines[1])
    mean = sample(MODEL, TEXT).attention("encoder", 2).mean(axis=0)[ASKED]
    key = int(mean.argmax())
    assert lines[2].startswith(f"looks most at “{sample(MODEL, TEXT).tokens[key].text}” [{key}]: ")


def test_the_temperature_gives_the_exact_probabilities_of_the_whole_vocabulary(draw):
    drawing = draw(whole_model, packet(at("output")))
    ready(drawing, "output")
    scores = sample(MODEL, TEXT).logits[ASKED].astype(np.float64)
    panel = drawing.root.locator(".opened-panel")
    for temperature in (0.5, 2.0, 1.0):
        drawing.root.get_by_label("Temperature", exact=True).fill(str(temperature))
        expect(drawing.root.locator("output.temperature")).to_have_text(f"{temperature:.2f}")
        expected = np.sort(probabilities(scores, temperature))[::-1]
        expect(drawing.root.locator(".distribution .share").first).to_have_text(percent(float(expected[0])))
        shown = json.loads(panel.get_attribute("data-probabilities"))
        np.testing.assert_allclose(shown, expected[: len(shown)], rtol=1e-9)
    assert "other 30,510 tokens together" in drawing.root.locator(".rest").inner_text()


def test_the_weights_drawn_inside_a_block_are_the_traces(draw):
    drawing = draw(whole_model, packet(at("encoder.3.attention", head=1, token=("source", ASKED))))
    ready(drawing, "encoder.3.attention")
    trace = sample(MODEL, TEXT)
    weights = trace.attention("encoder", 3, [1])[0]
    canvas = drawing.root.locator("canvas.inside")
    # Names, keys and queries take 288 pixels, values and their mixture 212, the matrix what is left.
    cell = (canvas.bounding_box()["width"] - 288 - 212) / len(trace.tokens)
    row = (button(drawing, "encoder.3.attention").bounding_box()["height"] - 12) / len(trace.tokens)
    tooltip = drawing.root.locator(".tooltip")
    for query, key in ((8, 2), (7, 0), (7, 10)):
        canvas.hover(position={"x": 288 + (key + 0.5) * cell, "y": 92 + (query + 0.5) * row})
        names = [f"“{trace.tokens[place].text}” [{place}]" for place in (query, key)]
        expect(tooltip).to_have_text(" → ".join(names) + percent(float(weights[query, key])))


def test_another_head_is_asked_for_and_shown_when_it_comes(draw):
    drawing = draw(whole_model, packet(at("encoder.3.attention")))
    ready(drawing, "encoder.3.attention")
    drawing.root.get_by_label("Head", exact=True).select_option("7")
    [(_, choice)] = drawing.sent()
    assert (choice["block"], choice["head"]) == ("encoder.3.attention", 7)
    drawing.draw(packet(at("encoder.3.attention", head=7, number=1)))
    expect(drawing.root.locator(".summary")).to_contain_text("Head 7:")


def test_the_link_of_a_block_leads_to_the_page_that_explores_it(draw):
    drawing = draw(whole_model, packet(at("encoder.2.attention", head=5)))
    ready(drawing, "encoder.2.attention")
    link = drawing.root.get_by_role("link", name="Explore this attention")
    assert link.get_attribute("href") == "attention?stack=encoder&layer=2&head=5"
    link.click()
    assert drawing.sent() == [("way", {"kind": "attention", "number": 1})]


def test_what_cannot_be_shown_inside_a_block_is_said(draw):
    words = "This model’s neurons cannot be told apart."
    detail: Detail = ({"kind": "problem", "block": "encoder.1.feed_forward", "problem": words}, {})
    drawing = draw(whole_model, packet(at("encoder.1.feed_forward"), detail=detail))
    ready(drawing, "encoder.1.feed_forward")
    assert drawing.root.locator(".problem").inner_text() == words


@pytest.mark.parametrize(
    ("model", "blocks", "cross"), [("smollm2-135m", 30, 0), ("t5-mini-en-fr", 8, 4)], ids=["decoder", "encoder-decoder"]
)
def test_the_same_picture_serves_the_other_architectures(draw, model, blocks, cross):
    drawing = draw(whole_model, packet(model=model))
    assert drawing.root.locator("button.block.attention:not(.cross)").count() == blocks
    assert drawing.root.locator("button.block.cross").count() == cross
    assert drawing.root.locator("button.block.feed_forward").count() == blocks
    texts = [sample(model, TEXT).tokens, sample(model, TEXT).target_tokens]
    expected = [token.text for tokens in texts for token in tokens]
    assert drawing.root.locator("button.token.given bdi").all_text_contents() == expected


def test_a_block_of_cross_attention_shows_who_looks_at_the_other_text(draw):
    model = "t5-mini-en-fr"
    drawing = draw(whole_model, packet(Place(block_of("cross.2.attention", model)), model=model))
    ready(drawing, "cross.2.attention")
    assert drawing.root.locator(".opened-panel h3").inner_text() == "Layer 2, cross-attention"
    assert drawing.root.locator("canvas.inside").get_attribute("aria-label").startswith("Head ")


def test_an_encoder_without_an_output_head_ends_in_its_vectors(draw):
    drawing = draw(whole_model, encoder())
    ready(drawing, "encoder.1.attention")
    assert drawing.root.locator(".outcome-title").inner_text() == "Sentence vector"
    press(drawing, "Escape")
    button(drawing, "output").focus()
    press(drawing, "Enter")
    ready(drawing, "output")
    strips = drawing.root.locator("canvas.strip")
    assert strips.count() == 2
    assert strips.last.get_attribute("aria-label") == "Sentence vector: 2 numbers, from −0.5625 to 0.3750"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_it_has_the_colours_of_its_theme(draw, theme):
    drawing = draw(whole_model, packet(), dark=theme is DARK)
    image = Image.open(io.BytesIO(drawing.root.locator(".frame").screenshot())).convert("RGB")
    seen = {colour for _, colour in image.getcolors(1 << 22)}
    for colour in (theme.background, theme.encoder):  # dots of attention have the colour of their stack
        assert tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5)) in seen


def test_on_a_phone_the_picture_scrolls_inside_its_frame(draw):
    drawing = draw(whole_model, packet(), phone=True)
    assert drawing.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert drawing.root.locator(".frame").evaluate("node => node.scrollWidth > node.clientWidth")


def test_opening_honours_reduced_motion(draw):
    drawing = draw(whole_model, packet())
    drawing.page.emulate_media(reduced_motion="reduce")
    button(drawing, "encoder.1.attention").click(position={"x": 8, "y": 8})
    column = drawing.root.locator(".column.tokens")
    assert column.evaluate("node => getComputedStyle(node).transitionDuration") == "0s"
    assert drawing.root.locator(".opened-panel").evaluate("node => getComputedStyle(node).opacity") == "1"


def test_hostile_text_is_only_text(draw, tmp_path: Path):
    hostile = '<img src=x onerror="window.fired = true">'
    trace = decoder_trace()
    trace = replace(trace, text=hostile, tokens=(Token(0, hostile, hostile), *trace.tokens[1:]))
    sent = whole_packet(trace, None, overview(trace, None), Place(), "1", None, standalone=True)
    drawing = draw(whole_model, sent)
    assert drawing.root.locator("button.token.given bdi").first.text_content() == hostile
    drawing.root.locator("button.token.given").first.hover()
    with drawing.page.expect_download() as saved:
        drawing.root.get_by_role("button", name="SVG").click()
    saved.value.save_as(tmp_path / "picture.svg")
    svg = (tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg ")
    assert "<img" not in svg
    assert drawing.page.evaluate("window.fired") is None


def test_the_saved_picture_is_an_image(draw, tmp_path: Path):
    drawing = draw(whole_model, packet())
    with drawing.page.expect_download() as saved:
        drawing.root.get_by_role("button", name="PNG").click()
    assert saved.value.suggested_filename == "minilm-l6-mlm-whole-model.png"
    saved.value.save_as(tmp_path / "picture.png")
    width = drawing.root.locator(".stage").evaluate("node => node.getBoundingClientRect().width")
    with Image.open(tmp_path / "picture.png") as image:
        assert image.size[0] == pytest.approx(2 * width, abs=2)


def test_the_saved_page_opens_alone_lights_tokens_and_opens_blocks(browser: Browser, tmp_path: Path):
    inside = detail_of(at("encoder.2.attention"))
    path = tmp_path / "whole.html"
    page_text = whole_model.page(packet(insides=[inside], standalone=True), "The <whole> model", "light")
    path.write_text(page_text, encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    assert page.locator("h1").inner_text() == "The <whole> model"
    page.locator("button.token.given").nth(4).hover()
    expect(page.locator(".outcome-title bdi")).to_have_text("on")
    page.locator("button.block[data-block='encoder.2.attention']").click(position={"x": 8, "y": 8})
    expect(page.locator(".summary")).to_contain_text("looks most at")
    assert page.locator(".opened-panel .way").count() == 0
    page.keyboard.press("Escape")
    page.locator("button.block[data-block='encoder.4.attention']").click(position={"x": 8, "y": 8})
    expect(page.locator(".opened-panel.in .waiting")).to_contain_text("needs the app")
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert errors == []
    context.close()
