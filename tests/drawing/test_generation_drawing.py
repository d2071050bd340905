"""What the Generation page's component draws of a text being written, and what it sends back."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import expect
from transformers import TemperatureLogitsWarper, TopPLogitsWarper

from llm_core import GenerationSettings
from llm_core.generation.choosing import luck
from llm_core.generation.shown import MEAN
from pages.shared.components.generation import generation
from pages.shared.generation.packet import generation_packet
from pages.shared.generation.store import Branch, Growth, grow
from tests import asked

PROMPT = "The cat sat on the mat"
DRAWN = GenerationSettings(max_new_tokens=6, temperature=1.0, seed=4)


@pytest.fixture(scope="module")
def written(tiny):
    """A function that gives the steps of a tiny model's text."""
    known = {}

    def steps(name, prompt=PROMPT, settings=DRAWN):
        key = (name, prompt, settings)
        if key not in known:
            known[key] = asked.written(tiny(name), prompt, settings)
        return known[key]

    return steps


@pytest.fixture
def packet(tiny, written):
    """A function that gives the packet of a tiny model's text."""

    def made(name, prompt=PROMPT, settings=DRAWN, *, standalone=False, **place):
        growth = Growth((), [Branch(list(written(name, prompt, settings)), settings)], **place)
        return generation_packet(asked.facts(tiny(name)), growth, standalone=standalone)

    return made


def now(drawing):
    return drawing.root.locator(".written.now")


def stop_the_clock(drawing):
    """From here on time passes by ``page.clock.run_for`` alone."""
    drawing.page.clock.install(time=0)
    drawing.page.clock.pause_at(1000)


def test_sliders_answer_with_the_librarys_numbers_and_tell_nobody(draw, packet, written):
    step = written("gpt2")[2]
    drawing = draw(generation, packet("gpt2", step=2))
    for name, value in (("temperature", "1.5"), ("topP", "0.6")):
        drawing.root.locator(f"input[data-name={name}]").fill(value)
    expect(drawing.root.locator("output.changed")).to_have_count(2)
    scores = torch.from_numpy(step.logits.copy())[None]
    for stage in (TemperatureLogitsWarper(1.5), TopPLogitsWarper(0.6)):
        scores = stage(None, scores)
    expected = scores.softmax(-1)[0]
    kept = str(int((expected > 0).sum()))
    expect(drawing.root.locator("[data-stage=top-p]")).to_have_attribute("data-kept", kept)
    rows = drawing.root.locator(".candidates .row[data-token]").evaluate_all(
        "all => all.map((one) => [Number(one.dataset.token), Number(one.dataset.after)])"
    )
    assert len(rows) >= 12
    for token, share in rows:
        assert share == pytest.approx(float(expected[token]), abs=1e-4)
    winner = int((expected.numpy() * luck(step.draw, len(step.logits))).argmax())
    assert int(drawing.root.locator(".row.chosen").get_attribute("data-token")) == winner
    assert drawing.sent() == []
    drawing.root.get_by_role("button", name="Write on from here with these").click()
    [(name, choice)] = drawing.sent()
    assert name == "choice"
    assert choice == {
        "kind": "branch",
        "branch": 0,
        "number": 1,
        "step": 2,
        "token": None,
        "settings": {"temperature": 1.5, "topK": 0, "topP": 0.6, "minP": 0, "typicalP": 1, "penalty": 1},
    }


def test_the_settings_used_can_be_returned_to(draw, packet):
    drawing = draw(generation, packet("gpt2"))
    before = drawing.root.locator(".candidates").inner_text()
    drawing.root.locator("input[data-name=topK]").fill("3")
    expect(drawing.root.locator("[data-stage=top-k]")).to_have_attribute("data-kept", "3")
    expect(drawing.root.locator(".row.excluded")).not_to_have_count(0)
    drawing.root.get_by_role("button", name="Back to the settings used").click()
    expect(drawing.root.locator("output.changed")).to_have_count(0)
    assert drawing.root.locator(".candidates").inner_text() == before
    assert drawing.root.locator("input[data-name=topK]").input_value() == "0"


def test_sliders_stay_where_they_are_when_the_server_answers(draw, packet):
    drawing = draw(generation, packet("gpt2"))
    drawing.root.locator("input[data-name=topK]").fill("3")
    drawing.draw(packet("gpt2", step=3))
    expect(drawing.root.locator("[data-stage=top-k]")).to_have_attribute("data-kept", "3")
    drawing.draw(packet("gpt2", settings=GenerationSettings(max_new_tokens=6, top_k=9)))
    assert drawing.root.locator("input[data-name=topK]").input_value() == "9"


