"""What a visitor does on the page Inside a head, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def ready(page: Page, pattern: str) -> None:
    """Wait until the picture has drawn, with "stack layer head query key step" like a pattern."""
    page.wait_for_function(
        """pattern => {
            const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.ax'));
            return roots.some((root) => root && new RegExp(pattern).test(root.dataset.ready ?? ''));
        }""",
        arg=pattern,
    )


def at_rest(page: Page) -> None:
    """Wait until the server has answered: what it writes into the address ends a way back that has just begun."""
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    )


def test_a_visitor_goes_through_the_steps_of_a_head_and_on_to_other_heads_tokens_and_keys(visit):
    page = visit(path="inside_a_head", layer="3", head="1")
    headline = page.get_by_role("heading", level=4)
    expect(headline).to_contain_text("In layer 3, head 1, “it” looks at “cat”")
    ready(page, "^encoder 3 1 8 2 vector$")
    page.get_by_role("button", name="Next ›").click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**step=match*")
    expect(page.locator(".panel h3")).to_contain_text("How well the query of “it” [8] matches the key of “cat”")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="‹ Back").click()
    page.wait_for_url("**step=project*")
    page.locator("[data-step=match]").click()
    page.locator(".keys tr[data-position='6']").click()
    expect(headline).to_contain_text("“it” looks at “mat”")
    page.wait_for_url("**key=6*")
    page.get_by_label("Layer before").click()
    ready(page, "^encoder 2 1 8 .* match$")
    page.get_by_label("Head", exact=True).select_option("3")
    expect(headline).to_contain_text("In layer 2, head 3")
    page.locator(".sentence [data-position='2']").click()
    expect(headline).to_contain_text("“cat” looks at")
    page.wait_for_url("**token=2*")
    page.reload()
    ready(page, "^encoder 2 3 2 .* match$")


def test_the_way_back_undoes_a_step_and_leads_to_the_page_before(visit):
    page = visit(path="attention")
    # Addresses are completed in place once the first picture has brought the script that does it.
    page.locator(".ax[data-ready]").first.wait_for()
    page.wait_for_url("**layer=3*")
    page.get_by_role("link", name=re.compile("How this weight")).click()
    page.wait_for_url("**step=vector*")
    ready(page, "^encoder 3 1 8 .* vector$")
    page.locator("[data-step=project]").click()
    ready(page, "^encoder 3 1 8 .* project$")
    page.wait_for_url("**step=project*")
    at_rest(page)
    page.go_back()
    ready(page, "^encoder 3 1 8 .* vector$")
    page.wait_for_url(re.compile("step=vector.*key=|key=.*step=vector"))
    at_rest(page)
    page.go_back()
    page.wait_for_url("**/attention?*")
    expect(page.get_by_role("heading", level=4)).to_contain_text("“it” looks most at “cat”")
