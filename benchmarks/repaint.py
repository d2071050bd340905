"""From a click on a head to its picture in a real browser, and how many bytes travel for it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

import llm_core
from benchmarks.tables import size, table
from benchmarks.texts import text_of

MODEL, LAYER = "smollm2-135m", 15
LENGTHS = (32, 256, 1024, 4096)
CLICKS = 40
TARGET_MS = 300
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

HAS_DRAWN = """
    const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.ax')?.view?.model);
    const drawn = roots.find(Boolean)?.queryCount ?? 0"""
"""How many tokens the picture on the page has."""

CLICK_AND_WAIT = """(root, head) => new Promise((done) => {
    const button = root.querySelector(`button[data-head="${head}"]`);
    const started = performance.now();
    const watch = new MutationObserver(() => {
        if (!root.dataset.ready.startsWith(`decoder ${root.view.choice.layer} ${head} `)) return;
        watch.disconnect();
        requestAnimationFrame(() => setTimeout(() => done([performance.now() - started, root.view.bytes]), 0));
    });
    watch.observe(root, { attributes: true, attributeFilter: ["data-ready"] });
    button.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
})"""
"""A click with Shift shows a head alone; the picture is there when the frame after the answer has been drawn."""


def report() -> str:
    """Markdown: median and 95th percentile of the time from click to picture, and the bytes of one answer."""
    tokenizer = llm_core.load_model(MODEL).tokenizer
    texts = {tokens: text_of(tokenizer, tokens) for tokens in LENGTHS}
    with _server() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        rows = [_row(chromium.new_page(), address, tokens, text) for tokens, text in texts.items()]
        chromium.close()
    head = ["tokens", "median", "p95", "bytes of one answer", "until the first picture"]
    note = f"Target: p95 under {TARGET_MS} ms up to 1,024 tokens. {CLICKS} clicks each, one head of layer {LAYER}."
    return f"### Click on a head to its picture, {MODEL}\n\n{table(head, rows)}\n\n{note}"


def _row(page: Page, address: str, tokens: int, text: str) -> list[str]:
    started = time.perf_counter()
    asked = {"model": MODEL, "layer": LAYER, "head": 0, "token": "all"}
    page.goto(f"{address}/attention?{urlencode(asked)}")
    page.get_by_role("textbox", name="Text").fill(text)
    page.get_by_role("button", name="Run the model").click()
    root = page.locator(".ax[data-ready^='decoder']").first
    page.wait_for_function(f"() => {{ {HAS_DRAWN}; return drawn >= {tokens - 8}; }}", timeout=300_000)
    first = time.perf_counter() - started
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=300_000)
    times, sent = [], 0
    for click in range(CLICKS):
        milliseconds, sent = root.evaluate(CLICK_AND_WAIT, 1 + click % 8)
        times.append(milliseconds)
    p95 = quantiles(times, n=20)[-1]
    page.close()
    return [f"{tokens:,}", f"{median(times):.0f} ms", f"{p95:.0f} ms", size(sent), f"{first:.1f} s"]


@contextmanager
def _server() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "app.py", "--server.port", str(port)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://localhost:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)
