"""Questions answered from documents: passages are found by an encoder, the answer copied or written by a decoder."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import llm_core
from llm_core.applications.copied_answers import CopiedAnswer
from llm_core.applications.documents import Document, split_passages
from llm_core.applications.rankings import NEEDED, Ranking
from llm_core.applications.readings import SETTINGS, PassageAttention, Reading
from llm_core.engine.facts import ModelFacts
from llm_core.numbers import decimal
from pages.shared.applications import answer_view, scored
from pages.shared.applications.answer_words import in_no_passage, likeliest_words, sentence_headline, written_headline
from pages.shared.applications.documents_form import SHIPPED, Source, choose_source
from pages.shared.applications.drafts import Draft, drafts_of, spelled, stopped_line, write
from pages.shared.applications.inputs import asked, choice, examples, text_field
from pages.shared.applications.work import DECODER, ENCODER, done
from pages.shared.asking import ask, facts_of, model, task
from pages.shared.generation.ready import Ready, said_plainly
from pages.shared.literal import literal
from pages.shared.notices import BAR_HEIGHT
from pages.shared.status_line import StatusLine

USE = "answer"
COPIED, WRITTEN = "Copied from a passage", "In the model's own words"
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
    way = choice("Answer", (COPIED, WRITTEN), "answer-way")
    source = choose_source()
    question, way, source = asked(USE, (question, way, source), "Ask")
    line = StatusLine(st.container(height=BAR_HEIGHT, border=False))
    headline.markdown("#### The documents are searched for an answer.")
    try:
        encoder = facts_of(ENCODER, line.progress)
        with said_plainly(Ready(encoder, question, line)):
            ranking = _ranked(question, source.documents, source.needed, line)
            if ranking is not None:
                _answer(ranking, way, source, headline, line)
    except llm_core.LlmCoreError as error:
        headline.markdown("#### A model is missing.")
        st.error(literal(str(error)), icon=":material/error:")


def _ranked(question: str, documents: tuple[Document, ...], needed: float, line: StatusLine) -> Ranking | None:
    passages, encoder = split_passages(documents), model(ENCODER)
    vectors = done("passages", task("applications.retrieval:passage_vectors", encoder, passages), line)
    if vectors is None:
        return None
    ranked = task("applications.retrieval:rank", encoder, question, passages, vectors, needed=needed)
    ranking: Ranking = ask(ranked, line.progress)
    return ranking


def _answer(ranking: Ranking, way: str, source: Source, headline: DeltaGenerator, line: StatusLine) -> None:
    best, nearest = ranking.best, float(ranking.relevance.max())
    anyway = (ranking.question, ranking.passages)
    if not ranking.answered and st.session_state.get("answer-anyway") != anyway:
        headline.markdown(
            f"#### Not in the documents: the most relevant passage, “{literal(best.document)}”, passage "
            f"{best.number + 1}, reaches {nearest:.2f} of the {ranking.needed:.2f} that is needed."
        )
        line.say(f"{ENCODER} · {len(ranking.passages):,} passages read")
        _how_often(way, source)
        st.button("Answer anyway", key="answer-insist", on_click=_insist, args=(anyway,), help=_ANYWAY)
        answer_view.show(ranking)
        return
    decoder = facts_of(DECODER, line.progress)
    if way == COPIED:
        _copy(ranking, source, headline, line)
    else:
        _write(ranking, decoder, source, headline, line)


def _copy(ranking: Ranking, source: Source, headline: DeltaGenerator, line: StatusLine) -> None:
    """The sentence nearest to the question, and the words of it that the decoder finds likeliest, if any."""
    place, sentence = ranking.sentence
    passage = ranking.passages[place]
    headline.markdown(f"#### {sentence_headline(sentence, passage, answered=ranking.answered)}")
    if ranking.answered:
        _how_often(COPIED, source)
    copied = task("applications.answering:copied_from_sentence", model(DECODER), ranking.question, passage, sentence)
    found: tuple[CopiedAnswer, PassageAttention] | None = done("copied", copied, line)
    if found is None:
        answer_view.show(ranking)
        return
    answer, looked = found
    st.markdown(likeliest_words(answer))
    line.say(f"{ENCODER} ranked {len(ranking.passages):,} passages · {DECODER} weighed {len(answer.spans):,} answers")
    answer_view.show(ranking, answer_view.Answered((place,), looked), answer)


def _write(ranking: Ranking, decoder: ModelFacts, source: Source, headline: DeltaGenerator, line: StatusLine) -> None:
    """What the decoder writes freely after reading the passages, with the words that none of them holds."""
    reading = Reading(ranking.question, tuple(ranking.passages[place] for place in ranking.read))
    headline.markdown(f"#### {DECODER} reads the most relevant passages and writes an answer.")
    (draft,) = drafts_of(USE, [Draft(decoder.spec, reading.conversation, SETTINGS)])
    write(decoder, [draft], line)
    stopped_line([draft])
    steps = draft.steps
    answer = spelled(decoder, steps).strip()
    if not answer:
        answer_view.show(ranking)
        return
    texts = [passage.text for passage in reading.passages]
    headline.markdown(f"#### {written_headline(answer, texts, answered=ranking.answered)}")
    st.markdown(in_no_passage(answer, texts))
    if ranking.answered:
        _how_often(WRITTEN, source)
    count = f"{len(texts)} passage{'' if len(texts) == 1 else 's'}"
    line.say(f"{ENCODER} ranked {len(ranking.passages):,} passages · {DECODER} read {count}, wrote {len(steps)} tokens")
    looked = ask(task("applications.answering:passage_attention", steps, reading))
    answer_view.show(ranking, answer_view.Answered(ranking.read, looked))


def _how_often(way: str, source: Source) -> None:
    """How often answers were right; of a visitor's own documents that is not known."""
    if source.which != SHIPPED:
        st.caption("How often answers from your own documents are right was not measured. Read the passage.")
    elif source.needed != NEEDED:
        st.caption(f"How often answers are right was measured only where {decimal(NEEDED, 2)} of relevance is needed.")
    else:
        name = "copied sentences" if way == COPIED else "written answers"
        words = {"Words": "copied words"} if way == COPIED else {}
        scored.show({"Answers": name, **words, "Silence": f"{name}, silent"})


_ANYWAY = "The decoder then answers from the most relevant passage all the same; what it says is most likely wrong."


def _insist(question: object) -> None:
    st.session_state["answer-anyway"] = question
