"""What the pictures of lessons draw, and what the row of marks sends back."""

from __future__ import annotations

from typing import Any

import pytest

from llm_core.figures.palette import DARK, LIGHT
from pages.shared.components.lesson_designs import lesson_designs
from pages.shared.components.lesson_marks import LessonMarksHeader, lesson_marks
from pages.shared.components.lesson_tokens import lesson_tokens
from pages.shared.components.packing import pack
from pages.shared.lessons.pictures.models import designs_packet
from pages.shared.lessons.pictures.tokens import MOST, tokens_packet
from tests.made_traces import made_trace

HOSTILE = "<script>document.title='owned'</script> **bold** <img/src=x/onerror=alert(1)>"
EVEN = [[0.5, 0.5], [0.25, 0.75]]
BACK = [[1.0, 0.0], [0.4, 0.6]]
ENCODER = made_trace({"encoder": [[EVEN]]}, "red green")
DECODER = made_trace({"decoder": [[BACK]]}, "red green")
BOTH = made_trace({"encoder": [[EVEN]], "decoder": [[BACK]], "cross": [[[[0.9, 0.1], [0.2, 0.8]]]]}, "red green", "a b")
WORDS = made_trace({"encoder": [[[[1.0] * 3] * 3]]}, "red [SEP] red")


def saved(browser, tmp_path, page: str) -> list[str]:
    """A saved page, opened without a network: its canvases and tokens; fails if its code does."""
    file = tmp_path / "saved.html"
    file.write_text(page, encoding="utf-8")
    context = browser.new_context(offline=True)
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    opened.goto(file.as_uri())
    opened.locator(".ax[data-ready]").wait_for()
    shown = opened.locator(".token, .design h5").all_inner_texts()
    context.close()
    assert failures == []
    return shown


def test_pointing_at_a_token_lights_its_every_occurrence_and_tells_its_id(draw):
    drawing = draw(lesson_tokens, tokens_packet(WORDS))
    assert drawing.page.locator(".piece").all_inner_texts() == ["red\n1", "[SEP]\n0", "red\n1"]
    drawing.page.locator(".token").first.hover()
    lit = drawing.page.locator(".token.lit")
    assert lit.all_inner_texts() == ["red", "red"]
    assert drawing.page.locator(".tooltip").inner_text().split("\n") == ["Token 0: “red”", "Id 1, spelled red"]
    drawing.page.mouse.move(0, 800)
    assert lit.count() == 0
    drawing.page.locator(".token").nth(1).focus()
    assert "A special token" in drawing.page.locator(".tooltip").inner_text()


def test_both_sides_of_a_model_are_shown_and_a_long_text_is_cut(draw):
    drawing = draw(lesson_tokens, tokens_packet(BOTH))
    assert drawing.page.locator(".sequence h5").all_inner_texts() == [
        "What the model reads",
        "What its decoder reads, beginning with its start token",
    ]
    count = MOST + 5
    long = made_trace({"encoder": [[[[1.0] * count] * count]]}, "word " * count)
    drawing.draw(tokens_packet(long))
    assert drawing.page.locator(".sequence").count() == 1
    assert drawing.page.locator(".piece").count() == MOST
    assert "and 5 more" in drawing.page.locator(".pieces").inner_text()


def test_hostile_tokens_are_shown_as_text(draw):
    hostile = made_trace({"encoder": [[[[1.0] * 3] * 3]]}, HOSTILE)
    drawing = draw(lesson_tokens, tokens_packet(hostile))
    drawing.page.locator(".token").nth(2).hover()
    assert drawing.page.locator(".ax img, .ax script").count() == 0
    assert drawing.page.title() != "owned"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_squares_are_in_the_colours_of_their_stacks_and_hatched_where_closed(draw, theme):
    drawing = draw(lesson_designs, designs_packet([ENCODER, DECODER, BOTH], DECODER), dark=theme is DARK)
    drawing.page.wait_for_function("document.querySelectorAll('canvas')[2].width > 300")
    assert drawing.page.locator(".design.own h5").all_inner_texts() == ["Decoder-only"]
    colour = """(canvas, [column, row, count]) => [...canvas.getContext('2d').getImageData(
        (column + 0.2) * canvas.width / count, (row + 0.2) * canvas.height / count, 1, 1).data].slice(0, 3)"""
    squares = drawing.page.locator("canvas")
    # All of the attention has a stack's full colour.
    assert squares.nth(1).evaluate(colour, [0, 0, 2]) == rgb(theme.decoder)
    cross, own, encoder = (squares.nth(2).evaluate(colour, [*place, 4]) for place in ((0, 2), (2, 2), (0, 0)))
    assert own == rgb(theme.decoder)
    assert cross == pytest.approx(mixed(theme.background, theme.cross, 0.12 + 0.88 * (180 / 200) ** 0.5), abs=2)
    assert encoder == pytest.approx(mixed(theme.background, theme.encoder, 0.12 + 0.88 * 0.5**0.5), abs=2)


