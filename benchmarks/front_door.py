"""The front page: how long until it is painted on a server that has just started, and frames while a block opens."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

import llm_core
from benchmarks.serving import browser, environment, serving
from benchmarks.tables import table
from benchmarks.texts import text_of
from llm_core.numbers import percent

PAINTED = ("minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr")
STARTS = 3
MODEL, TOKENS, LAYERS = "minilm-l6-mlm", 64, 6
TARGET_MS = 50

IS_PAINTED = """() => {
    const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.ax'));
    const view = roots.find((root) => root?.dataset.ready && root.view?.stage)?.view;
    return view && new Promise((done) => requestAnimationFrame(() => done(view.header.sequences.source.tokens)));
}"""
"""How many tokens the picture on the page has, in the frame after it was drawn."""

OPEN_AND_WATCH = """([block]) => new Promise((done) => {
    const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.ax'));
    const { view } = roots.find((root) => root?.view?.stage);
    const frames = [];
    let last = performance.now();
    const begun = last;
    const watch = (now) => {
        frames.push(now - last);
        last = now;
        if (now - begun < 900) requestAnimationFrame(watch);
        else done(frames.slice(1));
    };
    requestAnimationFrame((now) => {
        last = now;
        view.choose({ block });
        requestAnimationFrame(watch);
    });
})"""
"""Open a block, and tell how many milliseconds lay between frames for the next 0.9 s."""


def report() -> str:
    """Markdown: time to the first paint with cold and warm cache of models, and frame times while blocks open."""
    with sync_playwright() as playwright:
        chromium = browser(playwright)
        paints = [_paint_row(chromium, model) for model in PAINTED]
        frames = _frame_rows(chromium)
        chromium.close()
    first = table(["first paint on a server that has just started", "cold cache of models", "warm"], paints)
    second = table(["a block opens", "frames", "median", "p95", "longest", "over 50 ms"], frames)
    note = (
        f"Medians of {STARTS} starts each, from the visit until the picture stands; the text is the app's own first. "
        f"Frames: {TOKENS} tokens, {MODEL}, 0.9 s from the click on, each block of its kind once. Target: none over "
        f"{TARGET_MS} ms."
    )
    return f"### The front page\n\n{first}\n\n{second}\n\n{note}"


def _paint_row(chromium: Browser, model: str) -> list[str]:
    told = [model]
    with tempfile.TemporaryDirectory() as kept:
        for cold in (True, False):
            if not cold:
                _fill(Path(kept), model)
            times = [_first_paint(chromium, model, None if cold else Path(kept)) for _ in range(STARTS)]
            told.append(f"{median(times):.1f} s")
    return told


def _fill(cache: Path, model: str) -> None:
    """Convert a model into a cache, as a visit does."""
    code = f"import llm_core; llm_core.load_model({model!r})"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment(cache), capture_output=True)


def _first_paint(chromium: Browser, model: str, cache: Path | None) -> float:
    with tempfile.TemporaryDirectory() as empty, serving(cache or Path(empty)) as address:
        page = chromium.new_page()
        started = time.perf_counter()
        page.goto(f"{address}/?{urlencode({'model': model})}")
        page.wait_for_function(IS_PAINTED, timeout=300_000)
        seconds = time.perf_counter() - started
        page.close()
    return seconds


def _frame_rows(chromium: Browser) -> list[list[str]]:
    text = text_of(llm_core.load_model(MODEL).tokenizer, TOKENS)
    with tempfile.TemporaryDirectory() as cache, serving(Path(cache)) as address:
        page = chromium.new_page(viewport={"width": 1360, "height": 900})
        page.goto(f"{address}/?{urlencode({'model': MODEL, 'text': text})}")
        page.wait_for_function(f"({IS_PAINTED})()", timeout=300_000)
        page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=300_000)
        kinds = {
            "attention": [f"encoder.{layer}.attention" for layer in range(LAYERS)],
            "feed-forward": [f"encoder.{layer}.feed_forward" for layer in range(LAYERS)],
            "embedding, output": ["encoder.embedding", "output"],
        }
        rows = [_frames_of(page, kind, blocks) for kind, blocks in kinds.items()]
        page.close()
    return rows


def _frames_of(page: Page, kind: str, blocks: list[str]) -> list[str]:
    frames: list[float] = []
    for block in blocks:
        frames += page.evaluate(OPEN_AND_WATCH, [block])
        page.wait_for_timeout(2000)
        page.evaluate(OPEN_AND_WATCH, [None])
        page.wait_for_timeout(1000)
    ordered = sorted(frames)
    p95 = ordered[int(0.95 * len(ordered))]
    over = sum(frame > TARGET_MS for frame in frames)
    return [
        kind,
        str(len(frames)),
        f"{median(frames):.0f} ms",
        f"{p95:.0f} ms",
        f"{ordered[-1]:.0f} ms",
        f"{over} ({percent(over / len(frames))})",
    ]
