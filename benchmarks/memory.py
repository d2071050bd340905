"""What recording costs in memory: the peak of each kind of pass, each in a process of its own (Linux)."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import llm_core
from benchmarks.plain import MODEL, attentions_pass, bare_pass, plain_model, plain_tokenizer
from benchmarks.tables import size, table
from benchmarks.texts import text_of

TOKENS = 1024
MOST_OF_EAGER = 1 / 5
RUNS = 2
SHORT = "The cat sat on the mat because it was tired."


def report() -> str:
    """Markdown: peak memory of a bare pass, and what a trace and eager attention take on top of it."""
    peaks = {kind: median(_peak_in_new_process(kind) for _ in range(RUNS)) for kind in PASSES}
    extra = {kind: peak - peaks["bare"] for kind, peak in peaks.items()}
    share = extra["trace"] / extra["eager"]
    rows = [
        ["bare SDPA forward", size(peaks["bare"]), "", "", ""],
        ["eager with `output_attentions`", size(peaks["eager"]), size(extra["eager"]), "1", ""],
        ["trace", size(peaks["trace"]), size(extra["trace"]), f"{share:.2f}", f"at most {MOST_OF_EAGER}"],
    ]
    head = [f"{TOKENS:,} tokens", "peak memory", "more than bare", "as a share of eager's", "target"]
    return f"### Memory, {MODEL}\n\n{table(head, rows)}"


def _bare() -> Callable[[str], object]:
    model, tokenizer = plain_model("sdpa"), plain_tokenizer()
    return lambda text: bare_pass(model, tokenizer(text, return_tensors="pt"))


def _eager() -> Callable[[str], object]:
    model, tokenizer = plain_model("eager"), plain_tokenizer()
    return lambda text: attentions_pass(model, tokenizer(text, return_tensors="pt"))


def _trace() -> Callable[[str], object]:
    model = llm_core.load_model(MODEL)
    return lambda text: llm_core.trace(model, text)


PASSES = {"bare": _bare, "eager": _eager, "trace": _trace}


def _peak_in_new_process(kind: str) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", kind]
    root = Path(__file__).resolve().parents[1]
    return int(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout)


def _peak_here(kind: str) -> int:
    """Peak bytes resident during one pass; loading and a first short pass, which touches the weights, are over."""
    run = PASSES[kind]()
    text = text_of(plain_tokenizer(), TOKENS)
    run(SHORT)
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to what is resident now
    kept = run(text)
    status = Path("/proc/self/status").read_text()
    del kept
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("kind", choices=PASSES)
    print(_peak_here(parser.parse_args().kind))
