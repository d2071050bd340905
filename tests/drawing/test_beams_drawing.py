"""What is drawn of a beam search."""

from __future__ import annotations

from playwright.sync_api import expect

from llm_core.generation.beam_tree import BeamNode, BeamText, BeamTree
from llm_core.generation.step import Prompt
from llm_core.text.tokens import Token
from pages.shared.components.beams import beams
from pages.shared.generation.beam_parts import beams_packet


def tree(*words: str) -> BeamTree:
    """Two beams, two tokens deep; one text ends after the first token, one after the second."""
    tokens = [Token(number, word, word) for number, word in enumerate(words)]
    given = [  # parent, depth, log-probability, score, rank, fate, final score
        (None, 1, -0.5, -0.5, 0, "continued", None),
        (None, 1, -1.0, -1.0, 1, "found", -1.0),
        (None, 1, -3.0, -3.0, 2, "behind", None),
        (0, 2, -0.25, -0.75, 0, "found", -0.375),
        (0, 2, -2.0, -2.5, 1, "stopped", None),
    ]
    nodes = tuple(
        BeamNode(number, parent, depth, token, one, one, score, rank, fate, final)
        for number, ((parent, depth, one, score, rank, fate, final), token) in enumerate(
            zip(given, tokens, strict=True)
        )
    )
    texts = (BeamText((tokens[0], tokens[3]), -0.375, 3), BeamText((tokens[1],), -1.0, 1))
    prompt = Prompt("made", "decoder", "", "", (tokens[0],), (), {}, frozenset())
    return BeamTree(prompt, nodes, texts, 2, 1.0, True, "full", 0.0)


PLAIN = beams_packet(tree("le", "chat", "noir", "chien", "dort"))


def lit(drawing) -> list[str]:
    return drawing.root.locator(".node.lit").evaluate_all("all => all.map((one) => one.dataset.node)")


def test_the_best_text_is_lit_first_and_any_other_by_a_click(draw):
    drawing = draw(beams, PLAIN)
    texts = drawing.root.get_by_role("option")
    assert [text.inner_text().split() for text in texts.all()] == [
        ["1.", "le", "chien", "−0.375"],
        ["2.", "chat", "−1.000"],
    ]
    assert lit(drawing) == ["0", "3"]
    expect(drawing.root.locator(".edge")).to_have_count(3)
    expect(drawing.root.locator(".edge.lit")).to_have_count(2)
    expect(drawing.root.locator(".verdict")).to_contain_text("“chien”, rank 1 of its column")
    texts.nth(1).click()
    assert lit(drawing) == ["1"]
    expect(texts.nth(1)).to_have_attribute("aria-selected", "true")
    expect(drawing.root.locator(".verdict")).to_contain_text(
        "−1.000 / 1 to the power of 1 = −1.000; finished: one of the texts found."
    )


def test_every_candidate_says_what_became_of_it(draw):
    drawing = draw(beams, PLAIN)
    nodes = drawing.root.locator(".node")
    nodes.nth(2).click()
    expect(drawing.root.locator(".verdict")).to_have_text(
        "“noir”, rank 3 of its column; 5.0 % by the model after its text, log-probability −3.000; "
        "sum of log-probabilities: −3.000; let go: 2 others score higher."
    )
    nodes.nth(4).click()
    expect(drawing.root.locator(".verdict")).to_contain_text("the search stopped here, since 2 texts had finished")
    nodes.nth(0).hover()
    expect(drawing.root.locator(".tooltip")).to_contain_text("kept: a beam goes on from here")
    assert drawing.sent() == []


def test_columns_and_ranks_stand_in_order(draw):
    drawing = draw(beams, PLAIN)
    boxes = [node.bounding_box() for node in drawing.root.locator(".node").all()]
    assert boxes[0]["x"] == boxes[1]["x"] == boxes[2]["x"] < boxes[3]["x"] == boxes[4]["x"]
    assert boxes[0]["y"] == boxes[3]["y"] < boxes[1]["y"] == boxes[4]["y"] < boxes[2]["y"]


def test_colours_are_the_themes_and_a_phone_scrolls_only_down(draw):
    colour = "one => getComputedStyle(one).color"
    light, dark = draw(beams, PLAIN), draw(beams, PLAIN, dark=True, phone=True)
    assert dark.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown = [drawing.root.locator(".node.survived").first.evaluate(colour) for drawing in (light, dark)]
    assert shown[0] != shown[1]


def test_hostile_tokens_are_text_also_on_a_saved_page(draw, browser, tmp_path):
    hostile = "<img src=x onerror=window.hacked=1>"
    packet = beams_packet(tree(hostile, "</script>", "**b**", hostile, "$x$"))
    drawing = draw(beams, packet)
    expect(drawing.root.locator(".found").first).to_contain_text(hostile)
    saved = tmp_path / "beams.html"
    saved.write_text(beams.page(packet, "</title><script>window.hacked=1</script>", "dark"), encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(saved.as_uri())
    expect(page.locator(".node")).to_have_count(5)
    for one in (drawing.page, page):
        assert one.evaluate("window.hacked") is None
        assert one.locator("img").count() == 0
    context.close()
