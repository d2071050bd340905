"""Text generation: an unfinished sentence, a story, a summary, a description, and a translation."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from llm_core.applications.composition import composition
from pages.shared.applications import translation
from pages.shared.applications.inputs import asked, choice, examples, seed_field, text_field
from pages.shared.applications.versions import Task, shortened, work, writer_with_headline
from pages.shared.generation.ready import said_plainly


@dataclass(frozen=True)
class _Form:
    """How a kind of text is asked for.

    Attributes:
        kind: One of :data:`llm_core.applications.composition.KINDS`.
        field: Label of the field.
        said: What the model does with the text, as the headline says it; the text stands in the place of ``{}``.
        honest: What the model cannot do here.
        tokens: The most tokens written.
        versions: How many texts are written.
        temperature: How freely.
        examples: By name, texts to try.
    """

    kind: str
    field: str
    said: str
    honest: str
    tokens: int
    versions: int
    temperature: float
    examples: dict[str, str]


_FORMS = {
    "Unfinished sentence": _Form(
        "sentence",
        "How it begins",
        "goes on from “{}”",
        "It goes on with what is likely, not with what is true.",
        25,
        2,
        0.7,
        {
            "Rain": "She opened the door and saw that the rain had",
            "Recipe": "To make a good soup, you first",
            "Reason": "People learn languages because",
        },
    ),
    "Children's story": _Form(
        "story",
        "About",
        "tells a story about “{}”",
        "It loses its own thread after a few sentences, so stories are kept short here.",
        60,
        1,
        0.6,
        {
            "Dragon": "a shy dragon who is afraid of the dark",
            "Snail": "a snail that wants to win a race",
            "Moon": "a girl who visits the moon",
        },
    ),
    "Summary": _Form(
        "summary",
        "Text",
        "sums up “{}”",
        "It mostly repeats sentences of the text, and it adds what is not in it: compare the two.",
        60,
        1,
        0.0,
        {
            "Bees": "Bees visit flowers to collect nectar and pollen. While they move from plant to plant, pollen "
            "sticks to their hairs and falls off on the next flower. So the plants can make seeds and fruit. Without "
            "bees, farmers would harvest far fewer apples, almonds and berries.",
            "Library": "The town library will close for two weeks in August. During this time workers will repair the "
            "roof and paint the reading room. Books can be returned in the box at the door. The library opens again on "
            "the first of September.",
        },
    ),
    "Product description": _Form(
        "description",
        "Product",
        "describes “{}”",
        "It invents properties that you did not name: read it as a draft.",
        50,
        1,
        0.4,
        {
            "Lamp": "a solar garden lamp that turns on at night",
            "Backpack": "a waterproof backpack for cyclists",
            "Kettle": "a kettle that boils water in one minute",
        },
    ),
}
TRANSLATION = "Translation"


def draw() -> None:
    """The panel: what kind of text, its field, and what the model makes of it."""
    kind = choice("Kind", [*_FORMS, TRANSLATION], "text-kind")
    if kind == TRANSLATION:
        translation.draw()
    else:
        _compose(_FORMS[kind])


def _compose(form: _Form) -> None:
    ready, headline = writer_with_headline()
    if ready is None:
        return
    use, key = form.kind, f"{form.kind}-text"
    examples(use, {name: {key: text} for name, text in form.examples.items()})
    text = text_field(form.field, key, next(iter(form.examples.values())), height=140 if use == "summary" else 80)
    seed = seed_field(f"{use}-seed") if form.temperature else 0
    text, seed = asked(use, (text, seed), "Write")
    st.caption(form.honest)
    with said_plainly(ready):
        work(
            ready,
            Task(
                use=use,
                prompt=composition(form.kind, text),
                parts={form.field: text},
                read_title="What you wrote",
                most_tokens=form.tokens,
                seed=seed,
                said=form.said.replace("{}", shortened(text)),
                versions=form.versions,
                temperature=form.temperature,
                # A summary says again what the text says.
                repetition_penalty=1.0 if form.kind == "summary" else 1.1,
                keeps_to=text if form.kind == "summary" else "",
            ),
            headline,
        )
