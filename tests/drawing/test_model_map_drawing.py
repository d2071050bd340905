"""What the model map draws from a packet, what it says, and what a click or a key in it sends back."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from llm_core.figures.palette import DARK, LIGHT
from llm_core.samples import TEXT, sample
from llm_core.whole_model.blocks import find_block
from pages.shared.components.model_map import model_map
from pages.shared.whole_model.packet import overview, whole_packet
from pages.shared.whole_model.place import Place
from tests.drawing.conftest import Drawing
from tests.recorded.model_map import shipped

MODEL = "minilm-l6-mlm"

_PLACE = """(root, [kind, layer, head]) => {
    const box = root.view.plan.boxes.find((one) => one.kind === kind && (one.layer ?? null) === layer);
    return { x: box.x + (box.heads ? (head + 0.5) / box.heads : 0.5) * box.width, y: box.y + box.height / 2 };
}"""

_MOUNT_BESIDE = """async ([name, packet]) => {
    const beside = document.createElement("div");
    beside.innerHTML = '<div class="ax"></div>';
    document.body.append(beside);
    const data = Uint8Array.from(atob(packet), (sign) => sign.charCodeAt(0));
    const { components } = await import(window.bundle);
    components[name]({ parentElement: beside, data, setStateValue() {}, setTriggerValue() {} });
}"""


def place_of(drawing: Drawing, kind: str, layer: int | None = None, head: int = 0) -> dict[str, float]:
    return drawing.root.evaluate(_PLACE, [kind, layer, head])


def sent(drawing: Drawing) -> list[Any]:
    return [value for name, value in drawing.sent() if name == "go"]


def test_a_click_goes_to_what_lies_there(draw):
    drawing = draw(model_map, shipped(MODEL, "attention"))
    canvas = drawing.root.locator("canvas")
    for kind, layer, head in (("attention", 4, 7), ("forward", 2, 0), ("embedding", None, 0), ("head", None, 0)):
        canvas.click(position=place_of(drawing, kind, layer, head))
    assert sent(drawing) == [
        {"block": "attention", "stack": "encoder", "layer": 4, "head": 7},
        {"block": "feed_forward", "stack": "encoder", "layer": 2, "head": None},
        {"block": "embedding", "stack": None, "layer": None, "head": None},
        {"block": "head", "stack": None, "layer": None, "head": None},
    ]


def test_cross_attention_is_a_place_of_its_own(draw):
    drawing = draw(model_map, shipped("t5-mini-en-fr", "attention"))
    drawing.root.locator("canvas").click(position=place_of(drawing, "cross", 3, 5))
    [place] = sent(drawing)
    assert (place["block"], place["stack"], place["layer"]) == ("attention", "cross", 3)


def test_pointing_names_a_block_with_its_shape_and_parameters(draw):
    drawing = draw(model_map, shipped(MODEL, "attention"))
    canvas = drawing.root.locator("canvas")
    canvas.hover(position=place_of(drawing, "embedding"))
    tooltip = drawing.root.locator(".tooltip")
    expect(tooltip).to_contain_text("30,522 tokens × 384 numbers")
    expect(tooltip.locator("b")).to_have_text("Embedding")
    expect(canvas).to_have_css("cursor", "pointer")
    assert "encoder of 6 layers with 12 heads each" in canvas.get_attribute("aria-label")
    drawing.page.mouse.move(600, 700)
    expect(tooltip).to_be_hidden()


def test_keys_move_through_the_map_and_enter_goes_there(draw):
    drawing = draw(model_map, shipped(MODEL, "scale"))
    canvas, spoken = drawing.root.locator("canvas"), drawing.root.locator(".visually-hidden")
    canvas.focus()
    for key, words in (
        ("ArrowDown", "Embedding"),
        ("ArrowDown", "Layer 0, attention"),
        ("ArrowDown", "Layer 1, attention"),
        ("ArrowRight", "Layer 1, feed-forward"),
    ):
        canvas.press(key)
        assert spoken.text_content().startswith(words)
    canvas.press("Enter")
    [place] = sent(drawing)
    assert (place["block"], place["layer"]) == ("feed_forward", 1)
    canvas.press("Escape")
    canvas.press("Enter")
    assert len(sent(drawing)) == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_it_has_the_colours_of_its_theme(draw, theme):
    drawing = draw(model_map, shipped(MODEL, "embeddings"), dark=theme is DARK)
    expect(drawing.root.locator(".where")).to_contain_text("You look at the embeddings")
    image = Image.open(io.BytesIO(drawing.root.locator("canvas").screenshot())).convert("RGB")
    seen = {colour for _, colour in image.getcolors(1 << 20)}
    for colour in (theme.text, theme.panel):  # the frame around what is looked at, and its box
        assert tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5)) in seen


def test_it_follows_what_a_picture_of_the_page_tells(draw):
    drawing = draw(model_map, shipped(MODEL, ""))
    where = drawing.page.locator(".ax .where")
    expect(where).to_have_text("You look at the whole model.")
    trace = sample(MODEL, TEXT)
    for name, words in (("encoder.3.attention", "layer 3"), ("output", "what comes out"), (None, "the whole model")):
        place = Place(None if name is None else find_block(trace, name))
        packet = whole_packet(trace, None, overview(trace, None), place, "1", None, standalone=True)
        drawing.page.evaluate(_MOUNT_BESIDE, ["whole_model", base64.b64encode(packet).decode("ascii")])
        expect(where).to_have_text(f"You look at {words}.")


def test_another_model_is_another_map(draw):
    drawing = draw(model_map, shipped(MODEL, "attention"))
    assert drawing.root.locator(".size").text_content() == "6 layers × 12 heads · 22.7 M parameters"
    drawing.draw(shipped("smollm2-135m", "scale"))
    assert drawing.root.locator(".size").text_content() == "30 layers × 9 heads · 135 M parameters"
    assert drawing.root.get_attribute("data-where") == "the whole model: how large it is"
    assert drawing.root.locator("canvas").count() == 1


def test_the_large_map_is_higher(draw):
    small, large = (draw(model_map, shipped(MODEL, "", large=large)) for large in (False, True))
    heights = [drawing.root.locator("canvas").bounding_box()["height"] for drawing in (small, large)]
    assert heights == [175, 48 + 6 * 34 + 14 - 4 + 34 + 1]