def test_keys_and_buttons_step_and_the_server_is_told_once_a_step_stays(draw, packet):
    drawing = draw(generation, packet("gpt2", step=1))
    stop_the_clock(drawing)
    drawing.root.locator(".text").focus()
    for key, step in (("ArrowRight", "2"), ("ArrowRight", "3"), ("ArrowLeft", "2"), ("Home", "0"), ("End", "5")):
        drawing.page.keyboard.press(key)
        expect(now(drawing)).to_have_attribute("data-step", step)
    expect(drawing.root.locator(".now.quiet")).to_contain_text("The length asked for is reached.")
    assert drawing.root.get_by_role("button", name="One token on").is_disabled()
    drawing.root.get_by_role("button", name="One token back").click()
    expect(now(drawing)).to_have_attribute("data-step", "4")
    assert drawing.sent() == []
    drawing.page.clock.run_for(400)
    assert drawing.sent() == [("choice", {"kind": "step", "step": 4, "branch": 0, "number": 1})]
    drawing.root.locator(".written").nth(2).click()
    drawing.root.get_by_label("Token", exact=True).fill("3")
    expect(now(drawing)).to_have_attribute("data-step", "3")
    expect(drawing.root.locator(".count")).to_have_text("token 4 of 6")
    drawing.page.clock.run_for(400)
    assert [choice["step"] for _, choice in drawing.sent()] == [4, 3]


def test_a_choice_right_after_a_step_names_the_step_and_is_the_last_that_is_sent(draw, packet):
    drawing = draw(generation, packet("gpt2", step=1))
    stop_the_clock(drawing)
    drawing.root.get_by_role("button", name="One token on").click()
    drawing.root.get_by_label("Decoder head").select_option("2")
    drawing.page.clock.run_for(1000)
    [(_, choice)] = drawing.sent()
    assert (choice["kind"], choice["step"], choice["head"]) == ("looking", 2, 2)


def test_an_answer_does_not_pull_back_what_plays(draw, packet):
    drawing = draw(generation, packet("gpt2", step=1))
    stop_the_clock(drawing)
    drawing.root.get_by_role("button", name="One token on").click()
    drawing.page.clock.run_for(400)
    assert len(drawing.sent()) == 1
    drawing.root.get_by_role("button", name="Play").click()
    drawing.page.clock.run_for(700)
    drawing.draw(packet("gpt2", step=2, number=1))
    expect(now(drawing)).to_have_attribute("data-step", "3")


def test_what_plays_goes_on_by_itself_until_it_is_paused_or_at_its_end(draw, packet):
    drawing = draw(generation, packet("gpt2", step=1))
    stop_the_clock(drawing)
    drawing.root.get_by_role("button", name="Play").click()
    drawing.page.clock.run_for(1400)
    expect(now(drawing)).to_have_attribute("data-step", "3")
    drawing.root.get_by_role("button", name="Pause").click()
    drawing.page.clock.run_for(5000)
    expect(now(drawing)).to_have_attribute("data-step", "3")
    assert [choice["step"] for _, choice in drawing.sent()] == [3]
    drawing.root.locator(".text").press("Space")
    drawing.page.clock.run_for(5000)
    expect(now(drawing)).to_have_attribute("data-step", "5")
    drawing.root.get_by_role("button", name="Play").click()
    expect(now(drawing)).to_have_attribute("data-step", "0")


def test_a_candidate_and_a_branch_are_asked_for(draw, tiny, written):
    model, steps = asked.facts(tiny("gpt2")), written("gpt2")
    growth = Growth((), [Branch(list(steps), DRAWN)])
    drawing = draw(generation, generation_packet(model, growth))
    expect(drawing.root.locator(".branch")).to_have_count(0)
    row = drawing.root.locator(".candidates .row[data-token]:not(.written)").first
    token = int(row.get_attribute("data-token"))
    row.get_by_role("button").click()
    [(_, choice)] = drawing.sent()
    assert (choice["kind"], choice["step"], choice["token"], choice["settings"]) == ("branch", 0, token, None)
    grow(model, growth, 2, next(one.token.id for one in steps[2].candidates if one.token.id != steps[2].token.id))
    growth.number = 1
    drawing.draw(generation_packet(model, growth))
    branches = drawing.root.get_by_role("treeitem")
    expect(branches).to_have_count(2)
    expect(branches.nth(1)).to_have_attribute("aria-selected", "true")
    expect(branches.nth(1)).to_contain_text("└ from token 3")
    expect(drawing.root.locator(".written.picked")).to_have_count(1)
    branches.first.click()
    assert drawing.sent()[1] == ("choice", {"kind": "goto", "branch": 0, "step": 0, "number": 2})


