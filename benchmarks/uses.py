"""What a visitor waits for on the page Applications: first words and whole answer of each use's first example."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from benchmarks.serving import browser, serving
from benchmarks.tables import table

PATIENCE_MS = 600_000
MODELS = ("minilm-l6", "smollm2-135m", "t5-mini-en-fr")

USES: dict[str, Callable[[Page], None]] = {
    "Ad copy: a slogan in two versions": lambda page: page.get_by_role("link", name="Applications").click(),
    "Questions: what does a library card cost": lambda page: _choose(page, "Questions"),
    "Classification: four opinions, two methods": lambda page: _choose(page, "Classification"),
    "Classification: 25 messages into groups": lambda page: _choose(page, "Into groups"),
    "Code: a Python function": lambda page: _choose(page, "Code"),
    "Text: an unfinished sentence in two versions": lambda page: _choose(page, "Story and translation"),
    "Text: a children's story": lambda page: _choose(page, "Children's story"),
    "Text: a summary": lambda page: _choose(page, "Summary"),
    "Text: a product description": lambda page: _choose(page, "Product description"),
    "Translation: a sentence": lambda page: _choose(page, "Translation"),
}
"""By name, the click after which a use writes or sorts its first example; each after the one before."""

WATCH = """() => {
    const found = { begun: performance.now(), first: null };
    const buttons = () => [...document.querySelectorAll("[data-testid=stMain] button")];
    const button = (name) => buttons().find((one) => one.innerText.trim().endsWith(name));
    const words = () => {
        const block = button("Stop")?.closest("[data-testid=stVerticalBlock]");
        return /[\\p{L}\\p{N}]/u.test((block?.innerText ?? "").replace(/stop/gi, ""));
    };
    new MutationObserver(() => {
        if (found.first === null && words()) found.first = performance.now();
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
    window.waiting = found;
}"""
"""Note when the first words stand beside the button that stops the writing."""

IS_QUIET = "!document.querySelector('[data-testid=stStatusWidget]')"

IS_DONE = """(before) => {
    const heading = document.querySelector("[data-testid=stMain] h4")?.innerText ?? before;
    const busy = document.querySelector("[data-testid=stStatusWidget]");
    const buttons = [...document.querySelectorAll("[data-testid=stMain] button")];
    const stop = buttons.some((one) => one.innerText.trim().endsWith("Stop"));
    const { waiting } = window;
    if (heading === before || busy || stop) waiting.since = null;
    else waiting.since ??= performance.now();
    return waiting.since && performance.now() - waiting.since > 1000 && waiting.since - waiting.begun;
}"""
"""Milliseconds since the click, once the page has another headline and nothing is being done for a second."""


def report() -> str:
    """Markdown: seconds from the click that asks for a use to its first words and to its whole answer."""
    with serving() as address, sync_playwright() as playwright:
        chromium = browser(playwright)
        # Wide enough for the link to every page.
        page = chromium.new_page(viewport={"width": 1800, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        for model in MODELS:
            page.goto(f"{address}/scale?{urlencode({'model': model})}")
            page.get_by_role("heading", level=4).filter(has_text=model).wait_for()
            page.goto(f"{address}/generation?{urlencode({'model': model, 'text': 'It was [MASK].'})}")
            page.get_by_role("heading", level=4).wait_for()
            page.wait_for_function(IS_QUIET)
        rows = [_row(page, name, ask) for name, ask in USES.items()]
        chromium.close()
    note = (
        "From the click to what the browser shows, the models loaded and the answer written for the first time. What "
        "is sorted or grouped shows nothing before all of it is done."
    )
    shown = table(["use", "first words", "whole answer", "load average then"], rows)
    return f"### Applications: what a visitor waits for\n\n{shown}\n\n{note}"


def _choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def _row(page: Page, name: str, ask: Callable[[Page], None]) -> list[str]:
    page.wait_for_function(IS_QUIET)
    before = page.get_by_role("heading", level=4).first.inner_text()
    page.evaluate(WATCH)
    ask(page)
    whole = page.wait_for_function(IS_DONE, arg=before).json_value()
    first = page.evaluate("window.waiting.first && window.waiting.first - window.waiting.begun")
    seconds = ["" if first is None else f"{first / 1000:.1f} s", f"{whole / 1000:.1f} s"]
    return [name, *seconds, f"{os.getloadavg()[0]:.1f}"]
