"""Sentences: one vector for each, and how alike they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

import llm_core
from llm_core.figures.nearness_view import sentences_figure
from llm_core.progress import ProgressCallback, within
from pages.shared.embeddings.frame import Room, kept, lines_of, model_of, named, offer_models, signed

if TYPE_CHECKING:
    from llm_core.embeddings.sentence_vectors import SentenceVectors

SENTENCES = (
    "A cat is sleeping on the sofa.\nThe kitten naps on the couch.\nThe stock market fell sharply today.\n"
    "Share prices dropped this morning.\nThe cat bought shares of a sofa company.\nHow do I reset my password?"
)
MOST = 100


def draw(room: Room) -> None:
    """The grid of similarities with its sentences."""
    if room.shown.trace.family == "decoder":
        _refuse(room)
        return
    with room.controls:
        text = st.text_area("Sentences, one a line", SENTENCES, key="compared", height=260, bind="query-params")
    sentences = tuple(lines_of(text)[:MOST])
    made = _vectors(room.model_name, sentences, room.status.progress)
    figure = sentences_figure(made, room.stack, theme=room.theme)
    with room.picture:
        room.plot(
            figure, "sentences-figure", "The cosine of each sentence with each as a grid; the table has the numbers."
        )
    room.say(_sentence(made))
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


def _vectors(name: str, sentences: tuple[str, ...], report: ProgressCallback) -> SentenceVectors:
    def make(progress: ProgressCallback) -> SentenceVectors:
        from llm_core.embeddings.sentence_vectors import sentence_vectors

        model = model_of(name, within(progress, 0.0, 0.6))
        return sentence_vectors(model, sentences, progress=within(progress, 0.6, 1.0))

    return kept(("sentences", llm_core.find_model(name), sentences), make, report, lambda one: one.vectors.nbytes)


def _sentence(made: SentenceVectors) -> str:
    count = len(made.sentences)
    if count < 2:
        return "One sentence, one vector: add another to compare it with"
    similar = made.similarities.copy()
    np.fill_diagonal(similar, -2)
    one, other = np.unravel_index(int(similar.argmax()), similar.shape)
    best = similar[one, other]
    np.fill_diagonal(similar, 2)
    far, away = np.unravel_index(int(similar.argmin()), similar.shape)
    return (
        f"Most alike: {named(made.sentences[one])} and {named(made.sentences[other])} ({signed(best)}). Least: "
        "sentences "
        f"{far + 1} and {away + 1} ({signed(similar[far, away])})"
    )


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
