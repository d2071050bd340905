"""What the head view draws from a packet, and what it sends back."""

from __future__ import annotations

from pages.shared.components.attention import attention
from tests.recorded.attention import short


def test_a_click_on_a_head_shows_it_and_tells_the_server_with_what_is_held(draw):
    drawing = draw(attention, short())
    assert drawing.root.get_attribute("data-ready") == "decoder 0 0 0,3 0,3"
    drawing.root.get_by_role("button", name="Head 1").click()
    drawing.page.locator(".ax[data-ready='decoder 0 0,1 0,3 0,3']").wait_for()
    drawing.page.wait_for_function("window.sent.length === 1")
    [(name, choice)] = drawing.sent()
    assert name == "choice"
    assert (choice["heads"], choice["number"]) == ([0, 1], 1)
    assert list(choice["holds"]["heads"].values()) == [[0, 1]]
