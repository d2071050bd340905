"""Ad copy with style and length, in several versions side by side."""

from __future__ import annotations

import streamlit as st

import llm_core
from llm_core.applications.ad_copy import LENGTHS, TOKENS, TONES, Brief, advertisement
from pages.shared.applications.drafts import Draft, drafts_of, stopped_line, write
from pages.shared.applications.inputs import asked, choice, examples, seed_field, text_field
from pages.shared.cache import TraceRequest
from pages.shared.generation.ready import Ready, said_plainly, writer
from pages.shared.literal import literal

WRITER = "smollm2-135m"
VERSIONS = 2

_EXAMPLES = {
    "Toothbrush, playful": {
        "ad-product": "a bamboo toothbrush with soft bristles",
        "ad-audience": "students",
        "ad-tone": "playful",
    },
    "Night train, elegant": {
        "ad-product": "a night train from Paris to Venice",
        "ad-audience": "couples",
        "ad-tone": "elegant",
    },
    "Bakery, urgent": {
        "ad-product": "fresh bread at half price until six o'clock",
        "ad-audience": "neighbours",
        "ad-tone": "urgent",
    },
}


def draw() -> None:
    """The panel: fields, versions side by side."""
    ready = writer(TraceRequest(WRITER, ""))
    if ready is None:
        return
    headline = st.empty()
    fields, results = st.columns([2, 3], gap="large")
    with fields:
        examples("ad", _EXAMPLES)
        brief = Brief(
            product=text_field("Product", "ad-product", _EXAMPLES["Toothbrush, playful"]["ad-product"], height=80),
            audience=text_field("For whom", "ad-audience", "students"),
            tone=choice("Tone", list(TONES), "ad-tone"),
            length=choice("Length", list(LENGTHS), "ad-length"),
        )
        seed = seed_field("ad-seed")
        brief, seed = asked("ad", (brief, seed), "Write the ad")
    with results, said_plainly(ready):
        _write(ready, brief, seed, headline)


def _write(ready: Ready, brief: Brief, seed: int, headline: st.delta_generator.DeltaGenerator) -> None:
    prompt = advertisement(brief)
    headline.markdown(f"#### {WRITER} writes an ad for “{_beginning(brief.product)}”.")
    drafts = drafts_of(
        "ad",
        [
            Draft(
                ready.model.spec,
                prompt,
                llm_core.GenerationSettings(
                    max_new_tokens=TOKENS[brief.length],
                    temperature=0.7,
                    top_p=0.9,
                    repetition_penalty=1.1,
                    seed=seed + version,
                ),
            )
            for version in range(VERSIONS)
        ],
    )
    write(ready.model, drafts, ready.line)
    stopped_line(drafts)
    for column, draft in zip(st.columns(VERSIONS), drafts, strict=True):
        column.markdown(literal(draft.text))


def _beginning(text: str) -> str:
    text = text.strip()
    return literal(text if len(text) <= 60 else text[:59] + "…")
