# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Sentences around "to be" and "there is": descriptions and places."""

from __future__ import annotations

import random

from training.inflection import (
    french_adjective,
    french_verb,
)
from training.lexicon import Adjective, lexicon
from training.noun_phrases import NounPhrase, Pronoun, Subject
from training.places_and_times import (
    object_place,
    static_place,
)
from training.random_phrases import random_noun_phrase, random_subject
from training.surface import Marker, SentencePair, finish


def _pair(english: str, french: str, mark: str = ".", kind: str = "simple") -> SentencePair:
    return finish(english + mark, french + (f" {mark}" if mark in "?!" else mark), kind)


def english_be(subject: Subject, tense: str = "present") -> str:
    """am, is, are, was, were or will be."""
    if tense == "future":
        return "will be"
    past = tense == "past"
    if isinstance(subject, Pronoun) and subject.english_word == "I":
        return "was" if past else "am"
    plural = subject.english_is_plural or subject.person == 2
    return ("were" if plural else "was") if past else ("are" if plural else "is")


_FRENCH_TENSE = {"present": "p", "past": "i", "future": "f"}


_DEGREES = (
    ("very", "très"),
    ("too", "trop"),
    ("very", "très"),
    ("really", "vraiment"),
    ("so", "si"),
    ("a little", "un peu"),
)


def _adjective(adjective: Adjective, subject: Subject, mark: str) -> str:
    if adjective.invariable:
        return adjective.french + mark
    return french_adjective(adjective.french, subject.gender, subject.french_is_plural) + mark


def predicate(rng: random.Random, marker: Marker, subject: Subject, fitting: list[Adjective] | tuple[Adjective, ...],
              english: str = "", french: str = "", negation: bool = True) -> tuple[str, str]:  # fmt: skip
    """Subject (or the longer text given for it) + to be + adjective."""
    fitting = [
        a for a in fitting if a.english not in {"other", "first", "next", "last", "favorite", "little", "ancient"}
    ] or [a for a in lexicon().adjectives if a.english in {"beautiful", "big", "small"}]
    adjective, mark, be_mark = rng.choice(fitting), marker(), marker()
    tense = rng.choice(("present", "present", "present", "past", "past", "future"))
    english = english or subject.english()
    french = french or subject.french()
    degree, degree_mark = (
        (rng.choice(_DEGREES), marker()) if rng.random() < 0.25 and not adjective.invariable else (("", ""), "")
    )
    verb = french_verb("être", _FRENCH_TENSE[tense], subject.person)
    form = _adjective(adjective, subject, mark)
    degree_english = degree[0] + degree_mark if degree[0] else ""
    degree_french = degree[1] + degree_mark if degree[0] else ""
    if negation and rng.random() < 0.14 and tense != "future":
        no = marker()
        be = english_be(subject, tense)
        be = be + "n't" + no if rng.random() < 0.4 and be != "am" else f"{be}{be_mark} not{no}"
        return (
            f"{english} {be} {degree_english} {adjective.english}{mark}",
            f"{french} ne {verb}{be_mark} pas{no} {degree_french} {form}",
        )
    return (
        f"{english} {english_be(subject, tense)}{be_mark} {degree_english} {adjective.english}{mark}",
        f"{french} {verb}{be_mark} {degree_french} {form}",
    )


_THINGS = ("food", "drink", "animal", "pet", "clothes", "furniture", "object", "readable", "vehicle", "building", "roomlike", "destination",
           "task", "watchable", "instrument", "listenable", "container", "abstract")  # fmt: skip


def _any_subject(rng: random.Random, marker: Marker) -> Subject:
    if rng.random() < 0.4:
        return random_subject(rng, marker)
    return random_noun_phrase(
        rng,
        marker,
        rng.choice(_THINGS),
        determiners="the the the the possessive possessive this that number",
        adjective_rate=0.35,
    )


def _fitting(subject: Subject) -> tuple[Adjective, ...]:
    if isinstance(subject, NounPhrase):
        used = {a.english for a in subject.adjectives}
        return tuple(a for a in lexicon().adjectives_for(subject.noun) if a.english not in used)
    return tuple(a for a in lexicon().adjectives if "person" in a.classes)


def description(rng: random.Random) -> SentencePair:
    """The soup is too hot: a subject and an adjective."""
    marker = Marker()
    subject = _any_subject(rng, marker)
    english, french = predicate(rng, marker, subject, _fitting(subject))
    if rng.random() < 0.18:
        fitting = [a for a in _fitting(subject) if not a.invariable]
        if fitting:
            link, other, mark = rng.choice((("and", "et"), ("but", "mais"))), rng.choice(fitting), marker()
            return _pair(
                f"{english} {link[0]} {other.english}{mark}", f"{french} {link[1]} {_adjective(other, subject, mark)}"
            )
    return _pair(english, french)


