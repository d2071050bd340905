"""Ad copy: advertisements with a tone and a length, in versions side by side, and sentences in another style."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from llm_core.applications.ad_copy import LENGTHS, STYLES, TOKENS, TONES, Brief, advertisement, rewriting
from llm_core.applications.code import LINE_BREAK
from pages.shared.applications import scored
from pages.shared.applications.inputs import asked, choice, examples, seed_field, text_field
from pages.shared.applications.versions import Task, shortened, work, writer_with_headline
from pages.shared.generation.ready import Ready, said_plainly

_PRODUCTS = {
    "Toothbrush": ("a bamboo toothbrush with soft bristles", "students", "playful"),
    "Night train": ("a night train from Paris to Venice", "couples", "elegant"),
    "Bakery": ("fresh bread at half price until six o'clock", "neighbours", "urgent"),
}
_SENTENCES = {
    "Too formal": ("We hereby inform you that the aforementioned delivery is delayed.", "friendlier"),
    "Too long": ("Due to the fact that it was raining, we made the decision to stay at home.", "shorter"),
}


def draw() -> None:
    """The panel: what is to be done, its fields, and the versions with their evidence."""
    ready, headline = writer_with_headline()
    if ready is None:
        return
    what = choice("What to do", ["Write an ad", "Improve a sentence"], "ad-what")
    if what == "Write an ad":
        _advertise(ready, headline)
    else:
        _improve(ready, headline)


def _advertise(ready: Ready, headline: DeltaGenerator) -> None:
    examples(
        "ad",
        {
            name: {"ad-product": product, "ad-audience": audience, "ad-tone": tone}
            for name, (product, audience, tone) in _PRODUCTS.items()
        },
    )
    product, audience, tone = _PRODUCTS["Toothbrush"]
    fields, choices = st.columns(2, gap="large")
    with fields:
        product = text_field("Product", "ad-product", product, height=80)
        audience = text_field("For whom", "ad-audience", audience)
    with choices:
        tone = choice("Tone", list(TONES), "ad-tone")
        length = choice("Length", list(LENGTHS), "ad-length")
        seed = seed_field("ad-seed")
    brief, seed = asked("ad", (Brief(product, audience, tone, length), seed), "Write the ad")
    slogan = brief.length == "slogan"
    st.caption(
        "A model of this size strings together words that sound like advertising, and claims what you did not say."
        + (" It was shown three slogans for other things first." if slogan else "")
    )
    if slogan:
        scored.show({"": "ads"})
    with said_plainly(ready):
        work(
            ready,
            Task(
                use="ad",
                prompt=advertisement(brief),
                parts=brief.parts,
                read_title="The brief",
                most_tokens=TOKENS[brief.length],
                seed=seed,
                said=f"writes an ad for “{shortened(brief.product)}”",
                temperature=0.5 if slogan else 0.4,
                until=LINE_BREAK if slogan else "",
            ),
            headline,
        )


def _improve(ready: Ready, headline: DeltaGenerator) -> None:
    examples("style", {name: {"style-text": text, "style-style": style} for name, (text, style) in _SENTENCES.items()})
    text, _ = _SENTENCES["Too formal"]
    text = text_field("Sentence", "style-text", text, height=80)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        style = choice("Make it", ["friendlier", *(name for name in STYLES if name != "friendlier")], "style-style")
        seed = seed_field("style-seed")
    (text, style, seed) = asked("style", (text, style, seed), "Rewrite it")
    st.caption("A model of this size often changes what the sentence says: it makes up reasons, names and promises.")
    with said_plainly(ready):
        work(
            ready,
            Task(
                use="style",
                prompt=rewriting(text, style),
                parts={"Style": STYLES[style], "Your sentence": text},
                read_title="What was asked",
                most_tokens=45,
                seed=seed,
                said=f"tries to say “{shortened(text)}” in words that are {style}",
                temperature=0.4,
                repetition_penalty=1.0,
            ),
            headline,
        )
