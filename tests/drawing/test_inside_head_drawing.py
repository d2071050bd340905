"""What the picture of a head's inside draws, and what it sends back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

import llm_core
from llm_core.figures.palette import DARK, LIGHT
from pages.shared.components.inside_head import inside_head
from pages.shared.inside.numbers import STEPS, four_digits, steps_of
from pages.shared.inside.packet import inside_packet
from pages.shared.looking import Looking
from tests.made_heads import made_head, made_packet
from tests.made_traces import word_tokens

HOSTILE = "<script>document.title='owned'</script> **$x$** <img/src=x/onerror=alert(1)>"


def title(drawing) -> str:
    return drawing.page.locator(".panel h3").inner_text()


def column(drawing, number: int) -> list[str]:
    """What the list of keys shows in a column."""
    return drawing.page.locator(f".keys tbody tr > :nth-child({number})").all_inner_texts()


def last(drawing) -> dict:
    """The choice that was sent last."""
    name, choice = drawing.sent()[-1]
    assert name == "choice"
    return choice


def test_steps_go_forward_and_back_by_click_and_by_arrow_key_and_are_sent(draw):
    drawing = draw(inside_head, made_packet("vector"))
    page = drawing.page
    assert title(drawing) == "The vector of “green” [1]"
    assert page.get_by_role("button", name="‹ Back").is_disabled()
    page.get_by_role("button", name="Next ›").click()
    assert page.locator("[aria-current=step]").inner_text() == "2\nProject"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert title(drawing) == "How well the query of “green” [1] matches the key of “green”"
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="‹ Back").click()
    assert page.locator(".step.done").all_inner_texts() == ["1\nVector"]
    assert [(choice["step"], choice["number"]) for _, choice in drawing.sent()] == [
        ("project", 1),
        ("position", 2),
        ("match", 3),
        ("position", 4),
        ("project", 5),
    ]
    page.locator("[data-step=check]").click()
    assert page.get_by_role("button", name="Next ›").is_disabled()
    assert page.locator(".visually-hidden").inner_text() == "Largest difference from the library: 1.1e−6"


def test_an_answer_to_an_older_choice_changes_nothing_of_the_last_one(draw):
    drawing = draw(inside_head, made_packet("vector"))
    for _ in range(2):
        drawing.page.get_by_role("button", name="Next ›").click()
    work, trace = made_head()
    place = Looking("decoder", 1, (1,), 1, None, rows=None, columns=None)
    drawing.draw(inside_packet(work, trace, replace(place, number=1), "project"))
    assert title(drawing).startswith("Position")
    drawing.draw(inside_packet(work, trace, replace(place, number=2), "project"))
    assert title(drawing).startswith("Query of")


def test_another_key_is_looked_into_by_click_and_by_arrow(draw):
    drawing = draw(inside_head, made_packet("match"))
    page = drawing.page
    page.locator(".keys tr[data-position='0']").click()
    assert title(drawing).endswith("the key of “red”")
    assert last(drawing)["key"] == 0
    page.locator("[data-focus='key 0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # there is none below
    assert title(drawing).endswith("the key of “blue”")
    assert page.evaluate("document.activeElement.dataset.focus") == "key 2"
    assert [choice["key"] for _, choice in drawing.sent()] == [0, 1, 2]
    # 1 · −1 + 2 · 1 + 0 · 0 + ..., in all −1.
    formula = page.locator(".formulas").inner_text().replace("\n", "")
    assert "1.000·(−1.000)+2.000·1.000+0·0+…=−1.000" in formula


def test_scores_exponentials_and_weights_stand_beside_each_other(draw):
    drawing = draw(inside_head, made_packet("score"))
    assert column(drawing, 2) == ["0", "2.500", "−1.000"]
    assert column(drawing, 3) == ["0", "1.250", "−0.5000"]
    assert column(drawing, 4) == ["0", "1.250", "cannot look"]
    drawing.page.locator("[data-step=softmax]").click()
    assert column(drawing, 2) == ["0", "1.250", ""]
    assert column(drawing, 3) == ["0.2865", "1.000", "0"]
    assert column(drawing, 4) == ["22.3 %", "77.7 %", "cannot look"]
    widths = drawing.page.locator(".fill").evaluate_all("bars => bars.map((bar) => parseFloat(bar.style.width))")
    assert widths == pytest.approx([100 * 0.2227 / 0.7773, 100], abs=0.01)
    drawing.page.locator(".keys tr[data-position='2']").click()
    drawing.page.locator("[data-step=score]").click()
    assert "closed by the mask" in drawing.page.locator(".formulas").inner_text().replace("\xa0", " ")


def test_hovering_a_number_tells_it_and_its_place(draw):
    drawing = draw(inside_head, made_packet("match"))
    box = drawing.page.locator(".strips canvas").first.bounding_box()
    tooltip = drawing.page.locator(".tooltip")
    drawing.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 5)
    assert tooltip.inner_text().split("\n") == [
        "Number 1",
        "query: 2.000",
        "key of “green”: 1.000",
        "query × key: 2.000",
    ]
    sum_box = drawing.page.locator(".strips").nth(1).locator("canvas").bounding_box()
    drawing.page.mouse.move(sum_box["x"] + 2, sum_box["y"] + 9)
    assert tooltip.inner_text().split("\n") == ["Product 0: 0.5000", "Sum so far: 0.5000"]
    drawing.page.mouse.move(2, 2)
    expect(tooltip).to_be_hidden()


def test_pairs_are_dials_and_vectors_stand_before_and_after(draw):
    drawing = draw(inside_head, made_packet("position"))
    assert drawing.page.locator(".dial figcaption").all_inner_texts() == [
        "pair 0: 0, 2\n0.5000 rad\n0.5000 rad",
        "pair 1: 1, 3\n0.2500 rad\n0.2500 rad",
    ]
    labels = drawing.page.locator(".strips .label").all_inner_texts()
    assert labels == ["query before", "query after", "key before", "key after"]


def test_layer_head_and_token_are_chosen_and_the_key_is_left_to_the_server(draw):
    drawing = draw(inside_head, made_packet("mix"))
    page = drawing.page
    assert page.get_by_label("Layer after").is_disabled()
    page.get_by_label("Layer before").click()
    assert {name: last(drawing)[name] for name in ("layer", "heads", "key", "step")} == {
        "layer": 0,
        "heads": [1],
        "key": None,
        "step": "mix",
    }
    page.get_by_label("Head", exact=True).select_option("0")
    assert last(drawing)["heads"] == [0]
    page.locator(".sentence [data-position='2']").click()
    assert (last(drawing)["query"], last(drawing)["number"]) == (2, 3)
    page.locator("[data-step=output]").click()
    page.get_by_role("button", name="Head 1 adds a vector of length 3.000").click()
    assert last(drawing)["heads"] == [1]


def test_a_long_text_has_a_field_for_any_position(draw):
    work, trace = made_head()
    words = word_tokens(" ".join(f"word{place}" for place in range(70)))
    work = replace(work, layer=replace(work.layer, query_tokens=words))
    place = Looking("decoder", 1, (1,), 1, None, rows=None, columns=None)
    drawing = draw(inside_head, inside_packet(work, trace, place, "match"))
    assert "Tokens 0–63 of 70" in drawing.page.locator(".sentence").inner_text()
    field = drawing.page.get_by_label("Position of the token that looks")
    field.fill("999")
    field.press("Enter")
    assert last(drawing)["query"] == 69


def test_the_check_lists_what_was_compared(draw):
    drawing = draw(inside_head, made_packet("check"))
    assert column(drawing, 2) == ["1.2e−7", "2.0e−7", "0", "3.0e−8", "4.0e−7", "1.1e−6"]
    assert column(drawing, 1)[3] == "Attention weights"


def test_numbers_that_need_the_model_are_waited_for(draw):
    drawing = draw(inside_head, made_packet("project", waiting=True))
    assert drawing.page.locator(".panel .waiting").count() == 1
    assert drawing.page.locator(".formulas math").count() == 0
    drawing.page.locator("[data-step=softmax]").click()
    assert drawing.page.locator(".panel .waiting").count() == 0
    assert drawing.page.locator(".formulas math").count() == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_numbers_are_coloured_around_the_pages_background(draw, theme):
    drawing = draw(inside_head, made_packet("match"), dark=theme is DARK)
    assert drawing.root.get_attribute("data-theme") == theme.name
    query = drawing.page.locator(".strips canvas").first
    # The second number, 2, is the largest; the third is 0; the fourth is below zero.
    colours = query.evaluate(
        """canvas => [1, 2, 3].map((place) => [...canvas.getContext('2d').getImageData(
            (place + 0.1) * canvas.width / 4, 4, 1, 1).data].slice(0, 3))"""
    )
    blue, ground, orange = (
        [int(one[place : place + 2], 16) for place in (1, 3, 5)]
        for one in (theme.positive, theme.background, theme.negative)
    )
    assert colours[:2] == [blue, ground]
    assert colours[2] == pytest.approx([(one + other) / 2 for one, other in zip(orange, ground, strict=True)], abs=1)


def test_hostile_text_is_shown_as_text(draw):
    work, trace = made_head(HOSTILE)
    place = Looking("decoder", 1, (1,), 1, 0, rows=None, columns=None)
    drawing = draw(inside_head, inside_packet(work, trace, place, "vector"))
    for step in steps_of(work):
        drawing.page.locator(f"[data-step={step}]").click()
        assert drawing.page.locator(".ax img, .ax script").count() == 0
    assert drawing.page.title() != "owned"
    assert "<script>" in drawing.page.locator(".sentence").inner_text()


def test_every_step_fits_a_phone(draw):
    drawing = draw(inside_head, made_packet("vector"), phone=True)
    for step in steps_of(made_head()[0]):
        drawing.page.locator(f"[data-step={step}]").click()
        assert drawing.page.evaluate("document.documentElement.scrollWidth") <= 390
        keys = drawing.page.locator(".keys")
        if keys.count():
            assert keys.evaluate("keys => keys.scrollWidth - keys.clientWidth") <= 0


@pytest.mark.parametrize(
    ("name", "stack", "steps"),
    [
        ("bert", "encoder", {"vector": "segment", "position": "row 2 of the position table"}),
        ("llama", "decoder", {"position": "pair 0", "project": "share one key and value", "score": "cannot look"}),
        ("gemma3", "decoder", {"norm": "RMSNorm"}),
        ("gemma2", "decoder", {"score": "A tanh keeps every score between −2.000 and 2.000"}),
        ("gpt-oss", "decoder", {"softmax": "A learned sink takes"}),
        ("t5", "encoder", {"position": "a number for each distance", "score": "The bias for the distance is added"}),
        ("t5", "cross", {"position": "Cross-attention adds no position", "vector": "from the encoder’s last layer"}),
    ],
)
def test_every_step_of_every_architecture_draws(draw, tiny, name, stack, steps):
    model = tiny(name)
    trace = llm_core.trace(model, "The cat sat on the mat.", "Le chat" if "t5" in name else None)
    work = llm_core.work_head(model, llm_core.observe_layer(model, trace, stack, 0), 1, 2)
    place = Looking(stack, 0, (1,), 2, None, rows=None, columns=None)
    drawing = draw(inside_head, inside_packet(work, trace, place, "vector"))
    shown = {}
    for step in steps_of(work):
        drawing.page.locator(f"[data-step={step}]").click()
        shown[step] = drawing.page.locator(".panel").inner_text()
    for step, said in steps.items():
        assert said in shown[step]
    assert set(STEPS) - set(shown) <= {"norm"}
    drawing.page.locator("[data-step=match]").click()
    assert column(drawing, 2)[0] in {four_digits(work.scores.dots[0]), "cannot look"}


def test_the_saved_page_opens_offline_and_steps(browser, tmp_path):
    saved = tmp_path / "saved.html"
    saved.write_text(inside_head.page(made_packet("score", standalone=True), "Saved <b>", "dark"), encoding="utf-8")
    context = browser.new_context(offline=True)
    page: Page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(saved.as_uri())
    assert page.get_by_role("heading", level=1).inner_text() == "Saved <b>"
    page.get_by_role("button", name="Next ›").click()
    assert page.locator(".panel h3").inner_text() == "From scores to shares"
    page.locator(".keys tr[data-position='0']").click()
    assert page.locator(".keys tr.chosen .token").inner_text() == "red"
    assert page.locator(".sentence button:enabled, .toolbar button").count() == 0
    context.close()
    assert failures == []