def description_question(rng: random.Random) -> SentencePair:
    """Questions about a state: Is the soup hot."""
    marker = Marker()
    subject = _any_subject(rng, marker)
    fitting = [
        a for a in _fitting(subject) if a.english not in {"other", "next", "first", "last", "little", "favorite"}
    ]
    if not fitting:
        return description(rng)
    adjective, mark = rng.choice(fitting), marker()
    word = rng.choice((("", ""), ("", ""), ("why", "pourquoi")))
    past = rng.random() < 0.25
    be = english_be(subject, "past" if past else "present")
    verb = french_verb("être", "i" if past else "p", subject.person)
    english = f"{word[0]} {be} {subject.english()} {adjective.english}{mark}"
    form = _adjective(adjective, subject, mark)
    if isinstance(subject, Pronoun) and subject.person != 1:
        french = f"{word[1]} {verb}-{subject.french()} {form}"
    else:
        french = f"{word[1]} est-ce que {subject.french()} {verb} {form}"
    return _pair(english, french, "?")


def there_is(rng: random.Random) -> SentencePair:
    """There is a cat in the garden, with its negation, question and past."""
    marker = Marker()
    thing = random_noun_phrase(rng, marker, rng.choice(("animal", "pet", "person", "object", "food", "drink", "vehicle", "furniture", "building", "job", "container", "readable", "clothes", "destination")),
                               determiners="a a a a number many some", adjective_rate=0.35)  # fmt: skip
    place = (
        object_place(rng, marker)
        if thing.noun.classes & {"object", "food", "drink", "clothes"}
        else static_place(rng, marker)
    )
    plural = thing.english_is_plural
    roll, mark = rng.random(), marker()
    if roll < 0.55:
        return _pair(
            f"there {'are' if plural else 'is'}{mark} {thing.english()} {place[0]}",
            f"il y a{mark} {thing.french()} {place[1]}",
        )
    if roll < 0.68:
        return _pair(
            f"there {'were' if plural else 'was'}{mark} {thing.english()} {place[0]}",
            f"il y avait{mark} {thing.french()} {place[1]}",
        )
    if roll < 0.73:
        return _pair(
            f"there will be{mark} {thing.english()} {place[0]}", f"il y aura{mark} {thing.french()} {place[1]}"
        )
    if roll < 0.86:
        return _pair(
            f"{'are' if plural else 'is'} there {thing.english()} {place[0]}",
            f"y a-t-il {thing.french()} {place[1]}",
            "?",
        )
    if thing.determiner not in {"a", "some"}:
        return there_is(rng)
    english = (
        thing.english() if not (plural or thing.noun.count == "mass") else thing.english().replace("some", "any", 1)
    )
    if rng.random() < 0.5:
        english = english.split(" ", 1)[1]
        return _pair(
            f"there {'are' if plural else 'is'} no {english} {place[0]}",
            f"il n'y a pas {thing.french(negated=True)} {place[1]}",
        )
    return _pair(
        f"there {'are' if plural else 'is'} not {english} {place[0]}",
        f"il n'y a pas {thing.french(negated=True)} {place[1]}",
    )


def location(rng: random.Random) -> SentencePair:
    """Where is my hat? The book is on the table."""
    marker = Marker()
    subject = random_noun_phrase(rng, marker, rng.choice(("object", "animal", "pet", "container", "clothes", "readable", "food", "person", "family", "furniture", "destination")),
                                 determiners="the the the the possessive possessive this", adjective_rate=0.35)  # fmt: skip
    if rng.random() < 0.35:
        tense = rng.choice(("present", "present", "present", "past"))
        return _pair(
            f"where {english_be(subject, tense)} {subject.english()}",
            f"où {french_verb('être', _FRENCH_TENSE[tense], subject.person)} {subject.french()}",
            "?",
        )
    place = (
        object_place(rng, marker)
        if subject.noun.classes & {"object", "food", "clothes", "animal"}
        else static_place(rng, marker)
    )
    tense, mark = rng.choice(("present", "present", "present", "past")), marker()
    return _pair(
        f"{subject.english()} {english_be(subject, tense)}{mark} {place[0]}",
        f"{subject.french()} {french_verb('être', _FRENCH_TENSE[tense], subject.person)}{mark} {place[1]}",
    )
