"""Texts into classes: by label likelihood with the decoder and by embedding similarity with the encoder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st

from llm_core.applications.label_scores import LabelScores, LabelTask, SimilarityScores
from llm_core.applications.labelled import WORDINGS
from llm_core.applications.word_influence import WordInfluence
from llm_core.engine.facts import ModelFacts
from pages.shared.applications import class_view, scored
from pages.shared.applications.inputs import asked, examples, text_field
from pages.shared.applications.work import DECODER, done
from pages.shared.asking import model, task
from pages.shared.literal import literal
from pages.shared.status_line import StatusLine

USE = "sort"
MOST_TEXTS = 40
_OPINIONS = "\n".join(
    (
        "The chocolate cake melted in my mouth, I will order it again.",
        "Our suitcase was lost and the airline never answered our calls.",
        "What a match, our team scored three goals in the last ten minutes.",
        "The battery is dead by noon and charging takes forever.",
    )
)
_HARD = "\n".join(
    (
        "I expected to hate this film, and I did not.",
        "Great, another update that breaks everything.",
        "The hotel was not bad at all.",
        "Nobody could call this soup tasty.",
    )
)


@dataclass(frozen=True)
class Wanted:
    """What is to be sorted, and how the models are asked.

    Attributes:
        lines: The texts.
        prompt: What the decoder reads before a label.
        labels: One label a line: name, words for the decoder, description for the encoder.
    """

    lines: tuple[str, ...]
    prompt: str
    labels: str


def _labels_text(question: str) -> str:
    wording = WORDINGS[question]
    rows = zip(wording.task.labels, wording.task.words, wording.descriptions, strict=True)
    return "\n".join(" | ".join(row) for row in rows)


def _fields(question: str, texts: str) -> dict[str, str]:
    return {
        "sort-texts": texts,
        "sort-prompt": WORDINGS[question].task.prompt,
        "sort-labels": _labels_text(question),
    }


def ask() -> Wanted:
    """Draw the fields, and give what was last asked for."""
    examples(
        USE,
        {
            "Sentiment": _fields("sentiment", _OPINIONS),
            "Topic": _fields("topic", _OPINIONS),
            "Irony and negation": _fields("sentiment", _HARD),
        },
    )
    left, right = st.columns(2, gap="large")
    with left:
        texts = text_field("Texts, one a line", "sort-texts", _OPINIONS, height=150)
    with right:
        labels = text_field(
            "Labels, one a line: name | words for the decoder | description for the encoder",
            "sort-labels",
            _labels_text("sentiment"),
            height=110,
            help="The words are what may follow the prompt; the description is what a text is compared with. Left out, "
            "both are made from the name.",
        )
        prompt = text_field(
            "Prompt for the decoder", "sort-prompt", WORDINGS["sentiment"].task.prompt, height=80, help=_PROMPT
        )
    lines = tuple(line.strip() for line in texts.splitlines() if line.strip())
    return asked(USE, Wanted(lines, prompt, labels), "Sort the texts")


_PROMPT = "{text} stands for the text. The label's words follow what stands at the end."


def _read_labels(text: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Names, words and descriptions; what a line leaves out is made from its name."""
    rows = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]
    names = tuple(row[0][:60] for row in rows)
    words = tuple((row[1] if len(row) > 1 and row[1] else row[0])[:60] for row in rows)
    said = tuple((row[2] if len(row) > 2 and row[2] else f"This text is about {row[0]}.")[:300] for row in rows)
    return names, words, said


def show(
    wanted: Wanted,
    encoder: ModelFacts,
    decoder: ModelFacts,
    headline: st.delta_generator.DeltaGenerator,
    line: StatusLine,
) -> None:
    """Sort the texts with both models, and show one of them with its evidence."""
    if not wanted.lines:
        headline.markdown("#### There is no text to sort.")
        st.info("Type a text, one a line, and press “Sort the texts”.", icon=":material/info:")
        return
    names, words, said = _read_labels(wanted.labels)
    asked_for = LabelTask(wanted.prompt[:2_000], names, words)
    texts = wanted.lines[:MOST_TEXTS]
    both = model(decoder.name), model(encoder.name)
    found: tuple[tuple[LabelScores, ...], tuple[SimilarityScores, ...]] | None = done(
        "classes", task("applications.sorting:sort_texts", *both, asked_for, said, texts), line
    )
    if found is None:
        return
    likely, near = found
    agree = sum(one.winner == other.winner for one, other in zip(likely, near, strict=True))
    headline.markdown(
        f"#### Both methods give {agree} of {len(texts)} text{'' if len(texts) == 1 else 's'} the same class."
    )
    if len(wanted.lines) > MOST_TEXTS:
        st.caption(f"You gave {len(wanted.lines):,} texts; the first {MOST_TEXTS} are sorted.")
    st.dataframe(class_view.overview(likely, near), hide_index=True)
    scored.show(_scores(wanted))
    place = _which(texts)
    influences = _influences(likely[place], near[place], encoder, decoder, line)
    line.say(f"{decoder.name} and {encoder.name} sorted {len(texts)} texts")
    class_view.show(likely[place], near[place], influences)


def _scores(wanted: Wanted) -> dict[str, str]:
    """What was measured of these wordings; nothing of a visitor's own."""
    for question, wording in WORDINGS.items():
        if (wanted.prompt, wanted.labels) == (wording.task.prompt, _labels_text(question)):
            return {f"By {way}": f"{question}, {way}" for way in ("likelihood", "similarity")}
    return {}


def _which(texts: tuple[str, ...]) -> int:
    """The place of the text whose evidence is shown: the one looked at before, wherever it stands by now.

    The field belongs to these texts: Streamlit would leave the name of an old text in a field that is given others.
    """
    before = st.session_state.get("sort-looked-at")
    key = f"sort-which-{hashlib.sha256(repr(texts).encode()).hexdigest()[:16]}"
    place = st.selectbox(
        "Evidence for",
        range(len(texts)),
        index=texts.index(before) if before in texts else 0,
        format_func=lambda one: f"{one + 1}. {texts[one][:120]}",
        key=key,
    )
    st.session_state["sort-looked-at"] = texts[place]
    return int(place)


def _influences(
    likely: LabelScores, near: SimilarityScores, encoder: ModelFacts, decoder: ModelFacts, line: StatusLine
) -> tuple[WordInfluence, WordInfluence] | None:
    """What each word did, by either method; None if that was stopped."""
    both = model(decoder.name), model(encoder.name)
    weighed = task("applications.sorting:influences_of_words", *both, likely.task, near.descriptions, likely.text)
    found: tuple[WordInfluence, WordInfluence] | None = done("words", weighed, line)
    if found is None:
        st.caption(f"Which words mattered to {literal(DECODER)} was not looked at.")
    return found
