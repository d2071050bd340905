"""How often each use of the page Applications is right, on sets whose right results are known.

``python -m benchmarks applications`` measures all and prints a table. ``python -m benchmarks.applications NAME ...``
measures some and writes them into ``llm_core/applications/data/scores.json``, which the page shows. The questions are
measured on the half that was kept aside; ``--tuning`` prints the other half instead and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import llm_core
from benchmarks.restricted import fulfils
from benchmarks.tables import table
from llm_core.applications.ad_copy import TOKENS, Brief, advertisement
from llm_core.applications.code import FENCE, LINE_BREAK, code_of, coding
from llm_core.applications.copying import copy_answer
from llm_core.applications.documents import shipped_documents, split_passages
from llm_core.applications.label_likelihood import score_labels
from llm_core.applications.label_similarity import compare_with_labels
from llm_core.applications.labelled import WORDINGS, labelled_texts
from llm_core.applications.question_set import MOST_FURTHER, Half, known_questions
from llm_core.applications.rankings import Ranking
from llm_core.applications.readings import SETTINGS, Reading
from llm_core.applications.retrieval import passage_vectors, rank
from llm_core.applications.scores import FILE, Score
from llm_core.generation.conversation import Conversation
from llm_core.models.loading import LoadedModel
from llm_core.numbers import at_least_percent, at_most_percent, percent

DATA = Path(__file__).parent / "data"
CLASS_SENTENCES = Path(__file__).parents[1] / "training" / "data" / "class_sentences.tsv"
ENCODER, DECODER, TRANSLATOR = "minilm-l6", "smollm2-135m", "t5-mini-en-fr"
MOST_CODE = 80
MOST_SLOGAN_WORDS = 16

Items = Sequence[bool]


def report() -> str:
    """Markdown: how often each use is right."""
    scores = [score for measure in MEASURES.values() for score in measure()]
    rows = []
    for one in scores:
        low, high = one.interval
        between = f"{at_least_percent(low)} to {at_most_percent(high)}"
        rows.append([one.name, f"{one.right} of {one.of}", percent(one.right / one.of), between])
    return table(["use", "right", "share", "95 % interval"], rows)


def answers(name: str, half: Half = "kept aside") -> list[Score]:
    """Copied sentences or written answers to the questions of a half, and silence on those that no document answers."""
    encoder = llm_core.load_model(ENCODER)
    passages = split_passages(shipped_documents())
    vectors = passage_vectors(encoder, passages)
    most_further = 1_000 if name == "copied sentences" else MOST_FURTHER
    right: dict[bool, list[bool]] = {True: [], False: []}
    for known in known_questions(half):
        ranking = rank(encoder, known.question, passages, vectors)
        said = _ANSWERS[name](ranking) if ranking.answered else None
        right[known.answerable].append(known.is_right(said, most_further))
        if half == "tuning":
            print(f"{right[known.answerable][-1]} {known.question} -> {said} {known.accepted}", flush=True)
    aside = "which were kept aside while the method was tuned on as many others"
    models = (ENCODER,) if name == "copied sentences" else (ENCODER, DECODER)
    things = "such questions about these documents"
    answered = _score(name, right[True], things, _RIGHT[name], aside, models)
    if name == "copied words":
        return [answered]
    return [
        answered,
        _score(
            f"{name}, silent",
            right[False],
            "questions that these documents do not answer",
            "that no answer is given",
            aside,
            models,
        ),
    ]


_RIGHT = {
    "copied words": f"that the words hold the known answer and at most {MOST_FURTHER} words more",
    "copied sentences": "that the sentence holds the known answer",
    "written answers": f"that the answer holds the known one and at most {MOST_FURTHER} words more",
}


@cache
def _decoder() -> LoadedModel:
    return llm_core.load_model(DECODER)


def written(ranking: Ranking) -> str:
    """What the decoder writes freely."""
    reading = Reading(ranking.question, tuple(ranking.passages[place] for place in ranking.read))
    return _text(_decoder(), reading.conversation, SETTINGS)


def likeliest_words(ranking: Ranking) -> str:
    """Which words of the nearest sentence the decoder finds likeliest."""
    place, sentence = ranking.sentence
    passage = ranking.passages[place]
    return copy_answer(_decoder(), ranking.question, [passage], sentences=[[sentence]]).text


_ANSWERS: dict[str, Callable[[Ranking], str]] = {
    "copied sentences": lambda ranking: ranking.sentence[1],
    "copied words": likeliest_words,
    "written answers": written,
}


def sorting() -> list[Score]:
    """Sentiment and topic of the held-out opinions, by both methods."""
    encoder, decoder = llm_core.load_model(ENCODER), llm_core.load_model(DECODER)
    known = labelled_texts("held_out")
    texts = [one.text for one in known]
    aside = "which were written after all wordings had been chosen on other texts"
    scores = []
    for question, wording in WORDINGS.items():
        gold = [wording.task.labels.index(one.label(question)) for one in known]
        likelihoods = score_labels(decoder, wording.task, texts)
        by = {
            "likelihood": ([one.winner for one in likelihoods], DECODER),
            "likelihood before calibration": ([int(one.raw.argmax()) for one in likelihoods], DECODER),
            "similarity": (
                [one.winner for one in compare_with_labels(encoder, wording.task.labels, wording.descriptions, texts)],
                ENCODER,
            ),
        }
        for way, (found, model) in by.items():
            right = [one == other for one, other in zip(found, gold, strict=True)]
            things, why = "short opinions", f"that the {question} is that of the writer"
            scores.append(_score(f"{question}, {way}", right, things, why, aside, (model,)))
    return scores


def translation() -> list[Score]:
    """Sentences for a class, whose translation has to be the known one word by word."""
    model = llm_core.load_model(TRANSLATOR)
    rows = [line.split("\t") for line in CLASS_SENTENCES.read_text(encoding="utf-8").splitlines() if line]
    settings = llm_core.GenerationSettings(max_new_tokens=60, temperature=0, literal=True)
    right = [_words(_text(model, english, settings)) == _words(french) for english, french in rows]
    why = "the one known translation, word by word; others that are right count as wrong"
    aside = "which were written before the training and kept out of it"
    return [_score("translation", right, "everyday sentences", why, aside, (TRANSLATOR,))]


def code() -> list[Score]:
    """Python functions, run on examples."""
    model = llm_core.load_model(DECODER)
    tasks = json.loads((DATA / "code_tasks.json").read_text(encoding="utf-8"))["tasks"]
    settings = llm_core.GenerationSettings(max_new_tokens=MOST_CODE, temperature=0)
    right = []
    for task in tasks:
        program = code_of(_text(model, coding(task["wish"], "Python"), settings, until=FENCE))
        right.append(fulfils(program, task["examples"]))
    why = "that the function, run for the measurement, returns what two or three examples expect"
    aside = "on which nothing was tuned"
    return [_score("code", right, "short Python functions", why, aside, (DECODER,))]


def ads() -> list[Score]:
    """Slogans that name their product and are whole."""
    model = llm_core.load_model(DECODER)
    briefs = json.loads((DATA / "ad_briefs.json").read_text(encoding="utf-8"))["briefs"]
    settings = llm_core.GenerationSettings(
        max_new_tokens=TOKENS["slogan"], temperature=0.5, top_p=0.9, repetition_penalty=1.1, literal=True
    )
    right = []
    for brief in briefs:
        prompt = advertisement(Brief(brief["product"], brief["audience"], brief["tone"], "slogan"))
        right.append(is_slogan(_text(model, prompt, settings, until=LINE_BREAK), brief["named"]))
    why = f"that it names the product and ends within {MOST_SLOGAN_WORDS} words; whether it is good was not judged"
    return [_score("ads", right, "slogans", why, "on which nothing was tuned", (DECODER,))]


def is_slogan(text: str, named: Sequence[str]) -> bool:
    """True of a short text that ends as a sentence and has one of the words that name the product."""
    line = text.strip().split("\n")[0].strip()
    words = _words(line)
    ends = line.endswith((".", "!", "?", "”", '"', "…"))
    return ends and len(words) <= MOST_SLOGAN_WORDS and any(name in words for name in named)


_OF_QUESTIONS = {"copied": "copied sentences", "words": "copied words", "written": "written answers"}

MEASURES: dict[str, Callable[[], list[Score]]] = {
    **{short: partial(answers, name) for short, name in _OF_QUESTIONS.items()},
    "sorting": sorting,
    "translation": translation,
    "ads": ads,
    "code": code,
}


def store(scores: Sequence[Score]) -> None:
    """Put scores beside those that are stored."""
    known = json.loads(FILE.read_text(encoding="utf-8"))
    for one in scores:
        known["scores"][one.name] = {
            "items": one.items,
            "things": one.things,
            "right_if": one.right_if,
            "chosen_on": one.chosen_on,
            "models": list(one.models),
            "date": one.date,
        }
    FILE.write_text(json.dumps(known, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _score(name: str, right: Items, things: str, why: str, aside: str, models: tuple[str, ...]) -> Score:
    items = "".join("1" if one else "0" for one in right)
    return Score(name, items, things, why, aside, models, f"{datetime.now(UTC):%Y-%m-%d}")


def _text(
    model: LoadedModel, prompt: str | Conversation, settings: llm_core.GenerationSettings, until: str = ""
) -> str:
    """What a model writes, up to where the page ends it."""
    numbers: list[int] = []
    seen = ""
    for step in llm_core.generate(model, prompt, settings):
        numbers.append(step.token.id)
        seen += step.token.text
        if until and until in seen:
            break
    return str(model.tokenizer.decode(numbers, skip_special_tokens=True)).strip()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _shown(scores: Sequence[Score]) -> str:
    return ", ".join(f"{one.name} {one.right} of {one.of}" for one in scores)


def main() -> None:
    """Measure some uses and store them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=[*MEASURES])
    parser.add_argument("--tuning", action="store_true")
    chosen: Any = parser.parse_args()
    if chosen.tuning and not {*chosen.names} <= {*_OF_QUESTIONS}:
        parser.error(f"only these have a half for tuning: {', '.join(_OF_QUESTIONS)}")
    for name in chosen.names:
        if chosen.tuning:
            print(_shown(answers(_OF_QUESTIONS[name], "tuning")))
        else:
            scores = MEASURES[name]()
            store(scores)
            print(_shown(scores), flush=True)


if __name__ == "__main__":
    main()
