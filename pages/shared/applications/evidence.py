"""The evidence behind an answer, under it: the picture, how to read it, its numbers, and ways to save it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from llm_core.applications.code import CodeLine
from llm_core.applications.evidence import LookedAt
from llm_core.generation.step import GenerationStep
from llm_core.numbers import percent
from llm_core.shapes import Stack
from pages.shared.components.evidence import EvidenceHeader, EvidenceStep, evidence
from pages.shared.components.packing import exact, pack, token_fields
from pages.shared.export import columns_as_csv


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is shown of an answer.

    Attributes:
        steps: How it was written.
        looked: What in the prompt was looked at.
        read_title: What the looked-at parts are called together.
        measured: How the attention was measured, in a sentence.
        stack: Whose attention it is.
        verb: What a written token does to the strongest token of the parts.
        nothing: What is said of a token that looked at nothing.
        compares: True to say how far a weight stands out from its token's average.
        lines: Lines to lay the text out in; none lets it flow.
    """

    steps: Sequence[GenerationStep]
    looked: LookedAt
    read_title: str
    measured: str
    stack: Stack = "decoder"
    verb: str = "While writing it, the model looked most at"
    nothing: str = ""
    compares: bool = True
    lines: Sequence[CodeLine] = ()

    def __post_init__(self) -> None:
        if len(self.looked.weights) != len(self.steps):
            raise ValueError(
                f"Expected the evidence of {len(self.steps)} tokens, got that of {len(self.looked.weights)}."
            )


def all_heads(steps: Sequence[GenerationStep]) -> str:
    """How attention is measured over a whole decoder, in a sentence."""
    step = steps[0]
    layers = step.attention_layers("decoder")
    return (
        f"Attention: the mean of all {sum(step.heads('decoder', layer) for layer in layers)} heads in {len(layers)} "
        "layers. Colour is relative to the strongest weight of the whole answer; most attention goes elsewhere, to the "
        "model's own words and to the very first token, which is left out: heads that look for nothing park there."
    )


def show(shown: Evidence, name: str) -> None:
    """Draw it; ``name`` is unique on the page."""
    evidence(data=packet(shown), key=f"evidence-{name}")
    with st.expander("How to read this"):
        st.markdown(_EXPLANATION)
    with st.expander("The numbers as a table"):
        st.dataframe(table(shown), hide_index=True)
    with st.expander("Save this"), st.container(horizontal=True):
        st.download_button(
            "Picture (HTML)",
            lambda: evidence.page(packet(shown), "An answer and its evidence", st.context.theme.type or "light"),
            f"{name}.html",
            "text/html",
            on_click="ignore",
            key=f"save-html-{name}",
        )
        st.download_button(
            "Numbers (CSV)",
            lambda: columns_as_csv(table(shown)),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            key=f"save-csv-{name}",
        )


_EXPLANATION = (
    "Each chip is a token the model wrote. The more colour, the more it surprised the model itself; the bar below is "
    "its probability. At every step the model gives each token of its vocabulary a probability: beside the text you "
    "see the likeliest. Where one was drawn by chance, the answer could have gone another way at every chip with much "
    "colour; where a temperature of 0 takes the likeliest each time, as in translations, it comes out the same "
    "again.\n\n"
    "What it looked at is **attention**: how much each token that was read counted while the next one was chosen. It "
    "shows where information could come from. It does not prove that the answer is right.\n\n"
    "Hover a token to see its evidence; click keeps it, Escape lets it go, arrow keys step."
)


def packet(shown: Evidence) -> bytes:
    """Everything the component draws."""
    written = [step.token for step in shown.steps]
    strongest = shown.looked.strongest(written)
    weights = np.clip(shown.looked.weights, 0.0, 1.0)
    header: EvidenceHeader = {
        "stack": shown.stack,
        "steps": [_step(step) for step in shown.steps],
        "step": strongest[0] if strongest else 0,
        "parts": [{"name": part.name, "tokens": token_fields(part.tokens)} for part in shown.looked.parts],
        "readTitle": shown.read_title,
        "measured": shown.measured,
        "verb": shown.verb,
        "nothing": shown.nothing,
        "compares": shown.compares,
        "lines": [{"start": line.start, "end": line.end, "probability": line.probability} for line in shown.lines],
    }
    return pack(header, {"weights": exact(weights)})


def _step(step: GenerationStep) -> EvidenceStep:
    candidates = zip(token_fields([one.token for one in step.candidates]), step.candidates, strict=True)
    return {
        **token_fields([step.token])[0],
        "probability": float(step.probability),
        "surprise": float(f"{step.surprise:.4g}"),
        "candidates": [{**chip, "before": float(candidate.before)} for chip, candidate in candidates],
    }


def table(shown: Evidence) -> dict[str, list[Any]]:
    """Every written token as a row."""
    read, compared = shown.looked.read, shown.looked.compared
    words = [place for place, token in enumerate(read) if token.is_word]
    best = [max(words, key=lambda place: float(row[place]), default=None) for row in shown.looked.weights]
    looks = [
        place if place is not None and row[place] > 0 else None
        for place, row in zip(best, shown.looked.weights, strict=True)
    ]
    return {
        "token": [step.token.label for step in shown.steps],
        "probability": [percent(step.probability) for step in shown.steps],
        "surprise, bits": [f"{step.surprise:.1f}" for step in shown.steps],
        "likeliest": [
            f"{step.candidates[0].token.label} ({percent(step.candidates[0].before)})" for step in shown.steps
        ],
        "looked most at": ["" if place is None else read[place].label for place in looks],
        "share of attention": [
            "" if place is None else percent(float(row[place]))
            for place, row in zip(looks, shown.looked.weights, strict=True)
        ],
        "times the average": [
            "" if place is None else f"{row[place]:.1f}" for place, row in zip(looks, compared, strict=True)
        ],
    }
