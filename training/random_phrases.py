"""Random noun phrases and subjects, with determiners and adjectives that make sense."""

from __future__ import annotations

import random

from training.lexicon import Adjective, lexicon
from training.noun_phrases import NUMBERS, Name, NounPhrase, Pronoun, Subject
from training.surface import Marker

_PRONOUNS = (
    (1, "m", "I"),
    (1, "m", "I"),
    (2, "m", "you"),
    (3, "m", "he"),
    (3, "f", "she"),
    (4, "m", "we"),
    (6, "m", "they"),
)


_NAMES = (("Paul", "m"), ("Marie", "f"), ("Peter", "m"), ("Anna", "f"), ("Lucas", "m"), ("Sophie", "f"), ("Tom", "m"),
          ("Emma", "f"), ("John", "m"), ("Julie", "f"), ("David", "m"), ("Sarah", "f"), ("Thomas", "m"), ("Alice", "f"),
          ("Nicolas", "m"), ("Mary", "f"), ("Léo", "m"), ("Clara", "f"), ("Max", "m"), ("Laura", "f"))  # fmt: skip


def random_pronoun(rng: random.Random, marker: Marker) -> Pronoun:
    """One of the subject pronouns."""
    return Pronoun(*rng.choice(_PRONOUNS), marker)


def pronoun_for(subject: Subject, marker: Marker) -> Pronoun:
    """The pronoun that takes up a subject: it, he or she in English, il or elle by French gender."""
    if isinstance(subject, Pronoun):
        return Pronoun(subject.person, subject.gender, subject.english_word, marker)
    if subject.english_is_plural:
        return Pronoun(6 if subject.french_is_plural else 3, subject.gender, "they", marker)
    person = isinstance(subject, Name) or "person" in subject.noun.classes
    word = ("she" if subject.gender == "f" else "he") if person else "it"
    return Pronoun(6 if subject.french_is_plural else 3, subject.gender, word, marker)


def random_noun_phrase(
    rng: random.Random,
    marker: Marker,
    *classes: str,
    determiners: str = "",
    adjective_rate: float = 0.3,
    possessor: Pronoun | None = None,
) -> NounPhrase:
    """A noun phrase of one of these classes with a sensible determiner and perhaps adjectives."""
    noun = lexicon().noun(rng, *classes)
    choices = (
        determiners.split()
        if determiners
        else ["the"] * 5 + ["a"] * 4 + ["possessive"] * 3 + ["this", "number", "that"]
    )
    if noun.count != "count":
        choices = [d for d in choices if d in {"the", "a", "possessive", "generic", "this"}] or ["the"]
        if noun.count == "mass" and "possessive" in choices and not noun.classes & {"food", "drink", "task"}:
            choices = ["the"]
    if ("family" in noun.classes and "possessive" not in choices and not determiners) or (
        "family" in noun.classes and "possessive" in choices
    ):
        choices = ["possessive"]
    determiner = rng.choice(choices)
    plural = noun.count == "count" and determiner not in {"every", "each", "no"} and rng.random() < 0.22
    if determiner in {"number", "many"} or (determiner in {"generic", "some"} and noun.count == "count"):
        plural = True
    if noun.english in {
        "sun",
        "moon",
        "sky",
        "mom",
        "dad",
        "mother",
        "father",
        "wife",
        "husband",
        "stairs",
        "face",
        "nose",
        "head",
        "mouth",
        "floor",
        "ground",
        "grass",
        "movies",
        "countryside",
        "mountain",
        "sea",
        "world",
        "kitchen",
        "attic",
        "cellar",
        "president",
        "pasta",
        "bank",
        "stomach",
        "heart",
        "back",
    }:
        plural = False
        determiner = (
            "possessive"
            if "family" in noun.classes
            else determiner
            if determiner not in {"number", "generic", "many"}
            else "the"
        )
    adjectives: tuple[Adjective, ...] = ()
    fitting = lexicon().adjectives_for(noun)
    if fitting and rng.random() < adjective_rate:
        first = rng.choice(fitting)
        adjectives = (first,)
        if rng.random() < 0.22:
            second = rng.choice(fitting)
            if second.position != first.position:
                adjectives = tuple(sorted((first, second), key=lambda a: a.position == "after"))
    adjectives = tuple(
        a
        for a in adjectives
        if a.english not in {"far", "late", "afraid", "other", "first", "last"}
        or (determiner == "the" and a.english in {"first", "last", "other"})
    )
    person = possessor.person if possessor else rng.choice((1, 1, 1, 2, 3, 3, 4, 6))
    feminine = possessor.gender == "f" if possessor else rng.random() < 0.5
    numbers = [n for n in NUMBERS if n < 13] if rng.random() < 0.9 else list(NUMBERS)
    return NounPhrase(noun, marker, determiner, plural, adjectives, person, feminine, rng.choice(numbers))


def random_subject(rng: random.Random, marker: Marker, classes: tuple[str, ...] = ("person",)) -> Subject:
    """A subject: a pronoun, a name, or a noun phrase of these classes."""
    roll = rng.random()
    if "person" in classes and roll < 0.45:
        return random_pronoun(rng, marker)
    if "person" in classes and roll < 0.57:
        return Name(*rng.choice(_NAMES), marker)
    name = rng.choice([c if c != "person" else rng.choice(("person", "person", "family", "job")) for c in classes])
    return random_noun_phrase(rng, marker, name, determiners="the the the the a possessive this number that")
