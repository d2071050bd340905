"""From a click on a head to its picture in a real browser, and how many bytes travel for it."""

from __future__ import annotations

import time
from statistics import median, quantiles
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

import llm_core
from benchmarks.serving import browser, serving
from benchmarks.tables import size, table
from benchmarks.texts import text_of

MODEL, LAYER = "smollm2-135m", 15
LENGTHS = (32, 256, 1024, 4096)
HEAD_CLICKS, LAYER_CLICKS = 40, 12
SETTLED_MS = 3000
TARGET_MS = 300

HAS_DRAWN = """
    const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.ax'));
    const model = roots.find((root) => root?.view?.choice && root.dataset.ready)?.view.model;
    const [drawn, complete] = [model?.queryCount ?? 0, model?.complete ?? false]"""
"""How many tokens the picture on the page has, and whether all heads of its layer are there."""

AT_REST = """() => {
    const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.ax'));
    const measured = roots.map((root) => root?.view?.measures).find(Boolean) ?? [];
    const known = measured.some(({ id }) => id === 'induction-random-text');
    return known && !document.querySelector('[data-testid=stProgress]');
}"""
"""True once the model is loaded and every head is measured: nothing else then asks for the processor."""

CLICK_AND_WAIT = """(root, [what, to]) => new Promise((done) => {
    const { view } = root;
    const wanted = () => `decoder ${what === "head" ? `${view.choice.layer} ${to}` : `${to} ${view.choice.heads}`} `;
    const started = performance.now();
    const watch = new MutationObserver(() => {
        if (!root.dataset.ready.startsWith(wanted())) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => done([performance.now() - started]), 0));
    });
    watch.observe(root, { attributes: true, attributeFilter: ["data-ready"] });
    const button = what === "head" ? `button[data-head="${to}"]` : "button[aria-label='Layer after']";
    root.querySelector(button).dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
})"""
"""A click with Shift shows a head alone; the picture is there when the frame after it was drawn is over."""


def report() -> str:
    """Markdown: median and 95th percentile of the time from click to picture, and the bytes that travel."""
    tokenizer = llm_core.load_model(MODEL).tokenizer
    texts = {tokens: text_of(tokenizer, tokens) for tokens in LENGTHS}
    with serving() as address, sync_playwright() as playwright:
        chromium = browser(playwright)
        rows = [_row(chromium.new_page(), address, tokens, text) for tokens, text in texts.items()]
        chromium.close()
    head = [
        "tokens",
        "head: median",
        "p95",
        "its answer",
        "layer: median",
        "p95",
        "its answers, all heads",
        "until the first picture",
    ]
    note = (
        f"Target: p95 under {TARGET_MS} ms for a head, up to 1,024 tokens. {HEAD_CLICKS} clicks on heads of layer "
        f"{LAYER}, then {LAYER_CLICKS} on the next layer, each as soon as the picture before stands."
    )
    return f"### From a click to its picture, {MODEL}\n\n{table(head, rows)}\n\n{note}"


def _row(page: Page, address: str, tokens: int, text: str) -> list[str]:
    started = time.perf_counter()
    asked = {"model": MODEL, "layer": LAYER, "head": 0, "token": "all"}
    page.goto(f"{address}/attention?{urlencode(asked)}")
    page.get_by_role("textbox", name="Text").fill(text)
    page.get_by_role("button", name="Run the model").click()
    root = page.locator(".ax[data-ready^='decoder']").first
    page.wait_for_function(f"() => {{ {HAS_DRAWN}; return drawn >= {tokens - 8}; }}", timeout=300_000)
    first = time.perf_counter() - started
    page.wait_for_function(AT_REST, timeout=600_000)
    page.wait_for_timeout(SETTLED_MS)
    root.get_by_label("Layer", exact=True).select_option(str(LAYER))
    page.locator(f".ax[data-ready^='decoder {LAYER} ']").wait_for(timeout=300_000)
    page.wait_for_function(f"() => {{ {HAS_DRAWN}; return complete; }}", timeout=300_000)
    page.wait_for_timeout(SETTLED_MS)
    heads = [root.evaluate(CLICK_AND_WAIT, ["head", 1 + click % 8])[0] for click in range(HEAD_CLICKS)]
    page.wait_for_timeout(SETTLED_MS)
    answer = root.evaluate("root => root.view.bytes")
    before = root.evaluate("root => root.view.received")
    layers = [root.evaluate(CLICK_AND_WAIT, ["layer", LAYER + 1 + click])[0] for click in range(LAYER_CLICKS)]
    page.wait_for_function(f"() => {{ {HAS_DRAWN}; return complete; }}", timeout=300_000)
    page.wait_for_timeout(SETTLED_MS)
    sent = root.evaluate("root => root.view.received") - before
    page.close()
    return [
        f"{tokens:,}",
        *(f"{time:.0f} ms" for time in (median(heads), quantiles(heads, n=20)[-1])),
        size(answer),
        *(f"{time:.0f} ms" for time in (median(layers), quantiles(layers, n=20)[-1])),
        f"{size(sent)} for {LAYER_CLICKS} layers",
        f"{first:.1f} s",
    ]
