"""How much what is compared of attention varies from text to text, measured on twelve texts for the models that ship.

A share on one text does not tell what a model does in general. Beside it stands what the same model does on texts of
questions, stories, facts and instructions. ``python -m llm_core.comparison.spreads`` measures and stores it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from llm_core.comparison.survey import Survey, survey
from llm_core.comparison.table import Side
from llm_core.errors import BrokenDataError
from llm_core.numbers import percent
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

FILE = Path(__file__).parent / "data" / "spreads.json"

MODELS = ("minilm-l6-mlm", "minilm-l6", "smollm2-135m", "t5-mini-en-fr")
MOST_WRITTEN = 40
"""Tokens that an encoder-decoder writes of each text at most; it is read with what it writes itself."""

USUALLY = 0.75
"""From this share of the texts on a comparison is said to hold usually."""

Measured: TypeAlias = Literal["forward", "first token", "entropy", "words"]


@dataclass(frozen=True)
class Spread:
    """One measure of a stack on each of the texts.

    Attributes:
        values: One for each text, in their order: a share of attention from 0 to 1, or bits for ``"entropy"``.
    """

    values: tuple[float, ...]

    def __str__(self) -> str:
        """The range of a share, as words in brackets."""
        return f"{percent(min(self.values))} to {percent(max(self.values))} on {len(self.values)} shipped texts"


def known_spread(trace: Trace, stack: Stack, measured: Measured) -> Spread | None:
    """What a shipped model does on the shipped texts; None for all others, and where heads are switched off.

    Raises:
        BrokenDataError: The stored file cannot be read.
    """
    if trace.edits.ablate_heads:
        return None
    values = _stored().get(trace.model_name, {}).get(stack, {}).get(measured)
    return None if values is None else Spread(values)


def measured_on(found: Survey) -> dict[Measured, float]:
    """What is compared of one stack's attention on one text."""
    if found.stack == "cross":
        return {"words": found.directions.overall("words")}
    return {
        "forward": found.directions.overall("forward"),
        "first token": found.directions.overall("first token"),
        "entropy": float(np.nanmean(found.scores.entropy)),
    }


def usually(most: Side, least: Side) -> str:
    """On how many other texts the one spreads its attention over more than the other; nothing if that is not known."""
    more, less = (known_spread(side.trace, side.own_stack, "entropy") for side in (most, least))
    if more is None or less is None or more == less:
        return ""
    wider = [one > other for one, other in zip(more.values, less.values, strict=True)]
    often, count = sum(wider), len(wider)
    if often == count:
        return f". {most.name} spreads it more widely on all {count} shipped texts"
    sure = "usually" if often >= USUALLY * count else "not always"
    return f". {most.name} {sure} spreads it more widely, on {often} of {count} shipped texts"


def elsewhere(side: Side, stack: Stack, measured: Measured) -> str:
    """The range of the same share on the shipped texts, in brackets; nothing for models that do not ship."""
    known = known_spread(side.trace, stack, measured)
    if known is None:
        return ""
    here = measured_on(side.surveys[stack])[measured]
    unlike = "" if min(known.values) <= here <= max(known.values) else "; this text lies outside"
    return f" ({known}{unlike})"


@cache
def _stored() -> dict[str, dict[Stack, dict[Measured, tuple[float, ...]]]]:
    try:
        stored = json.loads(FILE.read_text(encoding="utf-8"))
        return {
            name: {
                stack: {measured: tuple(map(float, values)) for measured, values in kept.items()}
                for stack, kept in stacks.items()
            }
            for name, stacks in stored["models"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenDataError(f"Expected measures by model in {FILE.name}: {error}. Install the app again.") from error


def _measure() -> None:
    """Measure every shipped model on the texts of the file, and write the file again."""
    import llm_core

    stored = json.loads(FILE.read_text(encoding="utf-8"))
    stored["models"], stored["written"] = {}, {}
    for name in MODELS:
        model = llm_core.load_model(name)
        kept: dict[str, dict[str, list[float]]] = {}
        for text in stored["texts"]:
            trace = llm_core.trace(model, text, max_target_tokens=MOST_WRITTEN)
            if trace.target_tokens:
                stored["written"].setdefault(name, []).append([token.id for token in trace.target_tokens])
            for stack in trace.stacks:
                for measured, value in measured_on(survey(trace, stack)).items():
                    kept.setdefault(stack, {}).setdefault(measured, []).append(round(value, 6))
        stored["models"][name] = kept
        print(name, *(f"{stack}: {', '.join(measures)}" for stack, measures in kept.items()))
    FILE.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _measure()
