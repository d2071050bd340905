"""What the library's logits processors make of logits, as numbers that the browser's pipeline is held against.

``python -m tests.recorded`` writes them to ``frontend/recorded/sampling.json``.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import numpy as np
import torch
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from tests.recorded.packets import FOLDER

FILE = FOLDER / "sampling.json"

Settings: TypeAlias = dict[str, float]
OFF: Settings = {"temperature": 1.0, "topK": 0, "topP": 1.0, "minP": 0.0, "typicalP": 1.0, "penalty": 1.0}

RANDOM = np.random.default_rng(7)
UNEVEN = [float(one) for one in np.round(RANDOM.normal(0, 3, 40), 3)]
CONTEXT = [3, 17, 17, 39, int(np.argmax(UNEVEN)), int(np.argmin(UNEVEN))]

STEPS: dict[str, tuple[list[float], list[int]]] = {
    "uneven": (UNEVEN, CONTEXT),
    "ties": ([1.0, 2.0, 0.0, 2.0, -1.0, 1.0, 1.0, 2.0, 0.0, -1.0, 0.5, 1.0], [0, 4, 7]),
    "all alike": ([0.25] * 10, [2]),
    "all alike, a power of two": ([0.0] * 8, []),
    "one alone": ([3.5], [0]),
    "far apart": ([60.0, 0.0, -60.0, 59.0, 30.0, -600.0], [0, 2]),
}
"""By name, logits and the tokens so far."""

SETTINGS: tuple[Settings, ...] = (
    {},
    {"temperature": 0.05},
    {"temperature": 0.5},
    {"temperature": 3.0},
    {"temperature": 0.0},
    {"temperature": 0.0, "penalty": 2.0, "topK": 3, "topP": 0.5, "minP": 0.3, "typicalP": 0.4},
    {"topK": 1},
    {"topK": 2},
    {"topK": 5},
    {"topK": 100},
    {"topP": 0.05},
    {"topP": 0.5},
    {"topP": 0.75},
    {"topP": 0.9},
    {"topP": 0.95},
    {"minP": 0.05},
    {"minP": 0.5},
    {"minP": 1.0},
    {"typicalP": 0.05},
    {"typicalP": 0.2},
    {"typicalP": 0.5},
    {"typicalP": 0.9},
    {"penalty": 1.2},
    {"penalty": 2.0},
    {"temperature": 0.05, "topP": 0.9, "typicalP": 0.9},
    {"temperature": 1.5, "topP": 0.6},
    {"topK": 6, "topP": 0.8, "minP": 0.1},
    {"penalty": 1.3, "temperature": 0.8, "topK": 12, "topP": 0.95, "minP": 0.02, "typicalP": 0.9},
    {"penalty": 1.1, "temperature": 2.0, "topK": 20, "topP": 0.9, "minP": 0.05, "typicalP": 0.5},
)
"""Settings that differ from :data:`OFF`."""


def as_json(steps: list[dict[str, Any]]) -> str:
    """One line a case."""
    lines = [json.dumps({**step, "cases": None})[: -len("null}")] + _cases(step["cases"]) for step in steps]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _cases(cases: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]}"


def sampling_reference() -> list[dict[str, Any]]:
    """Every step under all settings: stages, probabilities by token, entropy in bits, and the token chosen."""
    steps = []
    for number, (name, (logits, context)) in enumerate(STEPS.items()):
        waits = np.random.default_rng(number).exponential(1, len(logits))
        luck = [float(one) for one in (1 / waits).astype(np.float32)]
        cases = [_case(logits, context, luck, OFF | changed) for changed in SETTINGS]
        steps.append({"name": name, "logits": logits, "context": context, "luck": luck, "cases": cases})
    return steps


def _case(logits: list[float], context: list[int], luck: list[float], settings: Settings) -> dict[str, Any]:
    greedy = settings["temperature"] == 0
    scores = torch.tensor([logits], dtype=torch.float32)
    ids = torch.tensor([context], dtype=torch.long)
    stages = []
    for name, process in processors(settings, greedy=greedy):
        before = scores.softmax(-1)[0]
        left = process(ids, scores.clone())
        gone = torch.isneginf(left[0]) & ~torch.isneginf(scores[0])
        kept = int((~torch.isneginf(left)).sum())
        share = _short(before[gone].double().sum())
        stages.append({"name": name, "kept": kept, "excluded": int(gone.sum()), "share": share})
        scores = left
    shares = scores.softmax(-1)[0].double().numpy()
    cut = [token for token, score in enumerate(scores[0].tolist()) if score == -np.inf]
    positive = shares[shares > 0]
    return {
        "settings": settings,
        "stages": stages,
        "shares": [_short(share) for share in shares],
        "cut": cut,
        "entropy": 0.0 if greedy else _short(-(positive * np.log2(positive)).sum()),
        "chosen": int(scores[0].argmax()) if greedy else int((shares * np.array(luck)).argmax()),
    }


def _short(value: Any) -> float:
    return float(f"{float(value):.7g}")


def processors(settings: Settings, *, greedy: bool) -> list[tuple[str, Any]]:
    """The library's processors as it chains them: none that does nothing, and no warpers without a draw."""
    warpers = {
        "temperature": (settings["temperature"] != 1, TemperatureLogitsWarper, settings["temperature"]),
        "top-k": (settings["topK"] > 0, TopKLogitsWarper, settings["topK"]),
        "top-p": (settings["topP"] < 1, TopPLogitsWarper, settings["topP"]),
        "min-p": (settings["minP"] > 0, MinPLogitsWarper, settings["minP"]),
        "typical": (settings["typicalP"] < 1, TypicalLogitsWarper, settings["typicalP"]),
    }
    used = [(name, kind(value)) for name, (on, kind, value) in warpers.items() if on and not greedy]
    if settings["penalty"] != 1:
        used.insert(0, ("repetition penalty", RepetitionPenaltyLogitsProcessor(settings["penalty"])))
    return used
