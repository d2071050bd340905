"""How well the applications do: retrieval, "not in the documents", and both ways to classify."""

from __future__ import annotations

import numpy as np

import llm_core
from benchmarks.tables import table
from benchmarks.threshold_questions import ANSWERED, UNANSWERED
from llm_core.applications.documents import shipped_documents, split_passages
from llm_core.applications.label_likelihood import score_labels
from llm_core.applications.label_similarity import compare_with_labels
from llm_core.applications.labelled import WORDINGS, LabelledSet, labelled_texts
from llm_core.applications.retrieval import NEEDED, Ranking, passage_vectors, rank
from llm_core.numbers import percent

SETS: tuple[tuple[LabelledSet, str], ...] = (
    ("labelled", "where wordings were chosen"),
    ("held_out", "held out"),
)


def report() -> str:
    encoder, decoder = llm_core.load_model("minilm-l6"), llm_core.load_model("smollm2-135m")
    return f"{_retrieval(encoder)}\n\n{_classification(encoder, decoder)}"


def _retrieval(encoder: llm_core.LoadedModel) -> str:
    passages = split_passages(shipped_documents())
    vectors = passage_vectors(encoder, passages)

    def asked(question: str) -> Ranking:
        return rank(encoder, question, passages, vectors)

    answered = [(asked(question), document) for question, document in ANSWERED]
    silent = [asked(question) for question in UNANSWERED]
    right = sum(ranking.best.document == document for ranking, document in answered)
    found = sum(ranking.answered for ranking, _ in answered)
    refused = sum(not ranking.answered for ranking in silent)
    rows = [
        ["answered", str(len(ANSWERED)), f"{right} found", f"{found} above", _spread([one for one, _ in answered])],
        ["not answered", str(len(UNANSWERED)), "", f"{refused} below", _spread(silent)],
    ]
    return table(["questions", "number", "document", f"of {NEEDED}", "lowest, median, highest cosine"], rows)


def _spread(rankings: list[Ranking]) -> str:
    cosines = [float(ranking.similarities.max()) for ranking in rankings]
    return f"{min(cosines):.2f}, {np.median(cosines):.2f}, {max(cosines):.2f}"


def _classification(encoder: llm_core.LoadedModel, decoder: llm_core.LoadedModel) -> str:
    rows = []
    for name, said in SETS:
        known = labelled_texts(name)
        texts = [one.text for one in known]
        for question, wording in WORDINGS.items():
            gold = np.array([wording.task.labels.index(one.label(question)) for one in known])
            scores = score_labels(decoder, wording.task, texts)
            near = compare_with_labels(encoder, wording.task.labels, wording.descriptions, texts)
            shares = [
                np.mean([one.raw.argmax() for one in scores] == gold),
                np.mean([one.winner for one in scores] == gold),
                np.mean([one.winner for one in near] == gold),
            ]
            rows.append([f"{question}, {said}", str(len(texts)), *(percent(float(share)) for share in shares)])
    return table(
        ["question and set", "texts", "likelihood, raw", "likelihood, calibrated", "embedding similarity"], rows
    )
