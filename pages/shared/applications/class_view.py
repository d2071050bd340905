"""Classes of texts as tables and as the component draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import streamlit as st

from llm_core.applications.label_likelihood import LabelScores
from llm_core.applications.label_similarity import SimilarityScores
from llm_core.applications.word_influence import WordInfluence
from llm_core.numbers import percent
from pages.shared.components.classes import ClassesHeader, SortingMethod, WordChanges, classes
from pages.shared.components.packing import pack
from pages.shared.export import columns_as_csv

Numbers: TypeAlias = np.ndarray


def stacked(scores: Sequence[LabelScores] | Sequence[SimilarityScores]) -> Numbers:
    """The scores of texts, shape (text label)."""
    return np.stack([one.scores for one in scores])


def overview(likely: Sequence[LabelScores], near: Sequence[SimilarityScores]) -> dict[str, list[Any]]:
    """Every text as a row, with its class by both methods."""
    return {
        "text": [one.text for one in likely],
        "by likelihood": [one.task.labels[one.winner] for one in likely],
        "calibrated probability": [percent(float(one.calibrated.max())) for one in likely],
        "by similarity": [one.labels[one.winner] for one in near],
        "cosine": [signed(float(one.scores.max())) for one in near],
        "agree": ["yes" if one.winner == other.winner else "no" for one, other in zip(likely, near, strict=True)],
    }


def show(likely: LabelScores, near: SimilarityScores, influences: tuple[WordInfluence, WordInfluence] | None) -> None:
    """Draw the evidence of one text, how to read it, its numbers, and ways to save them."""
    classes(data=packet(likely, near, influences), key="classes")
    with st.expander("How to read this"):
        st.markdown(_EXPLANATION)
    with st.expander("The numbers as a table"):
        st.dataframe(label_table(likely, near), hide_index=True)
        if influences is not None:
            st.dataframe(word_table(influences), hide_index=True)
    with st.expander("Save this"), st.container(horizontal=True):
        st.download_button(
            "Picture (HTML)",
            lambda: classes.page(
                packet(likely, near, influences), likely.text[:200] or "Classes", st.context.theme.type or "light"
            ),
            "classes.html",
            "text/html",
            on_click="ignore",
            key="save-html-classes",
        )
        st.download_button(
            "Labels (CSV)",
            lambda: columns_as_csv(label_table(likely, near)),
            "labels.csv",
            "text/csv",
            on_click="ignore",
            key="save-csv-classes",
        )


def packet(
    likely: LabelScores, near: SimilarityScores, influences: tuple[WordInfluence, WordInfluence] | None
) -> bytes:
    """Everything the component draws."""
    words = influences or (None, None)
    decoder: SortingMethod = {
        "title": "By label likelihood (decoder)",
        "measure": "Calibrated probability of each label",
        "stack": "decoder",
        "winner": likely.winner,
        "bars": [
            {
                "label": label,
                "length": float(share),
                "number": percent(float(share)),
                "hover": f"raw {percent(float(raw))}",
            }
            for label, share, raw in zip(likely.task.labels, likely.calibrated, likely.raw, strict=True)
        ],
        **_words(words[0], likely.task.labels, "log-probability"),
    }
    encoder: SortingMethod = {
        "title": "By embedding similarity (encoder)",
        "measure": "Cosine of the text with each description",
        "stack": "encoder",
        "winner": near.winner,
        "bars": [
            {"label": label, "length": float(score), "number": signed(float(score)), "hover": description}
            for label, score, description in zip(near.labels, near.scores, near.descriptions, strict=True)
        ],
        **_words(words[1], near.labels, "cosine"),
    }
    header: ClassesHeader = {"methods": [decoder, encoder]}
    return pack(header, {})


def _words(influence: WordInfluence | None, labels: Sequence[str], unit: str) -> WordChanges:
    if influence is None:
        return {"words": [], "said": ""}
    winner, rival = labels[influence.winner], labels[influence.rival]
    most = influence.words[int(np.abs(influence.changes).argmax())]
    rest = f" {influence.unexamined:,} more words were not looked at." if influence.unexamined else ""
    return {
        "said": f"“{winner}” leads “{rival}” by {influence.lead:.2f}; most depends on “{most}”.{rest}",
        "words": [
            {
                "word": word,
                "change": float(change),
                "said": f"Without it the lead of “{winner}” in {unit} is {abs(change):.2f} "
                f"{'smaller' if change >= 0 else 'larger'}.",
            }
            for word, change in zip(influence.words, influence.changes, strict=True)
        ],
    }


def label_table(likely: LabelScores, near: SimilarityScores) -> dict[str, list[Any]]:
    """Every label as a row, with the numbers behind its class."""
    return {
        "label": list(likely.task.labels),
        "words": list(likely.task.words),
        "log-probability": [signed(float(one)) for one in likely.log_probabilities],
        "without content": [signed(float(one)) for one in likely.content_free],
        "raw": [percent(float(one)) for one in likely.raw],
        "calibrated": [percent(float(one)) for one in likely.calibrated],
        "description": list(near.descriptions),
        "cosine": [signed(float(one)) for one in near.scores],
    }


def word_table(influences: tuple[WordInfluence, WordInfluence]) -> dict[str, list[Any]]:
    """Every word as a row, with what the lead loses without it."""
    likely, near = influences
    return {
        "word": list(likely.words),
        "lead in log-probability": [signed(float(one)) for one in likely.changes],
        "lead in cosine": [signed(float(one), 3) for one in near.changes],
    }


def signed(number: float, decimals: int = 2) -> str:
    """A number with a minus sign that is one."""
    return f"{number:.{decimals}f}".replace("-", "−")


_EXPLANATION = (
    "**Label likelihood.** The decoder reads the prompt with the text in it. How probable are the words of each label "
    "as what comes next? A model likes some words whatever the text says, so each probability is divided by the mean "
    "of those after three texts that say nothing (“N/A”, “[MASK]” and none), and the results are made to sum to 1: "
    "calibration (Zhao et al. 2021). The table shows the log-probabilities before and after.\n\n"
    "**Embedding similarity.** The encoder makes one vector of the text and one of each label's description; the "
    "nearest description wins. A sentence that such a text might say works better than a bare name.\n\n"
    "**Words.** Each word is left out once, and the text sorted again. Blue words speak for the winning label: without "
    "them its lead over the next shrinks. Orange, dotted words speak against it.\n\n"
    "**How good is this?** On 48 short opinions that were written after all wordings had been chosen, likelihood names "
    "the sentiment of 81.2 % (89.6 % before calibration) and the topic of 93.8 %; similarity names 91.7 % and 97.9 %. "
    "Chance is 50 % and 25 %. Here calibration did not help sentiment: it corrects a bias that this prompt hardly "
    "has.\n\n"
    "**What this cannot do.** Models this small read words more than meaning: irony, negation (“not bad at all”) and "
    "long arguments are often misread, and other wordings give other answers. For anything that matters, train a "
    "classifier on labelled texts."
)
