"""Questions answered from documents: the passage is found by an encoder, the answer written by a decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

import llm_core
from llm_core.applications.answering import SETTINGS, Reading, passage_attention
from llm_core.applications.documents import Document, Passage, split_passages
from llm_core.applications.retrieval import Ranking, passage_vectors, rank
from pages.shared.applications import answer_view
from pages.shared.applications.documents_form import choose_source
from pages.shared.applications.drafts import Draft, drafts_of, stopped_line, write
from pages.shared.applications.inputs import asked, examples, text_field
from pages.shared.applications.work import DECODER, ENCODER, done, loaded
from pages.shared.generation.ready import Ready, said_plainly
from pages.shared.literal import literal
from pages.shared.notices import BAR_HEIGHT
from pages.shared.status_line import StatusLine

if TYPE_CHECKING:
    from llm_core.loading import LoadedModel

USE = "answer"
QUESTION = "What does a library card cost?"
_EXAMPLES = {
    "A price": QUESTION,
    "In other words": "Who looks after the lamp of the lighthouse today?",
    "A date": "When did the flood destroy the bridge?",
    "Not in the documents": "How do I reset my password?",
    "A near miss": "What time does the bakery in Station Road open?",
}


def draw() -> None:
    """The panel: question and documents, then passages and answer."""
    headline = st.empty()
    examples(USE, {name: {"answer-question": question} for name, question in _EXAMPLES.items()})
    question = text_field("Question", "answer-question", QUESTION)
    source = choose_source()
    question, source = asked(USE, (question, source), "Ask")
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    headline.markdown("#### The documents are searched for an answer.")
    try:
        encoder = loaded(ENCODER, line)
        with said_plainly(Ready(encoder, question, line)):
            ranking = _ranked(encoder, question, source.documents, source.needed, line)
            if ranking is not None:
                _answer(ranking, headline, line)
    except llm_core.LlmCoreError as error:
        headline.markdown("#### A model is missing.")
        st.error(literal(str(error)), icon=":material/error:")


def _ranked(
    encoder: LoadedModel, question: str, documents: tuple[Document, ...], needed: float, line: StatusLine
) -> Ranking | None:
    passages = split_passages(documents)

    def read(progress: llm_core.progress.ProgressCallback) -> np.ndarray:
        return passage_vectors(encoder, passages, progress=progress)

    vectors = done("passages", (encoder.spec, passages), read, line, _size(passages))
    return None if vectors is None else rank(encoder, question, passages, vectors, needed=needed)


def _size(passages: tuple[Passage, ...]) -> int:
    return 4_000 * len(passages)


def _answer(ranking: Ranking, headline: st.delta_generator.DeltaGenerator, line: StatusLine) -> None:
    best, nearest = ranking.best, float(ranking.similarities.max())
    where = f"“{literal(best.document)}”, passage {best.number + 1}"
    anyway = (ranking.question, ranking.passages)
    if not ranking.answered and st.session_state.get("answer-anyway") != anyway:
        headline.markdown(
            f"#### Not in the documents: the nearest passage, {where}, reaches {nearest:.2f} of the "
            f"{ranking.needed:.2f} that is needed."
        )
        line.say(f"{ENCODER} · {len(ranking.passages):,} passages read")
        st.button("Answer anyway", key="answer-insist", on_click=_insist, args=(anyway,), help=_ANYWAY)
        answer_view.show(ranking, None)
        return
    reading = Reading(ranking.question, tuple(ranking.passages[place] for place in ranking.read))
    headline.markdown(f"#### The nearest passage is {where} ({nearest:.2f}); {DECODER} writes an answer from it.")
    decoder = loaded(DECODER, line)
    (draft,) = drafts_of(USE, [Draft(decoder.spec, reading.conversation, SETTINGS)])
    write(decoder, [draft], line)
    stopped_line([draft])
    answer = draft.text(decoder).strip()
    if answer:
        though = "" if ranking.answered else ", though the documents are most likely silent"
        headline.markdown(f"#### “{literal(answer)}” says {DECODER}, reading {where}{though}.")
        looked = passage_attention(draft.steps, reading)
        line.say(
            f"{ENCODER} ranked {len(ranking.passages):,} passages · {DECODER} read {_passages(len(reading.passages))} "
            f"and wrote {len(draft.steps)} tokens"
        )
        answer_view.show(ranking, looked)
    else:
        answer_view.show(ranking, None)


_ANYWAY = "The decoder then answers from the nearest passage all the same; what it says is most likely made up."


def _passages(count: int) -> str:
    return f"{count} passage{'' if count == 1 else 's'}"


def _insist(question: object) -> None:
    st.session_state["answer-anyway"] = question
