"""An answer and its passages as the component draws them, as a sentence and as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from llm_core.applications.answering import PassageAttention
from llm_core.applications.retrieval import Ranking
from llm_core.numbers import percent
from pages.shared.components.answering import AnsweringHeader, RankedPassage, answering
from pages.shared.components.packing import exact, pack, token_fields
from pages.shared.export import columns_as_csv

MOST_SHOWN = 6
"""Passages in the picture; the table has all."""


def show(ranking: Ranking, looked: PassageAttention | None) -> None:
    """Draw the passages, and the answer if there is one, with how to read it, its numbers and ways to save them."""
    answering(data=packet(ranking, looked), key="answer-passages")
    with st.expander("How to read this"):
        st.markdown(_explanation(ranking))
    with st.expander("The numbers as a table"):
        st.dataframe(passage_table(ranking), hide_index=True)
        if looked is not None:
            st.dataframe(token_table(looked), hide_index=True)
    with st.expander("Save this"), st.container(horizontal=True):
        st.download_button(
            "Picture (HTML)",
            lambda: answering.page(packet(ranking, looked), ranking.question[:200], st.context.theme.type or "light"),
            "answer.html",
            "text/html",
            on_click="ignore",
            key="save-html-answer",
        )
        st.download_button(
            "Passages (CSV)",
            lambda: columns_as_csv(passage_table(ranking)),
            "passages.csv",
            "text/csv",
            on_click="ignore",
            key="save-csv-passages",
        )


def packet(ranking: Ranking, looked: PassageAttention | None) -> bytes:
    """Everything the component draws; only the best passages."""
    passages: list[RankedPassage] = []
    arrays: dict[str, np.ndarray] = {}
    for place in ranking.order[:MOST_SHOWN].tolist():
        passage = ranking.passages[place]
        fields: RankedPassage = {
            "document": passage.document,
            "number": passage.number,
            "similarity": round(float(ranking.similarities[place]), 4),
            "text": passage.text,
            "read": None,
        }
        if looked is not None and place in ranking.read:
            read = ranking.read.index(place)
            fields["read"] = read
            fields["tokens"] = token_fields(looked.tokens[read])
            fields["positions"] = list(looked.positions[read])
            weights = looked.weights[read]
            arrays[f"weights{read}"] = exact(weights)
        passages.append(fields)
    header: AnsweringHeader = {
        "answer": [] if looked is None else token_fields(looked.answer),
        "first": [] if looked is None else looked.first.round(5).tolist(),
        "written": [] if looked is None else looked.written.round(5).tolist(),
        "passages": passages,
        "needed": ranking.needed,
    }
    return pack(header, arrays)


def passage_table(ranking: Ranking) -> dict[str, list[Any]]:
    """Every passage as a row, the most similar first."""
    order = ranking.order.tolist()
    return {
        "document": [ranking.passages[place].document for place in order],
        "passage": [ranking.passages[place].number + 1 for place in order],
        "cosine": [round(float(ranking.similarities[place]), 4) for place in order],
        "read for the answer": ["yes" if ranking.answered and place in ranking.read else "no" for place in order],
        "text": [ranking.passages[place].text for place in order],
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
        "**Retrieval.** An encoder (minilm-l6) makes one vector of 384 numbers of the question and of each passage. "
        "The bar is the **cosine** of the two, 1 for the same direction. If not even the best passage reaches "
        f"{ranking.needed:.2f}, the documents count as silent and nothing is written.\n\n"
        "**Answering.** The best passage, and the second if it is nearly as similar, goes into the prompt of a decoder "
        "(smollm2-135m) with the question. It always writes its likeliest token.\n\n"
        "**Colour** is attention: how much each token of a passage counted while the answer was written, as the mean "
        "over all layers and heads of the rows that wrote the answer's tokens. The first token of the prompt is left "
        "out, since heads that look for nothing park their attention there, and the rest is made to sum to 1. Colour "
        "is relative to the strongest token shown. Hover or click a token of the answer to see what it looked at; "
        "Escape goes back to the whole answer.\n\n"
        "**What this cannot do.** A decoder of 135 million parameters copies well and reasons badly: it mixes up "
        "numbers that stand near each other, overlooks a “not”, and cannot join facts of two passages. Retrieval knows "
        "what a text is about, not whether it answers: a near miss can pass the line and get a made-up answer. "
        "Attention shows where the answer may come from, not that it is right. So read the passage."
    )
