"""Classes of texts as tables and as the component draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from llm_core.applications.label_scores import LabelScores, SimilarityScores
from llm_core.applications.word_influence import WordInfluence
from llm_core.numbers import counted, decimal, percent, signed
from pages.shared.components.classes import ClassesHeader, SortingMethod, WordChanges, classes
from pages.shared.components.packing import pack
from pages.shared.export import columns_as_csv


def overview(likely: Sequence[LabelScores], near: Sequence[SimilarityScores]) -> dict[str, list[Any]]:
    """Every text as a row, with its class by both methods."""
    return {
        "text": [one.text for one in likely],
        "by likelihood": [one.task.labels[one.winner] for one in likely],
        "calibrated probability": [percent(float(one.calibrated.max())) for one in likely],
        "by similarity": [one.labels[one.winner] for one in near],
        "cosine": [decimal(float(one.scores.max()), 2) for one in near],
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
    texts = {likely.text, near.text, *(one.text for one in influences or ())}
    if len(texts) > 1:
        raise ValueError(f"Expected the classes and the words of one text, got those of {len(texts)}.")
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
            {"label": label, "length": float(score), "number": decimal(float(score), 2), "hover": description}
            for label, score, description in zip(near.labels, near.scores, near.descriptions, strict=True)
        ],
        **_words(words[1], near.labels, "cosine"),
    }
    header: ClassesHeader = {"text": likely.text, "methods": [decoder, encoder]}
    return pack(header, {})


def _words(influence: WordInfluence | None, labels: Sequence[str], unit: str) -> WordChanges:
    if influence is None:
        return {"words": [], "said": ""}
    lead = f"the lead of “{labels[influence.winner]}” in {unit}"
    return {
        "said": decided(influence, labels, unit),
        "words": [
            {"word": word, "change": float(change), "said": f"{_sentence(_without(change, lead))}."}
            for word, change in zip(influence.words, influence.changes, strict=True)
        ],
    }


def decided(influence: WordInfluence, labels: Sequence[str], unit: str) -> str:
    """Which word the class of a text depends on most, which speaks most against it, and by how much each.

    Args:
        influence: What each word did.
        labels: Names of the classes.
        unit: What the lead is measured in.
    """
    winner, rival = labels[influence.winner], labels[influence.rival]
    said = [f"“{winner}” leads “{rival}” by {decimal(influence.lead, 2)} in {unit}."]
    most = influence.most_for
    if most is None:
        said.append(f"It depends on no single word: without any one of them the lead of “{winner}” is no smaller.")
    else:
        turn = f", so “{winner}” would not lead" if influence.turns(most) else ""
        said.append(f"Most depends on “{influence.words[most]}”: {_without(influence.changes[most])}{turn}.")
    against = influence.most_against
    if against is not None:
        change = influence.changes[against]
        said.append(f"“{influence.words[against]}” speaks most against it: {_without(change)}.")
    if influence.unexamined:
        were = "was" if influence.unexamined == 1 else "were"
        said.append(f"{counted(influence.unexamined, 'more word', 'more words')} {were} not looked at.")
    return " ".join(said)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _without(change: float, what: str = "the lead") -> str:
    """What leaving a word out does: a word that speaks for the winner makes its lead smaller."""
    size = decimal(abs(change), 2) if abs(change) >= 0.005 else "less than 0.01"
    if change == 0:
        return f"without it {what} is the same"
    return f"without it {what} is {size} {'smaller' if change > 0 else 'larger'}"


def label_table(likely: LabelScores, near: SimilarityScores) -> dict[str, list[Any]]:
    """Every label as a row, with the numbers behind its class."""
    return {
        "label": list(likely.task.labels),
        "words": list(likely.task.words),
        "log-probability": [decimal(float(one), 2) for one in likely.log_probabilities],
        "without content": [decimal(float(one), 2) for one in likely.content_free],
        "raw": [percent(float(one)) for one in likely.raw],
        "calibrated": [percent(float(one)) for one in likely.calibrated],
        "description": list(near.descriptions),
        "cosine": [decimal(float(one), 2) for one in near.scores],
    }


def word_table(influences: tuple[WordInfluence, WordInfluence]) -> dict[str, list[Any]]:
    """Every word as a row, with what the lead loses without it."""
    likely, near = influences
    return {
        "word": list(likely.words),
        "lead in log-probability": [signed(float(one), 2) for one in likely.changes],
        "lead in cosine": [signed(float(one), 3) for one in near.changes],
    }


_EXPLANATION = (
    "**Label likelihood.** The decoder reads the prompt with the text in it. How probable are the words of each label "
    "as what comes next? A model likes some words whatever the text says, so each probability is divided by the mean "
    "of those after three texts that say nothing (“N/A”, “[MASK]” and none), and the results are made to sum to 1: "
    "calibration (Zhao et al. 2021). The table shows the log-probabilities before and after.\n\n"
    "**Embedding similarity.** The encoder makes one vector of the text and one of each label's description; the "
    "nearest description wins. A sentence that such a text might say works better than a bare name.\n\n"
    "**Words.** Each word is left out once, and the text sorted again. Blue words speak for the winning label: without "
    "them its lead over the next shrinks. Orange, dotted words speak against it: without them it grows. The sentence "
    "names the strongest of each.\n\n"
    "**How good is this?** For the wordings that ship, how often each way was right stands above; chance is 50 % for "
    "two classes and 25 % for four. Other wordings give other answers.\n\n"
    "**What this cannot do.** Models this small read words more than meaning: irony, negation (“not bad at all”) and "
    "long arguments are often misread. For anything that matters, train a "
    "classifier on labelled texts."
)
