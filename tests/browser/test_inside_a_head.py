"""What a visitor sees and can do on the page Inside a head, in a real browser."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import llm_core
from llm_core.figures.palette import DARK, LIGHT
from llm_core.samples import TEXT
from pages.shared.components.inside_head import inside_head
from pages.shared.digits import four_digits
from pages.shared.inside.packet import inside_packet
from pages.shared.looking import Looking

HOSTILE = "<script>document.title='owned'</script> **bold** $x$ :smile: <img src=x onerror=alert(1)>"


@pytest.fixture
def open_inside(visit, server):
    """A function that opens the page with URL parameters, in a session that has seen the first page."""

    def open_page(*, dark: bool = False, phone: bool = False, **parameters: str) -> Page:
        page = visit(dark=dark, phone=phone)
        page.goto(f"{server}/inside_a_head?{urlencode({'model': 'minilm-l6', **parameters})}")
        ready(page)
        return page

    return open_page


@pytest.fixture(scope="module")
def work(minilm):
    """The head that links "it" to "cat"."""
    trace = llm_core.trace(minilm, TEXT)
    return llm_core.work_head(minilm, llm_core.observe_layer(minilm, trace, "encoder", 5), 11, 8)


def ready(page: Page, pattern: str = r"^(?!.*waiting)") -> None:
    """Wait until the picture has drawn, with "stack layer head query key step" like a pattern."""
    page.locator(".panel h3").wait_for()
    page.wait_for_function(
        """pattern => {
            const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.ax'));
            return roots.some((root) => root && new RegExp(pattern).test(root.dataset.ready ?? 'waiting'));
        }""",
        arg=pattern,
    )


def headline(page: Page) -> Locator:
    return page.get_by_role("heading", level=4)


def column(page: Page, number: int) -> list[str]:
    """What the list of keys shows in a column."""
    return page.locator(f".keys tbody tr > :nth-child({number})").all_inner_texts()


def step(page: Page, name: str) -> None:
    page.locator(f".stepper [data-step='{name}']").click()
    ready(page, rf" {name}$")


def test_it_opens_at_it_and_cat_with_the_first_step(open_inside):
    page = open_inside()
    expect(headline(page)).to_contain_text("“it” looks at “cat” with 71.2 %")
    expect(page.locator(".panel h3")).to_have_text("The vector of “it” [8]")
    expect(page.locator(".sentence .looks")).to_have_text("it")
    expect(page.locator(".sentence .looked")).to_have_text("cat")


def test_steps_go_forward_and_back_by_click_and_by_arrow_key_and_stand_in_the_address(open_inside):
    page = open_inside()
    page.get_by_role("button", name="Next ›").click()
    expect(page.locator("[aria-current=step]")).to_have_text("2Project")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".panel h3")).to_contain_text("How well the query of “it” [8] matches the key of “cat”")
    expect(page).to_have_url(re.compile("step=match"))
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[aria-current=step]")).to_have_text("3Position")
    page.get_by_role("button", name="‹ Back").click()
    expect(page.locator("[aria-current=step]")).to_have_text("2Project")
    expect(page).to_have_url(re.compile("step=project"))


def test_the_address_opens_a_step_a_layer_a_head_a_token_and_a_key(open_inside):
    page = open_inside(layer="2", head="5", token="4", key="9", step="softmax")
    ready(page, "^encoder 2 5 4 9 softmax$")
    expect(headline(page)).to_contain_text("In layer 2, head 5, “on” looks at “was”")


def test_scores_exponentials_and_weights_are_the_records(open_inside, work):
    page = open_inside(step="softmax")
    assert column(page, 2) == [four_digits(score) for score in work.scores.masked]
    assert column(page, 3) == [four_digits(exponential) for exponential in work.scores.exponentials]
    assert column(page, 4) == [f"{weight:.1%}".replace("%", " %") for weight in work.weights]
    step(page, "score")
    assert column(page, 2) == [four_digits(dot) for dot in work.scores.dots]


def test_the_vectors_drawn_are_the_records(open_inside, work):
    page = open_inside(step="match")
    drawn = page.locator(".ax[data-ready]").first.evaluate(
        "root => root.view.pictures[0].rows.map(({values}) => Array.from(values))"
    )
    np.testing.assert_allclose(drawn[0], work.query.result, rtol=1e-6)
    np.testing.assert_allclose(drawn[1], work.keys.result[2], rtol=1e-6)
    np.testing.assert_allclose(drawn[2], work.products(2), rtol=1e-5)


def test_hovering_a_number_tells_it_and_its_place(open_inside, work):
    page = open_inside(step="match")
    canvas = page.locator(".strips canvas").first
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    told = page.locator(".tooltip").inner_text()
    assert "Number 0" in told
    assert f"query: {four_digits(work.query.result[0])}" in told


def test_another_key_is_looked_into_by_click_and_by_arrow(open_inside, work):
    page = open_inside(step="match")
    page.locator(".keys tr[data-position='6']").click()
    expect(page.locator(".panel h3")).to_contain_text("the key of “mat”")
    expect(headline(page)).to_contain_text("“it” looks at “mat” with 9.9 %")
    expect(page).to_have_url(re.compile("key=6"))
    page.locator("[data-focus='key 6']").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".panel h3")).to_contain_text("the key of “because”")
    assert four_digits(work.scores.dots[7]) in page.locator(".formulas").inner_text()


def test_another_token_looks_by_click(open_inside):
    page = open_inside()
    page.locator(".sentence [data-position='2']").click()
    ready(page, "^encoder 5 11 2 ")
    expect(headline(page)).to_contain_text("“cat” looks at")
    expect(page).to_have_url(re.compile("token=2"))


def test_layer_and_head_change_and_keep_the_step(open_inside):
    page = open_inside(step="mix")
    page.get_by_label("Layer before").click()
    ready(page, "^encoder 4 11 8 .* mix$")
    page.get_by_label("Head", exact=True).select_option("3")
    ready(page, "^encoder 4 3 8 .* mix$")
    expect(headline(page)).to_contain_text("In layer 4, head 3")


def test_the_check_shows_what_was_computed_and_not_a_claim(open_inside):
    page = open_inside(step="check")
    said = page.locator(".panel h3").inner_text()
    largest = float(said.rpartition(" ")[2].replace("−", "-"))
    rows = [float(text.replace("−", "-")) for text in column(page, 2)]
    assert len(rows) == 6
    assert largest == max(rows)
    assert 0 < largest < 1e-4


def test_a_decoder_shows_its_rotation_its_mask_and_shared_heads(open_inside):
    page = open_inside(model="smollm2-135m", step="position")
    expect(page.locator(".dial")).to_have_count(7)
    step(page, "project")
    expect(page.locator(".panel")).to_contain_text("share one key and value")
    step(page, "score")
    assert page.locator(".keys .hatched").count() == 3


def test_relative_positions_and_cross_attention(open_inside):
    page = open_inside(model="t5-mini-en-fr", stack="encoder", step="position")
    expect(page.locator(".panel h3")).to_have_text("Position: a number for each distance")
    page.get_by_role("button", name="Cross-attention").click()
    ready(page, "^cross .* position$")
    expect(page.locator(".panel")).to_contain_text("Cross-attention adds no position")


def test_hostile_text_is_shown_as_text(open_inside):
    page = open_inside(text=HOSTILE, step="softmax")
    assert page.title() != "owned"
    assert page.locator(".ax img, .ax script").count() == 0
    assert "script" in page.locator(".sentence").inner_text()
    for name in ("vector", "project", "match", "mix"):
        step(page, name)


def test_it_fits_a_phone(open_inside):
    page = open_inside(phone=True, step="match")
    for name in ("project", "softmax", "mix", "output", "check"):
        step(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    step(page, "score")
    assert page.locator(".keys").evaluate("keys => keys.scrollWidth - keys.clientWidth") <= 0


@pytest.mark.parametrize(("dark", "colours"), [(False, LIGHT), (True, DARK)], ids=["light", "dark"])
def test_numbers_are_coloured_around_the_pages_background(open_inside, dark, colours):
    page = open_inside(dark=dark, step="match")
    root = page.locator(".ax[data-ready]").first
    assert root.evaluate("root => root.dataset.theme") == colours.name
    shade = root.evaluate("root => [root.view.shade('positive', 0), root.view.shade('positive', 1)]")
    assert shade == [
        "rgb({} {} {})".format(*(int(colour[place : place + 2], 16) for place in (1, 3, 5)))
        for colour in (colours.background, colours.positive)
    ]


def test_the_saved_page_opens_offline_and_steps(browser: Browser, minilm, work, tmp_path):
    trace = llm_core.trace(minilm, TEXT)
    place = Looking("encoder", 5, (11,), 8, None, rows=None, columns=None)
    saved = tmp_path / "saved.html"
    saved.write_text(inside_head.page(inside_packet(work, trace, place, "score", standalone=True), "Saved", "dark"))
    context = browser.new_context(offline=True)
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(saved.as_uri())
    assert column(page, 2) == [four_digits(dot) for dot in work.scores.dots]
    page.get_by_role("button", name="Next ›").click()
    expect(page.locator(".panel h3")).to_have_text("From scores to shares")
    page.locator(".keys tr[data-position='6']").click()
    expect(page.locator(".keys tr.chosen")).to_contain_text("mat")
    context.close()
    assert failures == []


def test_the_way_back_undoes_a_step_and_leads_to_the_page_before(visit):
    page = visit(path="attention")
    page.wait_for_url("**layer=3*")
    page.get_by_role("link", name=re.compile("How this weight")).click()
    page.wait_for_url("**step=vector*")
    ready(page, "^encoder 3 1 8 .* vector$")
    step(page, "project")
    page.wait_for_url("**step=project*")
    page.go_back()
    ready(page, "^encoder 3 1 8 .* vector$")
    page.go_back()
    page.wait_for_url("**/attention?*")
    expect(page.get_by_role("heading", level=4)).to_contain_text("“it” looks most at “cat”")
