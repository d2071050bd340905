"""Pages with an answer, classes or evidence that were saved open offline, and still answer the pointer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from pages.shared.components.answering import answering
from pages.shared.components.classes import classes
from pages.shared.components.evidence import evidence
from tests.drawing.test_classes_drawing import sorted_text
from tests.recorded.answering import two_passages
from tests.recorded.evidence import three_steps


@pytest.mark.parametrize(
    ("component", "packet", "pointed", "says"),
    [
        (answering, two_passages, ".answer button.token", "While “is” was written"),
        (classes, sorted_text, ".word", "Without it the lead of “praise”"),
        (evidence, three_steps, ".lightable", "10.0 % of the attention while “Stay” was written"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_saved_page_opens_offline(browser, component, packet, pointed, says):
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content(component.page(packet(), "A title with <i>marks</i>", "dark"))
    page.locator(pointed).first.hover()
    expect(page.locator(".ax[data-theme=dark]")).to_contain_text(says)
    expect(page.get_by_role("heading", level=1)).to_have_text("A title with <i>marks</i>")
    context.close()
    assert errors == []
