# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Sentences of one clause, built around a verb of the lexicon, and the questions to them."""

from __future__ import annotations

import random

from training.lexicon import Verb, lexicon
from training.noun_phrases import NounPhrase, Pronoun, Subject
from training.places_and_times import (
    FREQUENCY,
    MANNER,
    company,
    destination,
    object_place,
    static_place,
    time_for,
)
from training.random_phrases import pronoun_for, random_noun_phrase, random_pronoun, random_subject
from training.surface import Marker, SentencePair, finish
from training.verb_phrases import CLITIC_OBJECTS, Clause

_TENSES = ("present", "progressive", "progressive", "past", "past", "past", "past", "perfect", "past_progressive", "future", "future", "going",
           "can", "must", "want", "would_like", "have_to", "should", "conditional", "could", "like", "wanted", "love", "try", "hope", "present", "present")  # fmt: skip


_PLAIN_TENSES = ("present", "progressive", "past", "past", "past", "future", "past_progressive", "present")


_NO_PROGRESSIVE = {"see", "hear", "like", "love", "hate", "prefer", "want", "need", "know", "understand", "have", "remember", "forget",
                   "find", "lose", "be", "be afraid of", "recognize", "receive", "smell"}  # fmt: skip


_NO_MODALS = {"have", "be", "need", "want", "be afraid of", "like", "love", "hate"}


def _verb(rng: random.Random, subject_class: str, frames: tuple[str, ...] = ("transitive",)) -> Verb:
    while True:
        verb = rng.choice(lexicon().weighted_verbs)
        if verb.frame in frames and subject_class in verb.subjects:
            return verb


def _tense(rng: random.Random, verb: Verb, choices: tuple[str, ...] = _TENSES) -> str:
    while True:
        tense = rng.choice(choices)
        if tense in {"progressive", "past_progressive"} and verb.english in _NO_PROGRESSIVE:
            continue
        if (
            tense
            in {
                "can",
                "must",
                "would_like",
                "have_to",
                "should",
                "like",
                "love",
                "want",
                "wanted",
                "try",
                "hope",
                "going",
                "could",
            }
            and verb.english in _NO_MODALS
        ):
            continue
        return tense


