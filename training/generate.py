# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Step 2: write the bilingual sentences, and split them by word combination.

``python -m training.generate --pairs 325131`` draws from every kind of sentence, drops repetitions and every
class sentence, and writes ``train.tsv``, ``held_out.tsv`` and ``swaps.tsv`` (English, French, alignment, kind).
A sentence is held out when one of its pairs of neighbouring content words falls into a fixed hundredth of
all such pairs, so no training sentence contains that combination.
"""

from __future__ import annotations

import argparse
import random
import re
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from training import (
    activity_sentences,
    clause_sentences,
    comparison_and_state_sentences,
    complex_sentences,
    everyday_sentences,
    giving_sentences,
    identity_and_calendar_sentences,
    purpose_sentences,
    question_sentences,
    simple_sentences,
    weather_and_people_sentences,
)
from training.paths import DATA, read_pairs, work_folder
from training.places_and_times import object_place
from training.random_phrases import random_noun_phrase
from training.surface import Marker, SentencePair, finish

#: As many as t5-mini-en-fr was trained on.
PAIRS = 325_131

_KINDS: tuple[tuple[float, Callable[[random.Random], SentencePair]], ...] = (
    (24, clause_sentences.statement), (9, clause_sentences.question), (8, complex_sentences.two_clauses),
    (2.5, complex_sentences.condition), (4, complex_sentences.relative_clause), (2.5, complex_sentences.object_relative),
    (3, complex_sentences.reported), (3.5, giving_sentences.giving), (6, simple_sentences.description),
    (2.5, simple_sentences.description_question), (6, simple_sentences.there_is), (5, simple_sentences.location),
    (4.5, comparison_and_state_sentences.comparison), (2.5, comparison_and_state_sentences.having_states), (6, comparison_and_state_sentences.tired_because),
    (4, identity_and_calendar_sentences.being), (1, identity_and_calendar_sentences.calendar), (4, everyday_sentences.request),
    (4, everyday_sentences.order), (5, everyday_sentences.possession), (3, activity_sentences.activity),
    (2.5, weather_and_people_sentences.weather), (2, purpose_sentences.purpose), (3.5, purpose_sentences.infinitive),
    (2, purpose_sentences.duration), (2.5, question_sentences.who_did), (3, question_sentences.which_and_how_many),
    (1.2, weather_and_people_sentences.river_or_money), (0.8, weather_and_people_sentences.looks),
)  # fmt: skip
_FUNCTION_WORDS = {
    "the",
    "a",
    "an",
    "some",
    "my",
    "your",
    "his",
    "her",
    "our",
    "their",
    "this",
    "that",
    "these",
    "those",
    "on",
    "in",
    "at",
    "to",
    "of",
    "with",
    "under",
    "and",
    "but",
    "because",
}


def normalised(text: str) -> str:
    """A sentence without case, punctuation and spacing, for comparing sentences."""
    return " ".join(re.findall(r"[\w']+", text.lower().replace("’", "'")))


def held_out_combination(pair: SentencePair) -> bool:
    """Whether the sentence has a word combination from the hundredth that training never sees."""
    words = [pair.english[start:end].lower() for start, end, *_ in sorted(pair.links)]
    words = [w for w in words if w not in _FUNCTION_WORDS]
    return any(zlib.crc32(f"{a} {b}".encode()) % 150 == 0 for a, b in pairwise(words))


def draw(rng: random.Random) -> SentencePair:
    """One sentence of a random kind."""
    weights, kinds = zip(*_KINDS, strict=True)
    return rng.choices(kinds, weights)[0](rng)


def adjective_swap(rng: random.Random) -> SentencePair:
    """A sentence whose French adjective stands behind the noun: the order of two words is swapped."""
    from training.lexicon import lexicon
    from training.verb_phrases import Clause

    while True:
        marker = Marker()
        phrase = random_noun_phrase(
            rng,
            marker,
            "clothes",
            "vehicle",
            "object",
            "animal",
            "furniture",
            determiners="the the a this",
            adjective_rate=1,
        )
        if len(phrase.adjectives) != 1 or phrase.adjectives[0].position != "after" or phrase.adjectives[0].invariable:
            continue
        if rng.random() < 0.5:
            place = object_place(rng, marker)
            verb = french = next(v for v in lexicon().verbs if v.english == "be")
            clause = Clause(phrase, verb, marker, "present", place=place)
            french = clause.french()
            return finish(clause.english() + ".", french + ".", "swap")
        verb = next(v for v in lexicon().verbs if v.english == rng.choice(("see", "buy", "like")) or v.english == "see")
        subject = random_noun_phrase(rng, marker, "person", "family", determiners="the possessive", adjective_rate=0)
        clause = Clause(subject, verb, marker, "past", object=phrase)
        return finish(clause.english() + ".", clause.french() + ".", "swap")


def swap_sentences(count: int, seed: int = 7) -> Iterator[SentencePair]:
    """Adjective-noun swaps for measuring the cross-attention, each different."""
    rng, seen = random.Random(seed), set()
    while len(seen) < count:
        pair = adjective_swap(rng)
        if pair.english not in seen:
            seen.add(pair.english)
            yield pair


def line(pair: SentencePair) -> str:
    """A pair as a line of text: English, French, alignment as "0-3:4-7 ...", kind."""
    links = " ".join(f"{a}-{b}:{c}-{d}" for a, b, c, d in pair.links)
    return f"{pair.english}\t{pair.french}\t{links}\t{pair.kind}\n"


def write(path: Path, pairs: list[SentencePair]) -> None:
    """Write pairs, one a line."""
    path.write_text("".join(map(line, pairs)), encoding="utf-8")


def generate(count: int, seed: int = 0) -> tuple[list[SentencePair], list[SentencePair]]:
    """``count`` distinct training pairs and the held-out pairs met on the way (at most 2,000)."""
    rng = random.Random(seed)
    forbidden = {normalised(english) for english, _ in read_pairs(DATA / "class_sentences.tsv")}
    swaps = {pair.english for pair in swap_sentences(50)}
    seen: set[str] = set()
    training: list[SentencePair] = []
    held_out: list[SentencePair] = []
    while len(training) < count:
        pair = draw(rng)
        if pair.english in seen or len(pair.english) > 75:
            continue
        seen.add(pair.english)
        if normalised(pair.english) in forbidden:
            continue
        if pair.english in swaps or held_out_combination(pair):
            held_out.append(pair)
        else:
            training.append(pair)
    held_out = [p for p in held_out if p.english not in swaps]
    return training, held_out[:2000]


def main() -> None:
    """Write the three files into the working folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    training, held_out = generate(arguments.pairs, arguments.seed)
    folder = work_folder()
    write(folder / "train.tsv", training)
    write(folder / "held_out.tsv", held_out)
    write(folder / "swaps.tsv", list(swap_sentences(50)))
    print(f"{len(training):,} training pairs, {len(held_out):,} held out")


if __name__ == "__main__":
    main()
