"""What a visitor does on the page Scale, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


def test_areas_are_to_one_scale_on_a_phone_and_a_measurement_draws_points_as_they_come(visit):
    page = visit(path="scale", phone=True, longest="256", models="of the introduction")
    areas = page.locator(".shapelayer path")
    areas.first.wait_for()
    sides = areas.evaluate_all(
        "shapes => shapes.map((one) => one.getBoundingClientRect()).map((box) => [box.width, box.height])"
    )
    widths = [width for width, _ in sides]
    assert all(abs(width - height) < 0.6 for width, height in sides)
    # GPT-3 over Jurassic-1 is 175 over 178, LLaMA 65B over Jurassic-1 is 65.2 over 178; areas, not sides.
    assert (widths[1] / widths[0]) ** 2 == pytest.approx(175 / 178, abs=0.02)
    assert (widths[3] / widths[0]) ** 2 == pytest.approx(65.2 / 178, abs=0.02)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("radio", name="Measured here").click()
    measure = page.get_by_role("button", name="Measure on this machine")
    measure.wait_for()
    points = page.locator(".scatterlayer .point")
    expect(points).to_have_count(0)  # those of the page before go when the page is there
    measure.click()
    expect(page.get_by_role("heading", level=4)).to_contain_text("times the text")
    expect(points).to_have_count(4 * 4)
    page.wait_for_url("**longest=256*")
