"""Translation from English to French, with the word each French word comes from."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import llm_core
from llm_core.applications.translation import TRANSLATOR, Aligning, new_words
from llm_core.numbers import percent
from pages.shared.applications import scored
from pages.shared.applications.drafts import Draft, as_it_is, drafts_of, spelled, stopped_line, write
from pages.shared.applications.evidence import Evidence, show
from pages.shared.applications.inputs import asked, examples, text_field
from pages.shared.applications.versions import shortened
from pages.shared.asking import ask, task
from pages.shared.generation.ready import Ready, said_plainly, writer
from pages.shared.literal import literal
from pages.shared.traces import TraceRequest

MOST_TOKENS = 60

_SENTENCES = {
    "Adjectives change places": "My sister has two small white rabbits.",
    "Negation goes around": "She does not like fish.",
    "One word, two meanings": "I must go to the bank to get some money.",
    "Words it does not know": "The engineer repaired the quantum spectrometer yesterday.",
}


def draw() -> None:
    """The sentence, its translation, and which word each word comes from."""
    headline = st.empty()
    ready = writer(TraceRequest(TRANSLATOR, ""))
    if ready is None:
        return
    examples("translation", {name: {"translation-text": text} for name, text in _SENTENCES.items()})
    text = text_field("English", "translation-text", _SENTENCES["Adjectives change places"], height=80)
    text = asked("translation", text, "Translate")
    st.caption(
        "This model was trained for this app on about a thousand everyday words. Short, plain sentences come out well; "
        "with other words it guesses, and says so below."
    )
    with said_plainly(ready):
        _translate(ready, text, headline)


def _translate(ready: Ready, text: str, headline: DeltaGenerator) -> None:
    name = literal(ready.model.name)
    settings = llm_core.GenerationSettings(max_new_tokens=MOST_TOKENS, temperature=0, literal=True)
    (draft,) = drafts_of("translation", [Draft(ready.model.spec, text, settings)])
    headline.markdown(f"#### {name} translates “{literal(shortened(text))}”.")
    try:
        write(ready.model, [draft], ready.line)
    except llm_core.LlmCoreError:
        headline.empty()
        raise
    stopped_line([draft])
    steps = draft.steps
    if not steps:
        return
    written = spelled(ready.model, steps).strip()
    least = min(steps, key=lambda step: step.probability)
    headline.markdown(
        f"#### {name} translates this as “{literal(shortened(written))}”; it was least sure of "
        f"“{literal(least.token.text)}” ({percent(least.probability)})."
    )
    ready.line.say(
        f"{ready.model.name} · {len(steps[0].prompt.source)} tokens read, {len(steps)} written "
        f"in {sum(step.seconds for step in steps):.1f} s"
    )
    with st.container(border=True):
        st.markdown(as_it_is(written))
    scored.show({"": "translation"})
    unknown = new_words(steps[0].prompt)
    if unknown:
        words = ", ".join(f"“{literal(shortened(word))}”" for word in unknown[:8])
        more = f" and {len(unknown) - 8} more" if len(unknown) > 8 else ""
        st.warning(
            f"Not whole words of its vocabulary: {words}{more}. It read them in pieces it has hardly seen, so what it "
            "wrote for them is a guess.",
            icon=":material/help:",
        )
    aligning: Aligning = ask(task("applications.translation:aligning_head", steps, ready.model.guided_heads))
    by = "" if aligning.guidance is None else f"{aligning.guidance} "
    show(
        Evidence(
            steps,
            ask(task("applications.translation:alignment", steps, aligning.layer, aligning.head)),
            "The English it comes from",
            f"Cross-attention in layer {aligning.layer}, head {aligning.head}, while the decoder reads the word it has "
            f"written. {by}On punctuation and small words without a partner it means little.",
            stack="cross",
            verb="It comes from",
            nothing="It is never read by the decoder, so nothing is aligned with it.",
            compares=False,
        ),
        "translation",
    )
