"""What it costs that a picture is the model's own: checks of weights and numbers, and how soon a name is refused."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import llm_core
from benchmarks.tables import seconds, table
from benchmarks.texts import PASSAGE, text_of
from benchmarks.timing import duration
from llm_core.models import loading
from llm_core.numbers import percent
from llm_core.tracing import passes

TOKENS = (32, 128)
RUNS = 7
LOADS = 3
MOST_OF_A_TRACE = 0.01
MOST_TO_REFUSE = 0.1
WEIGHT_CHECKS = ("check_all_used", "check_finite", "keep_own_weights", "writes_to_itself")

REFUSE = """
import sys, time
import llm_core
begun = time.perf_counter()
try:
    llm_core.load_model(sys.argv[1])
except llm_core.LlmCoreError:
    print(time.perf_counter() - begun)
else:
    sys.exit("It was not refused.")
"""


def report() -> str:
    """Markdown: the checks as shares of a trace and of loading, and seconds until a refusal."""
    names = [spec.name for spec in llm_core.catalog() if spec.offline]
    models = {name: llm_core.load_model(name) for name in names}
    traced = table(
        ["numbers of a trace are finite", "tokens", "trace takes", "of it the check", "target"],
        [_trace_row(models[name], tokens) for name in names for tokens in TOKENS],
    )
    del models
    loaded = table(
        ["loading, libraries imported", "takes", "of it the checks of weights"], [_load_row(name) for name in names]
    )
    refused = table(
        ["refused in a process that has imported `llm_core`", "takes", "longest", "target"],
        [_refusal_row(what, name) for what, name in _refused()],
    )
    note = f"Medians of {RUNS} traces, {LOADS} loadings and {RUNS} refusals, each share within its own run."
    return f"### Faithful or refused\n\n{traced}\n\n{loaded}\n\n{refused}\n\n{note}"


def _trace_row(model: Any, tokens: int) -> list[str]:
    text = text_of(model.tokenizer, tokens)
    totals, shares = _shares(passes, ["check_numbers"], lambda: llm_core.trace(model, text), RUNS)
    target = f"under {percent(MOST_OF_A_TRACE)}"
    return [model.spec.name, f"{tokens:,}", seconds(median(totals)), f"{100 * median(shares):.2f} %", target]


def _load_row(name: str) -> list[str]:
    totals, shares = _shares(loading, WEIGHT_CHECKS, lambda: llm_core.load_model(name), LOADS)
    return [name, seconds(median(totals)), percent(median(shares))]


def _shares(
    module: ModuleType, names: list[str] | tuple[str, ...], work: Callable[[], object], runs: int
) -> tuple[list[float], list[float]]:
    """Seconds of each run of some work, and the share of it spent in functions that a module calls by name."""
    work()
    totals, shares = [], []
    for _ in range(runs):
        with _timed(module, names) as spent:
            totals.append(duration(work))
        shares.append(sum(spent) / totals[-1])
    return totals, shares


@contextmanager
def _timed(module: ModuleType, names: list[str] | tuple[str, ...]) -> Iterator[list[float]]:
    """Within it, how long each call of some functions of a module took."""
    spent: list[float] = []
    originals = {name: getattr(module, name) for name in names}

    def timed(original: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            answer: list[object] = []
            spent.append(duration(lambda: answer.append(original(*given, **named))))
            return answer[0]

        return call

    for name, original in originals.items():
        setattr(module, name, timed(original))
    try:
        yield spent
    finally:
        for name, original in originals.items():
            setattr(module, name, original)


def _refused() -> list[tuple[str, str]]:
    """What cannot be a model, each with what is asked for."""
    folder = Path(tempfile.mkdtemp())
    (folder / "empty").mkdir()
    (folder / "adapter").mkdir()
    (folder / "adapter" / "adapter_config.json").write_text("{}")
    (folder / "torn").mkdir()
    (folder / "torn" / "config.json").write_text('{"model_type": "bert"}')
    (folder / "torn" / "model.safetensors").write_bytes(PASSAGE.encode())
    (folder / "torn.gguf").write_bytes(PASSAGE.encode())
    return [
        ("no name", ""),
        ("an impossible name", "no such/model of/anybody"),
        ("an empty folder", str(folder / "empty")),
        ("only an adapter", str(folder / "adapter")),
        ("torn weights", str(folder / "torn")),
        ("a torn GGUF file", str(folder / "torn.gguf")),
    ]


def _refusal_row(what: str, name: str) -> list[str]:
    command = [sys.executable, "-c", REFUSE, name]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(RUNS)]
    times = [float(run.stdout) for run in runs]
    return [what, seconds(median(times)), seconds(max(times)), f"under {seconds(MOST_TO_REFUSE)}"]
