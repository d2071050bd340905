"""What a visitor does on the Generation page, from beginning to end, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

ENGLISH = "The black cat sat on the table."
PROMPT = "The cat sat on the mat"


@pytest.fixture
def translation(visit):
    """A function that opens the translation of a sentence at its third word, which is "noir"."""

    def opened(**look: bool) -> Page:
        page = visit(path="generation", model="t5-mini-en-fr", text=ENGLISH, step="3", **look)
        expect(now(page)).to_have_text("noir")
        return page

    return opened


def now(page: Page):
    return page.locator(".written.now")


def headline(page: Page):
    return page.get_by_role("heading", level=4)


def test_a_translation_is_read_word_by_word(translation):
    page = translation()
    expect(headline(page)).to_contain_text("translates this as “Le chat noir")
    expect(page.locator(".looking .verdict")).to_contain_text(re.compile("While writing.*noir.*at.*black"))
    shares = page.locator(".panel.cross .lightable").evaluate_all("all => all.map((one) => Number(one.dataset.share))")
    assert shares.index(max(shares)) == 1
    assert sum(shares) == pytest.approx(1, abs=0.01)

    page.locator(".text").focus()
    for key in ("End", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    last = page.locator(".text .written").count() - 1
    expect(now(page)).to_have_attribute("data-step", str(last - 2))
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".now.quiet")).to_contain_text("The text ends here")
    page.get_by_role("button", name="Play").click()  # from the beginning, which leaves seconds to pause it
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    place = int(now(page).get_attribute("data-step"))
    assert place < last
    page.get_by_role("button", name="One token on").click()
    expect(now(page)).to_have_attribute("data-step", str(place + 1))
    page.wait_for_url(re.compile(f"step={place + 2}($|&)"))
    page.get_by_role("button", name="One token back").click()
    page.wait_for_url(re.compile(f"step={place + 1}($|&)"))

    page.get_by_role("button", name="To the last token").click()
    page.wait_for_url(re.compile(f"step={last + 1}($|&)"))
    before = page.locator(".panel.decoder .lightable").evaluate_all("all => all.map((one) => one.dataset.share)")
    page.get_by_label("Decoder head").select_option("-1")
    page.wait_for_function(ANOTHER_ATTENTION, arg=before)


ANOTHER_ATTENTION = """before => {
    const roots = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean);
    const chips = roots.flatMap((root) => [...root.querySelectorAll(".panel.decoder .lightable")]);
    return chips.length === before.length && chips.some((one, place) => one.dataset.share !== before[place]);
}"""


def test_a_candidate_becomes_a_branch_and_the_first_text_can_be_returned_to(translation):
    page = translation(phone=True)
    expect(page.locator(".branch")).to_have_count(0)
    page.locator(".candidates button.token").nth(1).click()
    expect(page.locator(".branch")).to_have_count(2)
    expect(page.locator(".written.picked")).to_have_count(1)
    expect(page.locator(".branch").nth(1)).to_have_attribute("aria-selected", "true")
    expect(headline(page)).not_to_contain_text("Le chat noir")
    page.locator(".branch").first.click()
    expect(headline(page)).to_contain_text("Le chat noir")
    expect(page.locator(".written.picked")).to_have_count(0)
    expect(page.locator(".branch")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_sliders_answer_without_the_server_which_writes_on_when_it_is_asked_to(visit, tiny_folder):
    settings = {"tokens": "6", "temperature": "1.0", "top-p": "1.0", "seed": "4", "step": "3"}
    page = visit(path="generation", model=str(tiny_folder("gpt2")), text=PROMPT, **settings)
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.reload()
    page.locator(".candidates .row").first.wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    assert sent  # the page asked for itself
    sent.clear()
    for name, value in (("temperature", "1.5"), ("topP", "0.6")):
        page.locator(f"input[data-name={name}]").fill(value)
    expect(page.locator("[data-stage=top-p]")).to_be_visible()
    expect(page.locator("output.changed")).to_have_count(2)
    page.get_by_role("button", name="Write on from here with these").click()
    expect(page.locator(".branch")).to_have_count(2)
    [frame] = sent  # so a slider's own would have been seen, however late
    assert '"kind":"branch"' in (frame if isinstance(frame, str) else frame.decode("utf-8", "replace"))


def test_stop_ends_the_writing_and_it_can_be_gone_on_with(visit, server):
    # A tiny model writes 200 tokens in less time than a click takes; this one needs many seconds.
    page = visit(path="generation", model="smollm2-135m", text=PROMPT, tokens="1")
    page.goto(f"{server}/generation?model=smollm2-135m&text={PROMPT}&tokens=200")
    stopped = page.get_by_text(re.compile(r"Stopped after \d+ tokens?\."))

    def stop() -> int:
        page.get_by_text(re.compile(r"Token \d+ of at most 200")).wait_for()
        page.locator(".st-key-stop-writing button").click()
        expect(stopped).to_be_visible()
        count = int(re.findall(r"\d+", stopped.inner_text())[0])
        expect(page.locator(".text .written")).to_have_count(count)
        return count

    first = stop()
    page.get_by_role("button", name="Go on").click()
    expect(stopped).to_have_count(0)
    assert 0 < first < stop() < 200


def test_beams_are_searched_and_masks_are_filled(visit, tiny_folder, tmp_path):
    page = visit(path="generation", model="t5-mini-en-fr", text=ENGLISH, way="Beam search", beams="3")
    expect(headline(page)).to_contain_text("3 beams find “Le chat noir")
    expect(page.locator(".found")).to_have_count(3)
    expect(page.locator(".found").first).to_contain_text("noir")
    page.locator(".node:not(.survived):not(.finished)").first.click()
    expect(page.locator(".verdict")).to_contain_text("let go: 3 others score higher")
    page.get_by_text("Save this tree").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture (HTML)").click()
    download.value.save_as(tmp_path / "beams.html")
    assert "components.beams" in (tmp_path / "beams.html").read_text(encoding="utf-8")

    page = visit(path="generation", model=str(tiny_folder("bert")), text="The [MASK] sat on the [MASK].")
    expect(headline(page)).to_contain_text("fills 2 masks")
    expect(page.locator(".column")).to_have_count(2)
    page.locator(".mask").nth(1).click()
    expect(page.locator(".column.now h5")).to_have_text("Mask 2")