def test_every_stack_shows_what_the_step_looks_at(draw, packet, written):
    places = {"encoder": (1, 0), "decoder": (1, 2), "cross": (0, MEAN)}
    drawing = draw(generation, packet("bart", step=3, looking=dict(places)))
    step = written("bart")[3]

    def shares(stack):
        chips = drawing.root.locator(f".panel.{stack} .lightable")
        return chips.evaluate_all("all => all.map((one) => Number(one.dataset.share))")

    cross = step.attention("cross", 0).mean(axis=0)[0]
    assert shares("cross") == pytest.approx(cross.tolist(), abs=1e-3)
    assert shares("decoder") == pytest.approx(step.attention("decoder", 1, [2])[0, 0].tolist(), abs=1e-3)
    encoder = step.attention("encoder", 1, [0])[0]
    assert shares("encoder") == pytest.approx(encoder[int(cross.argmax())].tolist(), abs=1e-3)
    drawing.root.locator(".panel.cross .lightable").nth(2).hover()
    expect(drawing.root.locator(".tooltip")).to_contain_text("[2]")
    assert shares("encoder") == pytest.approx(encoder[2].tolist(), abs=1e-3)
    drawing.root.get_by_label("Decoder head").select_option("-1")
    drawing.root.get_by_label("Encoder layer").select_option("0")
    assert [choice for _, choice in drawing.sent()] == [
        {"kind": "looking", "step": 3, "stack": "decoder", "layer": 1, "head": -1, "branch": 0, "number": 1},
        {"kind": "looking", "step": 3, "stack": "encoder", "layer": 0, "head": 0, "branch": 0, "number": 2},
    ]


def test_the_cache_grows_and_grouped_heads_say_by_how_much_they_shrink_it(draw, packet):
    drawing = draw(generation, packet("llama"))
    sentence = drawing.root.locator(".cache .verdict")
    expect(sentence).to_contain_text("Grouped heads make it 2 times smaller: 4 query heads share 2")
    first = sentence.inner_text()
    drawn = drawing.root.locator(".cache canvas").evaluate("one => one.toDataURL()")
    drawing.root.get_by_role("button", name="To the last token").click()
    expect(sentence).to_contain_text("more than a step ago")
    assert sentence.inner_text() != first
    assert drawing.root.locator(".cache canvas").evaluate("one => one.toDataURL()") != drawn


def test_a_token_tells_its_numbers_when_it_is_pointed_at(draw, packet):
    drawing = draw(generation, packet("gpt2"))
    drawing.root.locator(".written").nth(1).hover()
    expect(drawing.root.locator(".tooltip")).to_have_text(
        re.compile(r"^“.*”, token 2: (< )?[\d.]+ %surprise [\d.]+ bits; the model hesitated by [\d.]+ bits\d+ ms$")
    )


def test_tokens_cannot_run_scripts(draw, packet):
    text = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> **b** $x$"
    drawing = draw(generation, packet("gpt2", prompt=text))
    expect(drawing.root.locator(".text .prompt")).to_contain_text("script")
    assert drawing.page.evaluate("window.hacked") is None
    assert drawing.root.locator("img, script").count() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_scrolls_only_down(draw, packet, dark):
    drawing = draw(generation, packet("bart"), phone=True, dark=dark)
    assert drawing.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert drawing.root.get_attribute("data-theme") == ("dark" if dark else "light")


def test_a_saved_page_plays_offline_and_asks_for_nothing(browser, packet, tmp_path):
    saved = tmp_path / "text.html"
    page_of = generation.page(packet("gpt2", step=1, standalone=True), "<script>alert(1)</script>", "dark")
    saved.write_text(page_of, encoding="utf-8")
    context = browser.new_context(offline=True)
    context.set_default_timeout(20_000)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(saved.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("<script>alert(1)</script>")
    page.locator("input[data-name=topK]").fill("3")
    expect(page.locator("[data-stage=top-k]")).to_have_attribute("data-kept", "3")
    assert page.get_by_role("button", name="Write on from here").count() == 0
    assert page.get_by_label("Decoder head").count() == 0
    page.get_by_role("button", name="One token on").click()
    expect(page.locator(".written.now")).to_have_attribute("data-step", "2")
    expect(page.locator(".pipeline")).to_be_hidden()
    context.close()
    assert errors == []