def random_clause(
    rng: random.Random, marker: Marker, subject: Subject | None = None, tenses: tuple[str, ...] = _TENSES,
    extras: bool = True, allow_negation: bool = True, frames: tuple[str, ...] = (),
) -> Clause:  # fmt: skip
    """A clause with a sensible object or place, perhaps negated, perhaps with a time."""
    subject_class = "person"
    if subject is None:
        if rng.random() < 0.24:
            noun_class = rng.choice(("animal", "pet"))
            subject_class = "animal"
            subject = random_noun_phrase(
                rng, marker, noun_class, determiners="the the the the a possessive this that number generic"
            )
        else:
            subject = random_subject(rng, marker)
    elif (isinstance(subject, NounPhrase) and "animal" in subject.noun.classes) or (
        isinstance(subject, Pronoun) and subject.english_word == "it"
    ):
        subject_class = "animal"
    frames = frames or rng.choice(
        (("transitive",),) * 6
        + (("intransitive",),) * 2
        + (("place",), ("place",), ("motion",), ("posture",), ("posture",))
    )
    if subject_class == "animal" and rng.random() < 0.4:
        frames = rng.choice((("intransitive",), ("place",), ("posture",), ("posture",)))
    verb = _verb(rng, subject_class, frames)
    if verb.english in {"bark"} and not (isinstance(subject, NounPhrase) and "dog" in subject.noun.classes):
        verb = _verb(rng, subject_class, ("transitive",))
    if verb.subjects & {"bird", "dog"}:
        verb = _verb(rng, subject_class, ("transitive",))
    tense = _tense(rng, verb, tenses)
    if verb.english == "sit" and tense == "present":
        tense = "progressive"
    clause = Clause(subject, verb, marker, tense, contracted=rng.random() < 0.3)
    if verb.objects:
        possessor = subject if isinstance(subject, Pronoun) else pronoun_for(subject, marker)
        determiners = ""
        class_name = rng.choice(verb.objects)
        if class_name == "door":
            determiners = "the the the this possessive"
        if class_name in {"food", "drink"} and verb.english in {
            "eat",
            "drink",
            "buy",
            "make",
            "prepare",
            "order",
            "want",
            "cook",
            "bring",
        }:
            determiners = "a a a the the this number"
        if verb.english in {"like", "love", "hate", "prefer", "be afraid of", "need"} and class_name in {
            "food",
            "drink",
            "animal",
            "readable",
            "watchable",
            "task",
        }:
            determiners = "generic generic generic this the" if class_name != "task" else "this the"
        if verb.french.endswith(" de") and determiners.startswith("generic") and verb.english == "need":
            determiners = "a the this possessive"
        if (
            rng.random() < 0.08
            and verb.french.count(" ") == 0
            and class_name in {"person", "family", "animal", "job"}
            and not verb.french.startswith("s'")
        ):
            choices = [c for c in CLITIC_OBJECTS if not isinstance(subject, Pronoun) or c[0] != subject.person]
            clause.clitic = rng.choice(choices)
        else:
            clause.object = random_noun_phrase(
                rng, marker, class_name, determiners=determiners, possessor=possessor if rng.random() < 0.8 else None
            )
            if clause.object.noun.gender != "m" and class_name == "body":
                clause.object = random_noun_phrase(
                    rng, marker, class_name, determiners="possessive", possessor=possessor, adjective_rate=0
                )
    if allow_negation and rng.random() < 0.16 and tense not in {"like", "love", "should", "have_to", "hope", "try"}:
        clause.negation = (
            rng.choice(("not", "not", "not", "not", "never", "no longer")) if tense in {"present"} else "not"
        )
        if tense == "perfect" and rng.random() < 0.5:
            clause.negation = "never"
    if verb.frame in {"place", "posture"}:
        clause.place = static_place(rng, marker)
        if verb.english == "live":
            clause.tense = (
                rng.choice(("present", "past", "past_progressive", "future"))
                if tense in {"progressive", "perfect"}
                else tense
            )
    elif verb.frame == "motion":
        clause.place = destination(rng, marker)
    elif extras and verb.frame == "intransitive" and rng.random() < 0.4:
        clause.place = (
            static_place(rng, marker)
            if verb.english not in {"come", "leave", "arrive", "come back", "go out", "grow up", "wake up"}
            else ("", "")
        )
    elif extras and rng.random() < 0.09 and clause.clitic is None:
        clause.place = company(rng, marker)
    elif extras and verb.objects and rng.random() < 0.13:
        clause.place = (
            object_place(rng, marker)
            if verb.english in {"put", "hide", "find", "see", "lose", "forget"}
            else static_place(rng, marker)
        )
    if extras:
        if clause.tense == "present" and not clause.negation and rng.random() < 0.2 and verb.english != "be":
            clause.adverb = rng.choice(FREQUENCY[:4])
        elif rng.random() < 0.25:
            clause.time = time_for(rng, clause.tense)
            clause.time_first = rng.random() < 0.2 and clause.time[0] not in {
                "here",
                "a lot",
                "very often",
                "together",
                "with my friends",
            }
        elif (
            verb.frame == "intransitive"
            and rng.random() < 0.3
            and verb.english not in {"come", "go out", "arrive", "leave"}
            and not clause.place[0]
        ):
            manner = rng.choice([m for m in MANNER if m[0] not in {"alone", "together"}])
            clause.time = manner
    return clause


def _stop(text: str, mark: str = ".") -> str:
    return text + (f" {mark}" if mark in "?!" else mark)


def _pair(english: str, french: str, mark: str = ".", kind: str = "clause") -> SentencePair:
    return finish(english + mark, _stop(french, mark), kind)


def statement(rng: random.Random) -> SentencePair:
    """One clause."""
    clause = random_clause(rng, Marker())
    return _pair(clause.english(), clause.french())


def question(rng: random.Random) -> SentencePair:
    """A yes-no question or a question word question."""
    marker = Marker()
    subject = rng.choice((random_pronoun(rng, marker), Pronoun(2, "m", "you", marker), random_subject(rng, marker)))
    clause = random_clause(
        rng,
        marker,
        subject,
        ("present", "present", "progressive", "past", "past", "future", "can", "want", "would_like", "must", "have_to"),
        extras=False,
    )
    clause.negation = ""
    clause.contracted = False
    clause.question = rng.choice(("yes-no", "yes-no", "where", "why", "when", "how", "what", "who", "at what time"))
    if clause.question == "where":
        clause.place = ("", "")
        if clause.verb.frame in {"motion", "place", "posture"} or rng.random() < 0.7:
            pass
    elif clause.question in {"what", "who"}:
        person = clause.object is not None and bool(clause.object.noun.classes & {"person"})
        plain = (
            clause.object is not None
            and clause.verb.french.count(" ") == 0
            and not clause.verb.french.startswith("s'")
            and " " not in clause.verb.english
        )
        if not plain or clause.clitic or clause.verb.english in {"be", "find"}:
            clause.question = "yes-no"
        else:
            clause.question = "who" if person else "what"
            clause.object, clause.place = None, ("", "")
    if clause.question == "at what time" and clause.object is not None and rng.random() < 0.7:
        clause.question = "when"
    if clause.question == "who":
        return _pair(clause.english(), clause.french(), "?")
    return _pair(clause.english(), clause.french(), "?")
