"""What a visitor sees and can do on the page Scale, in a real browser."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def open_scale(visit, server):
    """A function that opens the page with URL parameters, in a session that has seen the first page."""

    def open_page(*, dark: bool = False, phone: bool = False, **parameters: str) -> Page:
        page = visit(dark=dark, phone=phone)
        page.goto(f"{server}/scale?{urlencode(parameters)}")
        page.locator(".js-plotly-plot .main-svg").first.wait_for()
        return page

    return open_page


def test_areas_are_to_one_scale_on_a_phone_too(open_scale):
    page = open_scale(phone=True)
    page.locator(".shapelayer path").first.wait_for()
    sides = page.evaluate(
        """[...document.querySelectorAll('.shapelayer path')].map((one) => one.getBoundingClientRect())
           .map((box) => [box.width, box.height])"""
    )
    widths = [width for width, _ in sides]
    assert all(abs(width - height) < 0.6 for width, height in sides)
    # GPT-3 over Jurassic-1 is 175 over 178, LLaMA 65B over Jurassic-1 is 65.2 over 178; areas, not sides.
    assert (widths[1] / widths[0]) ** 2 == pytest.approx(175 / 178, abs=0.02)
    assert (widths[3] / widths[0]) ** 2 == pytest.approx(65.2 / 178, abs=0.02)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_measurement_draws_points_as_they_come(open_scale):
    page = open_scale(dark=True, scale="Measured here", longest="256")
    assert page.locator(".scatterlayer .point").count() == 0
    page.get_by_role("button", name="Measure on this machine").click()
    expect(page.get_by_role("heading", level=4)).to_contain_text("times the text", timeout=120_000)
    expect(page.locator(".scatterlayer .point")).to_have_count(4 * 4)
    assert "longest=256" in page.url
