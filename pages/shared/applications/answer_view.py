"""An answer and its passages as the component draws them, as a sentence and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np
import streamlit as st

from llm_core.applications.copied_answers import SILENT, CopiedAnswer
from llm_core.applications.rankings import WORD_WEIGHT, Ranking
from llm_core.applications.readings import PassageAttention
from llm_core.numbers import decimal, percent
from pages.shared.components.answering import AnsweringHeader, RankedPassage, answering
from pages.shared.components.packing import exact, pack, token_fields
from pages.shared.export import columns_as_csv

MOST_SHOWN = 6
"""Passages in the picture; the table has all."""

MOST_SPANS = 12
"""Answers that could be copied in their table."""


@dataclass(frozen=True, eq=False)
class Answered:
    """What an answer looked at, and in which passages.

    Attributes:
        places: Numbers of the passages in the ranking, as ``looked`` has them.
        looked: What the answer looked at.
    """

    places: tuple[int, ...]
    looked: PassageAttention

    def __post_init__(self) -> None:
        if len(self.places) != len(self.looked.tokens):
            raise ValueError(f"Expected the attention to {len(self.places)} passages, got {len(self.looked.tokens)}.")


def show(ranking: Ranking, answered: Answered | None = None, copied: CopiedAnswer | None = None) -> None:
    """Draw the passages, and the answer if there is one, with how to read it, its numbers and ways to save them."""
    answering(data=packet(ranking, answered), key="answer-passages")
    with st.expander("How to read this"):
        st.markdown(_explanation(ranking))
    with st.expander("The numbers as a table"):
        st.dataframe(passage_table(ranking, answered), hide_index=True)
        if copied is not None:
            st.dataframe(span_table(copied), hide_index=True)
        if answered is not None:
            st.dataframe(token_table(answered.looked), hide_index=True)
    with st.expander("Save this"), st.container(horizontal=True):
        st.download_button(
            "Picture (HTML)",
            lambda: answering.page(packet(ranking, answered), ranking.question[:200], st.context.theme.type or "light"),
            "answer.html",
            "text/html",
            on_click="ignore",
            key="save-html-answer",
        )
        st.download_button(
            "Passages (CSV)",
            lambda: columns_as_csv(passage_table(ranking, answered)),
            "passages.csv",
            "text/csv",
            on_click="ignore",
            key="save-csv-passages",
        )


def packet(ranking: Ranking, answered: Answered | None) -> bytes:
    """Everything the component draws; only the best passages."""
    passages: list[RankedPassage] = []
    arrays: dict[str, np.ndarray] = {}
    for place in ranking.order[:MOST_SHOWN].tolist():
        passage = ranking.passages[place]
        fields: RankedPassage = {
            "document": passage.document,
            "number": passage.number,
            "relevance": round(float(ranking.relevance[place]), 4),
            "text": passage.text,
            "read": None,
        }
        if answered is not None and place in answered.places:
            read = answered.places.index(place)
            fields["read"] = read
            fields["tokens"] = token_fields(answered.looked.tokens[read])
            fields["positions"] = list(answered.looked.positions[read])
            weights = answered.looked.weights[read]
            arrays[f"weights{read}"] = exact(weights)
        passages.append(fields)
    looked = None if answered is None else answered.looked
    header: AnsweringHeader = {
        "answer": [] if looked is None else token_fields(looked.answer),
        "first": [] if looked is None else looked.first.round(5).tolist(),
        "written": [] if looked is None else looked.written.round(5).tolist(),
        "passages": passages,
        "needed": ranking.needed,
    }
    return pack(header, arrays)


def passage_table(ranking: Ranking, answered: Answered | None) -> dict[str, list[Any]]:
    """Every passage as a row, the most relevant first."""
    order = ranking.order.tolist()
    read = () if answered is None else answered.places
    return {
        "document": [ranking.passages[place].document for place in order],
        "passage": [ranking.passages[place].number + 1 for place in order],
        "relevance": [round(float(ranking.relevance[place]), 4) for place in order],
        "cosine": [round(float(ranking.cosines[place]), 4) for place in order],
        "shared words": [round(float(ranking.shared[place]), 4) for place in order],
        "read for the answer": ["yes" if place in read else "no" for place in order],
        "text": [ranking.passages[place].text for place in order],
    }


def span_table(copied: CopiedAnswer) -> dict[str, list[Any]]:
    """The likeliest answers as rows, and how likely it is that the passage does not say."""
    shown = copied.spans[:MOST_SPANS]
    places = sorted({span.passage for span in copied.spans})
    said = [copied.passages[span.passage].text[span.start : span.end] for span in shown]
    of = [copied.passages[span.passage] for span in shown] + [copied.passages[place] for place in places]
    return {
        "answer": said + [SILENT] * len(places),
        "probability": [percent(exp(span.log_probability)) for span in shown]
        + [percent(exp(float(copied.silence[place]))) for place in places],
        "passage": [f"{passage.document}, passage {passage.number + 1}" for passage in of],
    }


def token_table(looked: PassageAttention) -> dict[str, list[Any]]:
    """Every token of the answer as a row."""
    rows = range(len(looked.answer))
    tops = [looked.strongest(row) for row in rows]
    shares = looked.shares.sum(axis=1)
    return {
        "answer token": [token.label for token in looked.answer],
        "attention to the passages": [percent(float(share)) for share in shares],
        "most to": [looked.tokens[passage][token].label for passage, token in tops],
        "its share": [
            percent(float(looked.weights[passage][row, token]))
            for row, (passage, token) in zip(rows, tops, strict=True)
        ],
        "to its own words": [percent(float(share)) for share in looked.written],
    }


def _explanation(ranking: Ranking) -> str:
    return (
        "**Retrieval.** An encoder (minilm-l6) makes one vector of 384 numbers of the question, of each passage and of "
        f"each sentence. The bar is the **relevance**: {percent(1 - WORD_WEIGHT, 0)} of it is the mean of two cosines, "
        "of the question with the passage and with its nearest sentence, the rest is the share of the question's words "
        "that stand in the passage, rare words counting more (BM25). If not even the best passage reaches "
        f"{decimal(ranking.needed, 2)}, the documents count as silent and nothing is answered.\n\n"
        "**Copying.** Of the best passage, and of the second if it is nearly as relevant, the sentence nearest to the "
        "question by cosine is shown. A decoder (smollm2-135m) reads its passage and the question after six questions "
        "with their answers as examples. The probability that it writes exactly these words and then stops is worked "
        "out for many places in it where an answer could begin and end; the likeliest words are named, unless "
        f"“{SILENT}” is likelier. The table has the next best.\n\n"
        "**In its own words.** The decoder writes freely, always its likeliest token. Words with content that stand in "
        "no passage it read are marked.\n\n"
        "**Colour** is attention: how much each token of a passage counted while the answer was written, as the mean "
        "over all layers and heads of the rows that wrote the answer's tokens. The first token of the prompt is left "
        "out, since heads that look for nothing park their attention there, and the rest is made to sum to 1. Colour "
        "is relative to the strongest token shown. Hover or click a token of the answer to see what it looked at; "
        "Escape goes back to the whole answer.\n\n"
        "**What this cannot do.** A decoder of 135 million parameters copies well and reasons badly: it mixes up "
        "numbers that stand near each other, overlooks a “not”, and cannot join facts of two passages. Copied words "
        "are in the passage, but may answer another question. Attention shows where the answer may come from, not that "
        "it is right. So read the passage."
    )
