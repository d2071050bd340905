"""What a visitor sees and can do on the Generation page, in a real browser."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
import torch
from playwright.sync_api import Page, expect
from transformers import TemperatureLogitsWarper, TopPLogitsWarper

import llm_core
from llm_core import GenerationSettings
from llm_core.generation.choosing import luck

ENGLISH = "The black cat sat on the table."
PROMPT = "The cat sat on the mat"
SLIDER_MILLISECONDS = 200


@pytest.fixture
def open_page(visit, server):
    """A function that opens the page with URL parameters, in a session that has seen the first page."""

    def opened(*, dark: bool = False, phone: bool = False, waits: str = ".candidates .row", **parameters: str) -> Page:
        page = visit(dark=dark, phone=phone)
        page.goto(f"{server}/generation?{urlencode(parameters)}")
        page.locator(waits).first.wait_for()
        settled(page)
        return page

    return opened


def settled(page: Page) -> None:
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(300)


def now(page: Page):
    return page.locator(".written.now")


def test_the_french_word_looks_at_its_english_one(open_page):
    page = open_page(model="t5-mini-en-fr", text=ENGLISH, step="3")
    expect(page.get_by_role("heading", level=4)).to_contain_text("translates this as “Le chat noir")
    expect(now(page)).to_have_text("noir")
    expect(page.locator(".looking .verdict")).to_contain_text(re.compile("While writing.*noir.*at.*black"))
    for stack in ("cross", "decoder", "encoder"):
        assert page.locator(f".panel.{stack} .lightable").count() > 1
    shares = page.locator(".panel.cross .lightable").evaluate_all("all => all.map((one) => Number(one.dataset.share))")
    assert shares.index(max(shares)) == 1
    assert sum(shares) == pytest.approx(1, abs=0.01)


def test_play_pause_step_and_back(open_page):
    page = open_page(model="t5-mini-en-fr", text=ENGLISH, step="1")
    page.get_by_role("button", name="Play").click()
    expect(now(page)).to_have_attribute("data-step", "2")
    page.get_by_role("button", name="Pause").click()
    place = int(now(page).get_attribute("data-step"))
    page.wait_for_timeout(1500)
    expect(now(page)).to_have_attribute("data-step", str(place))
    page.get_by_role("button", name="One token on").click()
    expect(now(page)).to_have_attribute("data-step", str(place + 1))
    page.get_by_role("button", name="One token back").click()
    page.get_by_role("button", name="One token back").click()
    expect(now(page)).to_have_attribute("data-step", str(place - 1))
    page.wait_for_url(re.compile(f"step={place}($|&)"))
    page.locator(".text").focus()
    page.keyboard.press("ArrowRight")
    expect(now(page)).to_have_attribute("data-step", str(place))
    page.keyboard.press("End")
    expect(page.locator(".now.quiet")).to_contain_text("The text ends here")


def test_a_candidate_becomes_a_branch_and_the_first_text_can_be_returned_to(open_page):
    page = open_page(model="t5-mini-en-fr", text=ENGLISH, step="3")
    expect(page.locator(".branch")).to_have_count(0)
    page.locator(".candidates button.token").nth(1).click()
    expect(page.locator(".branch")).to_have_count(2)
    expect(page.locator(".written.picked")).to_have_count(1)
    expect(page.locator(".branch").nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("heading", level=4)).not_to_contain_text("Le chat noir")
    page.locator(".branch").first.click()
    expect(page.get_by_role("heading", level=4)).to_contain_text("Le chat noir")
    expect(page.locator(".written.picked")).to_have_count(0)
    expect(page.locator(".branch")).to_have_count(2)


def test_a_slider_answers_at_once_with_the_librarys_numbers(open_page, tiny, tiny_folder):
    settings = GenerationSettings(max_new_tokens=6, temperature=1.0, seed=4)
    step = list(llm_core.generate(tiny("gpt2"), PROMPT, settings))[2]
    options = {"tokens": "6", "temperature": "1.0", "top-p": "1.0", "seed": "4", "step": "3"}
    page = open_page(model=str(tiny_folder("gpt2")), text=PROMPT, **options)
    requests = []
    page.on("websocket", lambda socket: requests.append(socket))
    for name, value in (("temperature", "1.5"), ("topP", "0.6")):
        page.locator(f"input[data-name={name}]").fill(value)
    scores = torch.from_numpy(step.logits.copy())[None]
    for stage in (TemperatureLogitsWarper(1.5), TopPLogitsWarper(0.6)):
        scores = stage(None, scores)
    expected = scores.softmax(-1)[0]
    kept = int((expected > 0).sum())
    expect(page.locator("[data-stage=top-p]")).to_have_attribute("data-kept", str(kept))
    rows = page.locator(".candidates .row[data-token]").evaluate_all(
        "all => all.map((one) => [Number(one.dataset.token), Number(one.dataset.after)])"
    )
    assert len(rows) >= 12
    for token, share in rows:
        assert share == pytest.approx(float(expected[token]), abs=1e-4)
    winner = int((expected.numpy() * luck(step.draw, len(step.logits))).argmax())
    assert int(page.locator(".row.chosen").get_attribute("data-token")) == winner
    assert requests == []
    expect(page.locator("output.changed")).to_have_count(2)
    page.get_by_role("button", name="Write on from here with these").click()
    expect(page.locator(".branch")).to_have_count(2)


def test_a_slider_over_the_whole_vocabulary_repaints_in_time(open_page):
    page = open_page(model="smollm2-135m", text="My favourite season is", tokens="2")
    times = []
    for value in ("1.2", "1.4", "1.6", "1.8", "2"):
        times.append(page.evaluate(REPAINTED, ["temperature", value]))
    for value in ("0.9", "0.7", "0.5"):
        times.append(page.evaluate(REPAINTED, ["topP", value]))
    assert sorted(times)[len(times) // 2] < SLIDER_MILLISECONDS


REPAINTED = """([name, value]) => new Promise((done) => {
    const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot).filter(Boolean);
    const root = roots.find((one) => one.querySelector('.pipeline'));
    const input = root.querySelector(`input[data-name=${name}]`);
    const started = performance.now();
    input.value = value;
    input.dispatchEvent(new Event('input'));
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - started)));
})"""
"""Milliseconds from moving a slider until the frame with its answer has been painted."""


def test_stop_ends_the_writing_and_it_can_be_gone_on_with(visit, server, tiny_folder):
    page = visit()
    parameters = {"model": str(tiny_folder("bloom")), "text": PROMPT, "tokens": "200"}
    page.goto(f"{server}/generation?{urlencode(parameters)}")
    page.get_by_text(re.compile(r"Token \d+ of at most 200")).wait_for()
    page.locator(".st-key-stop-writing button").click()
    stopped = page.get_by_text(re.compile(r"Stopped after \d+ tokens"))
    expect(stopped).to_be_visible()
    count = int(re.search(r"\d+", stopped.inner_text())[0])
    assert 0 < count < 200
    expect(page.locator(".text .written")).to_have_count(count)
    page.get_by_role("button", name="Go on").click()
    expect(stopped).to_have_count(0)
    expect(page.locator(".text .written").nth(count)).to_be_visible()


def test_grouped_heads_say_by_how_much_they_shrink_the_cache(open_page, tiny_folder):
    page = open_page(model=str(tiny_folder("llama")), text=PROMPT, tokens="6")
    sentence = page.locator(".cache .verdict")
    expect(sentence).to_contain_text("Grouped heads make it 2 times smaller: 4 query heads share 2")
    first = sentence.inner_text()
    page.get_by_role("button", name="To the last token").click()
    expect(sentence).not_to_have_text(first)


def test_another_head_shows_another_attention(open_page, tiny_folder):
    page = open_page(model=str(tiny_folder("gpt2")), text=PROMPT, tokens="6", step="4")
    weights = "all => all.map((one) => one.dataset.share)"
    before = page.locator(".panel.decoder .lightable").evaluate_all(weights)
    page.get_by_label("Decoder head").select_option("-1")
    page.wait_for_function("true")
    settled(page)
    page.wait_for_timeout(800)
    assert page.locator(".panel.decoder .lightable").evaluate_all(weights) != before


def test_the_beam_tree_names_every_candidate(open_page):
    page = open_page(model="t5-mini-en-fr", text=ENGLISH, way="Beam search", beams="3", waits=".node")
    assert page.locator(".found").count() == 3
    expect(page.locator(".found").first).to_contain_text("noir")
    page.locator(".node").nth(4).click()
    expect(page.locator(".verdict")).to_contain_text("let go: others score higher")


def test_masks_show_their_candidates(open_page, tiny_folder):
    page = open_page(model=str(tiny_folder("bert")), text="The [MASK] sat on the [MASK].", waits=".column .row")
    assert page.locator(".column").count() == 2
    shares = (
        page.locator(".column").first.locator(".row").evaluate_all("all => all.map((one) => Number(one.dataset.share))")
    )
    assert shares == sorted(shares, reverse=True)


def test_tokens_cannot_run_scripts(open_page, tiny_folder):
    text = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> **b** $x$"
    page = open_page(model=str(tiny_folder("gpt2")), text=text, tokens="5")
    assert page.evaluate("window.hacked") is None
    assert page.locator(".text img, .text script").count() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_scrolls_only_down(open_page, dark):
    page = open_page(phone=True, dark=dark, model="t5-mini-en-fr", text=ENGLISH)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_text_can_be_saved_and_plays_offline(open_page, tiny_folder, browser, tmp_path):
    page = open_page(model=str(tiny_folder("gpt2")), text=PROMPT, tokens="5", step="2")
    page.get_by_text("Save this text").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture (HTML)").click()
    saved = tmp_path / "text.html"
    download.value.save_as(saved)
    context = browser.new_context(offline=True)
    alone = context.new_page()
    errors = []
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.goto(saved.as_uri())
    alone.get_by_role("button", name="One token on").click()
    expect(alone.locator(".written.now")).to_have_attribute("data-step", "2")
    context.close()
    assert errors == []
