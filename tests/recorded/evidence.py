"""Packets for the evidence behind an answer."""

from __future__ import annotations

import numpy as np

from llm_core.applications.code import CodeLine
from llm_core.applications.evidence import LookedAt, Part
from llm_core.generation.choice_records import Candidate
from llm_core.generation.step import GenerationStep, Prompt
from llm_core.text.tokens import Token
from pages.shared.applications.evidence import Evidence, packet


def made_step(index: int, written: Token, probability: float, *others: tuple[Token, float]) -> GenerationStep:
    """A step that wrote a token of this probability, where others could have stood."""
    found = sorted([(written, probability), *others], key=lambda one: -one[1])
    logits = np.full(100, np.log((1 - probability) / 99 + 1e-30), np.float32)
    logits[written.id] = np.log(probability)
    return GenerationStep(
        index=index,
        token=written,
        prompt=Prompt("made", "decoder", "", "", (), (), {}, frozenset()),
        written=(),
        logits=logits,
        candidates=tuple(Candidate(token, 0.0, share, ()) for token, share in found),
        stages=(),
        draw=None,
        layers={},
        cache=(),
        entropy=0.0,
        final_entropy=0.0,
        probability=probability,
        seconds=0.0,
    )


def evidence_of(words: tuple[str, ...], *, lines: tuple[CodeLine, ...] = ()) -> Evidence:
    """Three words that were written after reading "red umbrella, rain" in two parts."""
    tokens = tuple(Token(10 + place, word, word, leading_space=place > 0) for place, word in enumerate(words))
    read = [Token(place, word, word) for place, word in enumerate(("red", "umbrella", ",", "rain"))]
    parts = (Part("Product", (3, 4, 5), tuple(read[:3])), Part("Weather", (9,), tuple(read[3:])))
    weights = np.array([[0.1, 0.3, 0.5, 0.1], [0.0, 0.0, 0.2, 0.1], [0.1, 0.0, 0.0, 0.1]], np.float32)
    other = Token(99, "other", "other")
    return Evidence(
        steps=[
            made_step(0, tokens[0], 0.5, (other, 0.25)),
            made_step(1, tokens[1], 0.125, (other, 0.75)),
            made_step(2, tokens[2], 1.0),
        ],
        looked=LookedAt(parts, weights),
        read_title="What it looked at in the product",
        measured="The mean of all heads.",
        nothing="It looked at no word.",
        lines=lines,
    )


def three_steps() -> bytes:
    """Three tokens with what they looked at, the first at "umbrella"."""
    return packet(evidence_of(("Stay", "dry", "!")))


PACKETS = {"evidence-three-steps": three_steps}
