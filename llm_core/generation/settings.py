"""How text is to be written: sampling, beams, length, seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from llm_core.errors import SelectionError

EarlyStopping: TypeAlias = bool | Literal["never"]

MOST_BEAMS = 64
MOST_SEED = 2**63 - 1

LEAST_TEMPERATURE = 2.0**-126
"""The smallest number that float32 holds in full; logits divided by less are infinite or none."""


@dataclass(frozen=True)
class GenerationSettings:
    """How tokens are chosen; a value that cannot be used raises a :class:`SelectionError` at once.

    Stages are applied in the order of the ``transformers`` library: repetition penalty (Keskar et al. 2019),
    temperature, top-k (Fan et al. 2018), top-p (Holtzman et al. 2020), min-p (Nguyen et al. 2024), typical
    (Meister et al. 2023).

    Attributes:
        max_new_tokens: The most tokens written, from 1.
        temperature: Divides the logits; below 1 sharpens, above 1 flattens. 0 always takes the likeliest token; a
            number so small that scores divided by it overflow is refused.
        top_k: Keep so many of the likeliest tokens; 0 keeps all.
        top_p: Keep the likeliest tokens that together reach this probability, above 0 to 1; 1 keeps all.
        min_p: Keep tokens of at least this share of the likeliest one's probability, from 0 to 1; 0 keeps all.
        typical_p: Keep the tokens whose surprise is nearest the average that together reach this
            probability, above 0 to 1; 1 keeps all.
        repetition_penalty: Above 1 makes tokens less likely that stand in the text already; 1 does nothing.
        seed: Start of the random numbers, from 0; the same seed writes the same text.
        chat: True to put the prompt into the chat template of a model tuned to chat.
        literal: True to read what looks like a special token in the prompt as the characters it is made of; inside a
            chat template that is always so.
        candidates: How many of the likeliest tokens are described at each step, from 1.
        num_beams: How many texts a beam search keeps at a time, from 1.
        length_penalty: A finished beam's score is divided by its length to this power; above 0 favours long texts.
        early_stopping: When a beam search ends: True as soon as it has as many finished texts as beams, False when
            a better one is unlikely, ``"never"`` when there can be none.
    """

    max_new_tokens: int = 20
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    typical_p: float = 1.0
    repetition_penalty: float = 1.0
    seed: int = 0
    chat: bool = False
    literal: bool = False
    candidates: int = 12
    num_beams: int = 1
    length_penalty: float = 1.0
    early_stopping: EarlyStopping = False

    def __post_init__(self) -> None:
        _check_whole("max_new_tokens", self.max_new_tokens, 1, 1_000_000)
        _check_number("temperature", self.temperature, 0.0, 100.0)
        if 0 < self.temperature < LEAST_TEMPERATURE:
            raise SelectionError(
                f"Expected temperature as 0, which takes the likeliest token, or from {LEAST_TEMPERATURE:.2g}, "
                f"got {self.temperature!r}: divided by it, scores are too large to be numbers."
            )
        _check_whole("top_k", self.top_k, 0, 10_000_000)
        _check_number("top_p", self.top_p, 0.0, 1.0, above=True)
        _check_number("min_p", self.min_p, 0.0, 1.0)
        _check_number("typical_p", self.typical_p, 0.0, 1.0, above=True)
        _check_number("repetition_penalty", self.repetition_penalty, 0.0, 100.0, above=True)
        _check_whole("seed", self.seed, 0, MOST_SEED)
        _check_whole("candidates", self.candidates, 1, 1_000)
        _check_whole("num_beams", self.num_beams, 1, MOST_BEAMS)
        _check_number("length_penalty", self.length_penalty, -10.0, 10.0)
        for name, value in (("chat", self.chat), ("literal", self.literal)):
            if not isinstance(value, bool):
                raise SelectionError(f"Expected {name} as True or False, got {value!r}.")
        if not isinstance(self.early_stopping, bool) and self.early_stopping != "never":
            raise SelectionError(f"Expected early_stopping as True, False or 'never', got {self.early_stopping!r}.")

    @property
    def samples(self) -> bool:
        """True if tokens are drawn at random; False if the likeliest is taken."""
        return self.temperature > 0


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SelectionError(f"Expected {name} as a whole number from {least} to {most}, got {value!r}.")


def _check_number(name: str, value: object, least: float, most: float, *, above: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not least <= value <= most or (above and value == least):  # type: ignore[operator]
        beginning = f"above {least:g}" if above else f"from {least:g}"
        raise SelectionError(f"Expected {name} as a number {beginning} to {most:g}, got {value!r}.")
