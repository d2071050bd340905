"""Sentences: one vector for each, and how alike they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

import llm_core
from llm_core.embeddings.likeness import TIED
from llm_core.figures.nearness_view import sentences_figure
from llm_core.numbers import counted, decimal
from pages.shared.asking import task
from pages.shared.embeddings.frame import Room, lines_of, offer_models
from pages.shared.embeddings.words import left_out_words, named
from pages.shared.literal import literal

if TYPE_CHECKING:
    from llm_core.embeddings.likeness import Extreme
    from llm_core.embeddings.sentence_vectors import SentenceVectors

SENTENCES = (
    "A cat is sleeping on the sofa.\nThe kitten naps on the couch.\nThe stock market fell sharply today.\n"
    "Share prices dropped this morning.\nThe cat bought shares of a sofa company.\nHow do I reset my password?"
)
MOST = 200
"""Of more lines, those at the end are left out."""


def draw(room: Room) -> None:
    """The grid of similarities with its sentences."""
    if room.shown.trace.family == "decoder":
        _refuse(room)
        return
    with room.controls:
        text = st.text_area("Sentences, one a line", SENTENCES, key="compared", height=260, bind="query-params")
    lines = lines_of(text)
    made: SentenceVectors = room.ask(
        task("embeddings.sentence_vectors:sentence_vectors", room.model, tuple(lines[:MOST]))
    )
    figure = sentences_figure(made, room.stack, theme=room.theme)
    with room.picture:
        room.plot(
            figure, "sentences-figure", "The cosine of each sentence with each as a grid; the table has the numbers."
        )
        if notes := remarks(made, len(lines)):
            st.caption(notes)
    room.say(sentence(made))
    room.close("sentence-similarity", figure, _explanation(made), _table(made))


def _refuse(room: Room) -> None:
    room.say("Sentence vectors are made by encoders")
    with room.picture:
        st.info(
            f"{room.model_name} is a decoder: each of its tokens knows only what stands before it, so no layer holds a "
            "vector of the whole sentence. Choose an encoder, trained for this.",
            icon=":material/info:",
        )
        offer_models(
            [spec.name for spec in llm_core.catalog() if spec.offline and spec.family == "encoder"], "sentences"
        )


def sentence(made: SentenceVectors) -> str:
    """The headline: which sentences are most alike and which least, among how many pairs."""
    alike = made.likeness
    if len(made.sentences) < 2:
        return "One sentence, one vector: add another to compare it with"
    if alike.most is None or alike.least is None:
        return "These vectors have length 0 and point nowhere, so no two of them are alike"
    most = decimal(alike.most.cosine, 2)
    if alike.pairs == 1:
        one, other = alike.most.pairs[0]
        return f"{named(made.sentences[one])} and {named(made.sentences[other])} have the cosine {most}"
    if alike.most.cosine - alike.least.cosine <= TIED:
        return f"All {alike.pairs:,} pairs of {len(made.sentences)} sentences are equally alike ({most})"
    first = _pair(made, alike.most) if len(alike.most.pairs) == 1 else f"{_numbers(alike.most)}, equally"
    return (
        f"Most alike of {alike.pairs:,} pairs: {first} ({most}). Least: {_numbers(alike.least)} "
        f"({decimal(alike.least.cosine, 2)}). Half of all pairs have {decimal(alike.median, 2)} or less"
    )


def _pair(made: SentenceVectors, extreme: Extreme) -> str:
    one, other = extreme.pairs[0]
    return f"{named(made.sentences[one])} and {named(made.sentences[other])}"


def _numbers(extreme: Extreme, most: int = 3) -> str:
    """Pairs of sentences by their numbers: "sentences 3 and 6"."""
    said = [f"{one + 1} and {other + 1}" for one, other in extreme.pairs[:most]]
    if len(extreme.pairs) > most:
        said.append(counted(len(extreme.pairs) - most, "more pair"))
    return f"sentences {', '.join(said)}"


def remarks(made: SentenceVectors, lines: int) -> str:
    """What of the visitor's lines is not drawn, and what the model was not trained for; empty if nothing."""
    said = []
    if lines > MOST:
        said.append(f"The first {MOST} of {lines:,} sentences are read: the picture has no room for more.")
    if made.repeated:
        what = "line is" if made.repeated == 1 else "lines are"
        said.append(f"{made.repeated:,} repeated {what} read once.")
    said.append(
        left_out_words([text for text, _ in made.unreadable], "since the model cannot read what is written there")
    )
    if nowhere := made.likeness.directionless:
        has = "sentence has" if nowhere == 1 else "sentences have"
        said.append(f"{nowhere:,} {has} a vector of length 0, which points nowhere and is like no other.")
    if not made.stated:
        said.append(
            f"{literal(made.model_name)} was not trained to compare sentences, so all may be alike: look at which "
            f"pairs are "
            "more alike than others."
        )
    return " ".join(one for one in said if one)


def _explanation(made: SentenceVectors) -> str:
    pooled = {
        "mean": "the mean of the last layer's vectors of all its tokens, special ones included",
        "first": "the last layer's vector of its first token",
        "max": "the largest value of each number over its tokens",
    }[made.pooling]
    trained = (
        "The model's files say that it was trained for this pooling."
        if made.stated
        else "**The model's files name no pooling**, so it was not trained for this: similarities may all be "
        "high or mean little. minilm-l6 was trained to bring sentences of like meaning together."
    )
    return (
        f"A sentence's vector is {pooled}: {made.vectors.shape[1]:,} numbers. A cell is the cosine of two of these "
        f"vectors, 1 for the same direction. {trained}"
    )


def _table(made: SentenceVectors) -> dict[str, list[Any]]:
    similar = made.similarities
    columns: dict[str, list[Any]] = {"sentence": list(made.sentences)}
    for place in range(len(made.sentences)):
        columns[str(place + 1)] = [round(float(value), 4) for value in similar[:, place]]
    return columns
