"""How long a slider of the Generation page takes until its answer is painted, over a whole vocabulary, in Chromium."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

import llm_core
from benchmarks.plain import MODEL
from benchmarks.tables import seconds, table
from pages.shared.asking import facts_of, model, stream, task
from pages.shared.components.generation import generation
from pages.shared.generation.packet import generation_packet
from pages.shared.generation.store import Branch, Growth

MOST_MILLISECONDS = 200
MOVES = {
    "temperature": ("0.5", "0.8", "1.1", "1.4", "1.7", "2"),
    "topK": ("5", "10", "20", "40", "80"),
    "topP": ("0.95", "0.8", "0.6", "0.4"),
    "minP": ("0.02", "0.05", "0.2"),
    "penalty": ("1.1", "1.2", "1.3", "1.4"),
    "typicalP": ("0.9", "0.7", "0.5"),
}
REPAINTED = """([name, value]) => new Promise((done) => {
    const input = document.querySelector(`input[data-name=${name}]`);
    const started = performance.now();
    input.value = value;
    input.dispatchEvent(new Event('input'));
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - started)));
})"""


def report() -> str:
    """Markdown: median and longest time from moving each slider to the painted frame."""
    settings = llm_core.GenerationSettings(max_new_tokens=3, temperature=0.8)
    writing = task("generation.writing:generate", model(MODEL), "My favourite season is", settings)
    growth = Growth(("",), [Branch(list(stream(writing)), settings)])
    page = generation.page(generation_packet(facts_of(MODEL), growth, standalone=True), MODEL, "light")
    times = _measured(page)
    rows = [
        [name, seconds(median(found) / 1e3), seconds(max(found) / 1e3), f"under {MOST_MILLISECONDS} ms"]
        for name, found in times.items()
    ]
    size = len(growth.branch.steps[0].logits)
    head = ["slider", "moved until painted", "longest", "target"]
    return f"### Sliders, {MODEL}, {size:,} tokens in the vocabulary\n\n{table(head, rows)}"


def _measured(page: str) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shown = browser.new_page()
        shown.goto(file.as_uri())
        shown.locator(".candidates .row").first.wait_for()
        times = {name: [shown.evaluate(REPAINTED, [name, value]) for value in MOVES[name]] for name in MOVES}
        browser.close()
    return times
