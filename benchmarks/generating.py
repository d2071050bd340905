"""What telling everything of each written token costs, against the library's plain ``generate``."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

import llm_core
from benchmarks.tables import size, table
from benchmarks.timing import Comparison, compare

TOKENS = 64
LEAST_SPEED = 0.9
PROMPTS = {
    "smollm2-135m": "The story begins on a cold morning in the harbour, when",
    "t5-mini-en-fr": "The old teacher gave the black cat some milk because it was hungry, and then she went home.",
}
PAIRS = {"smollm2-135m": 4, "t5-mini-en-fr": 20}
KEPT_STEPS = 100


def report() -> str:
    """Markdown: greedy tokens per second of both, and what a hundred steps keep."""
    speed, kept = [], []
    for name, prompt in PROMPTS.items():
        model = llm_core.load_model(name)
        steps = _ours(model, prompt, TOKENS)()
        works = _theirs(model, prompt, len(steps)), _ours(model, prompt, len(steps))
        wall = compare(*works, PAIRS[name])
        speed.append(_speed(name, len(steps), wall, _computing(*works, PAIRS[name])))
        kept.append(_kept(name, _ours(model, prompt, KEPT_STEPS)()))
    head = [
        "model",
        "tokens",
        "`generate`",
        "recorded",
        "speed by the clock",
        "by processor time",
        "quartiles",
        "target",
    ]
    shares = table(["model", "steps", "kept a step", "of that logits", "100 steps"], kept)
    return f"### Generation, greedy\n\n{table(head, speed)}\n\n{shares}"


def _ours(model: llm_core.LoadedModel, prompt: str, tokens: int) -> Callable[[], list[llm_core.GenerationStep]]:
    settings = llm_core.GenerationSettings(max_new_tokens=tokens, temperature=0)
    return lambda: list(llm_core.generate(model, prompt, settings))


def _theirs(model: llm_core.LoadedModel, prompt: str, tokens: int) -> Callable[[], Any]:
    def run() -> Any:
        inputs = model.tokenizer(prompt, return_tensors="pt")
        with torch.inference_mode():
            return model.model.generate(**inputs, do_sample=False, max_new_tokens=tokens)

    return run


def _computing(first: Callable[[], Any], second: Callable[[], Any], pairs: int) -> Comparison:
    """Processor seconds of both in turns: what they compute, however busy the machine is with other programs."""
    times = []
    for _ in range(pairs):
        spent = []
        for work in (first, second):
            started = time.process_time()
            work()
            spent.append(time.process_time() - started)
        times.append(tuple(spent))
    return Comparison(*zip(*times, strict=True))


def _speed(name: str, tokens: int, wall: Comparison, computing: Comparison) -> list[str]:
    rates = [f"{tokens / median(times):.1f} tokens/s" for times in (wall.first, wall.second)]
    low, high = computing.spread
    ratios = [f"{1 / wall.ratio:.2f}", f"{1 / computing.ratio:.2f}", f"{1 / high:.2f} to {1 / low:.2f}"]
    return [name, str(tokens), *rates, *ratios, f"at least {LEAST_SPEED}"]


def _kept(name: str, steps: list[llm_core.GenerationStep]) -> list[str]:
    gc.collect()
    each = sum(step.nbytes for step in steps) / len(steps)
    return [name, str(len(steps)), size(each), size(steps[0].logits.nbytes), size(100 * each)]