def rgb(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def mixed(ground: str, full: str, share: float) -> list[float]:
    return [one + (other - one) * share for one, other in zip(rgb(ground), rgb(full), strict=True)]


def test_a_cell_tells_who_looks_at_whom_and_how_much(draw):
    drawing = draw(lesson_designs, designs_packet([ENCODER, DECODER, BOTH], ENCODER))
    drawing.page.wait_for_function("document.querySelectorAll('canvas')[2].width > 300")
    tooltip = drawing.page.locator(".tooltip")

    def told(square: int, column: float, row: float) -> list[str]:
        canvas = drawing.page.locator("canvas").nth(square)
        box = canvas.bounding_box()
        canvas.hover(position={"x": column * box["width"], "y": row * box["height"]})
        return tooltip.inner_text().split("\n")

    assert told(0, 0.7, 0.7) == ["“green” [1] → “green” [1]", "Mean over all heads: about 75 %"]
    assert told(1, 0.7, 0.2) == ["“red” [0] → “green” [1]", "Closed: it cannot look there"]
    assert told(2, 0.1, 0.9) == ["“b” [3] → “red” [0]", "Mean over all heads: about 20 %"]


def test_squares_fit_a_phone(draw):
    drawing = draw(lesson_designs, designs_packet([ENCODER, DECODER, BOTH], ENCODER), phone=True)
    drawing.page.wait_for_function("document.querySelectorAll('canvas')[2].style.width !== ''")
    assert drawing.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_saved_pictures_open_offline(browser, tmp_path):
    tokens = lesson_tokens.page(tokens_packet(WORDS), "Tokens", "light")
    assert saved(browser, tmp_path, tokens) == ["red", "[SEP]", "red"]
    designs = lesson_designs.page(designs_packet([ENCODER, DECODER, BOTH], BOTH), "Designs", "dark")
    assert saved(browser, tmp_path, designs) == ["Encoder-only", "Decoder-only", "Encoder-decoder"]


def marks(now: str = "tokens", **questions: Any) -> bytes:
    """The row of three lessons; given by name are the states of their questions, where they were read."""
    names = ("tokens", "vectors", "softmax")
    header: LessonMarksHeader = {
        "lessons": [
            {
                "name": name,
                "number": number,
                "title": name.capitalize(),
                "read": name in questions,
                "questions": questions.get(name, ["", ""]),
            }
            for number, name in enumerate(names, 1)
        ],
        "now": now,
        "summary": f"{len(questions)} of 3 lessons opened",
        "block": "embedding",
    }
    return pack(header, {})


def test_marks_tell_how_a_lesson_went_and_open_another(draw):
    drawing = draw(lesson_marks, marks(tokens=["right", "wrong"]))
    said = drawing.page.locator(".said")
    first, second = (drawing.page.locator(f".mark[data-lesson={name}]") for name in ("tokens", "vectors"))
    assert said.inner_text() == "1 of 3 lessons opened"
    first.hover()
    assert said.inner_text() == "Lesson 1: Tokens, read, 1 of 2 questions right"
    assert first.locator(".dot").evaluate_all("dots => dots.map((dot) => dot.className)") == ["dot right", "dot wrong"]
    first.click()  # the one that is open
    assert drawing.page.evaluate("window.sent ?? []") == []
    second.focus()
    drawing.page.keyboard.press("Enter")
    assert drawing.sent() == [("lesson", "vectors")]
    drawing.draw(marks("vectors", tokens=["right", "wrong"], vectors=["", ""]))
    assert drawing.page.evaluate("document.activeElement.dataset.lesson") == "vectors"
    assert drawing.page.locator(".mark[aria-current=page]").inner_text() == "2"


def test_one_starts_again_when_there_is_something_to_forget(draw):
    drawing = draw(lesson_marks, marks(tokens=["", ""]))
    again = drawing.page.get_by_role("button", name="Start again")
    assert again.count() == 0
    drawing.draw(marks(tokens=["wrong", ""]))
    again.click()
    assert drawing.sent() == [("anew", True)]
