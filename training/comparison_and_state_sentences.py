# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Comparison; hunger, age and aches (avoir in French); and pronouns that take up a noun after "because"."""

from __future__ import annotations

import random

from training.inflection import (
    english_degree,
    french_adjective,
    french_verb,
)
from training.lexicon import lexicon
from training.noun_phrases import ENGLISH_NUMBERS, NUMBERS, Name, NounPhrase, Pronoun
from training.random_phrases import pronoun_for, random_noun_phrase, random_pronoun, random_subject
from training.simple_sentences import (
    _FRENCH_TENSE,
    _adjective,
    _fitting,
    _pair,
    english_be,
)
from training.surface import Marker, SentencePair


def comparison(rng: random.Random) -> SentencePair:
    """Comparatives, equality and superlatives."""
    marker = Marker()
    noun_class = rng.choice(
        (
            "animal",
            "person",
            "family",
            "vehicle",
            "clothes",
            "building",
            "object",
            "food",
            "readable",
            "task",
            "furniture",
        )
    )
    subject = random_noun_phrase(rng, marker, noun_class, determiners="the the possessive this", adjective_rate=0.1)
    other = random_noun_phrase(rng, marker, noun_class, determiners="the the possessive", adjective_rate=0.1)
    bad = {"other", "first", "last", "next", "favorite", "little", "dead", "wooden", "French", "English", "Italian", "German", "Spanish", "American", "Chinese", "Japanese", "Canadian",
           "late", "far", "broken", "lost", "hidden", "round", "square", "bad", "good"}  # fmt: skip
    fitting = [a for a in _fitting(subject) if a.english not in bad and not a.invariable] or [
        a for a in lexicon().adjectives if a.english == "big"
    ]
    adjective, mark, degree, than = rng.choice(fitting), marker(), marker(), marker()
    form = _adjective(adjective, subject, mark)
    be, est = english_be(subject), french_verb("être", "p", subject.person)
    roll = rng.random()
    if isinstance(subject, NounPhrase) and subject.noun is other.noun:
        return comparison(rng)
    if roll < 0.12:
        subject2 = rng.choice((random_pronoun(rng, marker), Name("Paul", "m", marker), Name("Marie", "f", marker)))
        person = [
            a for a in lexicon().adjectives if "person" in a.classes and a.english not in bad and not a.invariable
        ]
        adjective = rng.choice([*person, *[a for a in person if a.english in {"tall", "young"}] * 8])
        thing = rng.choice(
            (
                ("me", "moi"),
                ("you", "toi"),
                ("him", "lui"),
                ("her", "elle"),
                ("us", "nous"),
                ("them", "eux"),
                (other.english(), other.french())
                if noun_class in {"person", "family"}
                else ("his brother", "son frère"),
            )
        )
        return _pair(f"{subject2.english()} {english_be(subject2)} {english_degree(adjective.english, 'co')}{mark} than {thing[0]}",
                     f"{subject2.french()} {french_verb('être', 'p', subject2.person)} plus {_adjective(adjective, subject2, mark)} que {thing[1]}")  # fmt: skip
    if roll < 0.55:
        return _pair(
            f"{subject.english()} {be} {english_degree(adjective.english, 'co')}{mark} than{than} {other.english()}",
            f"{subject.french()} {est} plus {form} que{than} {other.french()}",
            kind="comparison",
        )
    if roll < 0.65:
        return _pair(
            f"{subject.english()} {be} less{degree} {adjective.english}{mark} than{than} {other.english()}",
            f"{subject.french()} {est} moins{degree} {form} que{than} {other.french()}",
            kind="comparison",
        )
    if roll < 0.78:
        return _pair(
            f"{subject.english()} {be} as{degree} {adjective.english}{mark} as{than} {other.english()}",
            f"{subject.french()} {est} aussi{degree} {form} que{than} {other.french()}",
            kind="comparison",
        )
    noun = other.noun
    article = "la" if noun.gender == "f" else "le"
    if noun.count != "count" or noun_class == "family":
        return comparison(rng)
    noun_mark = marker()
    masculine_or_feminine = french_adjective(adjective.french, noun.gender, False) + mark
    group = rng.choice(
        (
            ("in the class", "de la classe"),
            ("in the world", "du monde"),
            ("in the city", "de la ville"),
            ("in the village", "du village"),
            ("", ""),
            ("in the house", "de la maison"),
            ("in France", "de France"),
        )
    )
    english = f"the {english_degree(adjective.english, 'su')}{mark} {noun.english}{noun_mark} {group[0]}"
    head, space, rest = noun.french.partition(" ")
    french_noun = head + noun_mark + space + rest
    french = (
        f"{article} plus {masculine_or_feminine} {french_noun}"
        if adjective.position == "before"
        else f"{article} {french_noun} {article} plus {masculine_or_feminine}"
    )
    opener = rng.choice(
        (
            ("this is", "c'est"),
            ("it is", "c'est"),
            ("I saw", "j'ai vu"),
            ("where is", "où est"),
            ("she is looking for", "elle cherche"),
        )
    )
    return _pair(
        f"{opener[0]} {english}",
        f"{opener[1]} {french} {group[1]}",
        "?" if opener[0] == "where is" else ".",
        "comparison",
    )


_STATES = (
    ("hungry", "faim"),
    ("thirsty", "soif"),
    ("cold", "froid"),
    ("hot", "chaud"),
    ("right", "raison"),
    ("wrong", "tort"),
    ("afraid", "peur"),
    ("sleepy", "sommeil"),
    ("ashamed", "honte"),
    ("lucky", "de la chance"),
)


_HURTS = (
    ("a headache", "mal à la tête"),
    ("a toothache", "mal aux dents"),
    ("a stomachache", "mal au ventre"),
    ("a sore throat", "mal à la gorge"),
    ("a fever", "de la fièvre"),
    ("a cold", "un rhume"),
)


def having_states(rng: random.Random) -> SentencePair:
    """I am hungry. She is ten years old. He has a headache. (French: avoir.)."""
    marker = Marker()
    subject = random_subject(rng, marker, rng.choice((("person",), ("person",), ("animal",), ("pet",))))
    if isinstance(subject, NounPhrase) and subject.determiner == "that":
        subject = random_pronoun(rng, marker)
    tense, mark = rng.choice(("present", "present", "present", "past", "future")), marker()
    avoir, be = french_verb("avoir", _FRENCH_TENSE[tense], subject.person), english_be(subject, tense)
    roll = rng.random()
    if roll < 0.2:
        number = rng.choice([n for n in NUMBERS if n < 100])
        if rng.random() < 0.3:
            verb = "'m" if be == "am" else " " + be
            return _pair(
                f"{subject.english()}{verb} {ENGLISH_NUMBERS[number]}{mark} years old",
                f"{subject.french()} {avoir} {NUMBERS[number]}{mark} ans",
            )
        return _pair(
            f"{subject.english()} {be} {ENGLISH_NUMBERS[number]}{mark} years old",
            f"{subject.french()} {avoir} {NUMBERS[number]}{mark} ans",
        )
    if roll < 0.35:
        ache = rng.choice(_HURTS)
        third = not subject.english_is_plural and not (isinstance(subject, Pronoun) and subject.person <= 2)
        have = {"present": "has" if third else "have", "past": "had", "future": "will have"}[tense]
        return _pair(f"{subject.english()} {have} {ache[0]}", f"{subject.french()} {avoir} {ache[1]}")
    state = rng.choice(_STATES)
    degree = (
        rng.choice((("", ""), ("", ""), ("", ""), ("very", "très"), ("very", "très")))
        if state[0] not in {"lucky"}
        else ("", "")
    )
    question = rng.random() < 0.2 and isinstance(subject, Pronoun) and subject.person != 1 and tense != "future"
    if question:
        link = "-t-" if subject.person == 3 and avoir[-1] in "ae" else "-"
        return _pair(
            f"{be} {subject.english()} {state[0]}{mark}", f"{avoir}{link}{subject.french()} {state[1]}{mark}", "?"
        )
    if rng.random() < 0.15 and state[0] != "lucky" and tense != "future":
        return _pair(
            f"{subject.english()} {be} not {state[0]}{mark}", f"{subject.french()} ne {avoir} pas {state[1]}{mark}"
        )
    return _pair(
        f"{subject.english()} {be} {degree[0]} {state[0]}{mark}",
        f"{subject.french()} {avoir} {degree[1]} {state[1]}{mark}",
    )


def tired_because(rng: random.Random) -> SentencePair:
    """A clause, "because", and a pronoun whose French gender follows its noun: "because it was tired"."""
    from training.clause_sentences import random_clause

    marker = Marker()
    animal = rng.random() < 0.5
    name = rng.choice(("animal", "pet")) if animal else rng.choice(("person", "family", "job"))
    roll = rng.random()
    connector = rng.choice(
        (
            ("because", "parce que"),
            ("because", "parce que"),
            ("because", "parce que"),
            ("so", "alors"),
            ("but", "mais"),
            ("and", "et"),
            ("when", "quand"),
        )
    )
    mark = marker()
    if roll < 0.62:
        subject = random_noun_phrase(rng, marker, name, determiners="the the the the possessive a", adjective_rate=0.25)
        clause = random_clause(
            rng, marker, subject, ("past",), extras=False, frames=("posture",) if rng.random() < 0.3 else ()
        )
        pronoun = pronoun_for(subject, marker)
        if rng.random() < 0.22:
            state = rng.choice(_STATES[:9])
            state_mark = marker()
            english, french = (
                f"{pronoun.english()} {english_be(pronoun, 'past')} {state[0]}{state_mark}",
                f"{pronoun.french()} {french_verb('avoir', 'i', pronoun.person)} {state[1]}{state_mark}",
            )
        else:
            feeling, too = marker(), rng.choice((("", ""), ("", ""), ("too", "trop"), ("very", "très")))
            fitting = [
                a
                for a in _fitting(subject)
                if not a.invariable
                and a.english not in {"first", "last", "next", "other", "little", "favorite"}
                and "color" not in a.classes
            ]
            fitting += [a for a in fitting if a.english in {"tired", "sad", "happy", "sick", "angry"}] * 4
            adjective = rng.choice(fitting)
            english = f"{pronoun.english()} {english_be(pronoun, 'past')} {too[0]} {adjective.english}{feeling}"
            french = f"{pronoun.french()} {french_verb('être', 'i', pronoun.person)} {too[1]} {_adjective(adjective, pronoun, feeling)}"
        return _pair(
            f"{clause.english()} {connector[0]}{mark} {english}",
            f"{clause.french()} {connector[1]}{mark} {french}",
            kind="pronoun",
        )
    person = random_subject(rng, marker)
    clause = random_clause(rng, marker, person, ("past", "present"), extras=False, frames=("transitive",))
    thing = clause.object
    if thing is None or thing.noun.classes & {"person", "family", "job"}:
        return tired_because(rng)
    pronoun = pronoun_for(thing, marker)
    fitting = [
        a
        for a in _fitting(thing)
        if not a.invariable and a.english not in {"first", "last", "next", "other", "little", "favorite"}
    ]
    if not fitting:
        return tired_because(rng)
    adjective, feeling = rng.choice(fitting), marker()
    too = rng.choice((("", ""), ("too", "trop"), ("very", "très"), ("so", "si")))
    tense = "past" if clause.tense == "past" else "present"
    english = f"{pronoun.english()} {english_be(pronoun, tense)} {too[0]} {adjective.english}{feeling}"
    french = f"{pronoun.french()} {french_verb('être', _FRENCH_TENSE[tense], pronoun.person)} {too[1]} {_adjective(adjective, pronoun, feeling)}"
    return _pair(
        f"{clause.english()} because{mark} {english}", f"{clause.french()} parce que{mark} {french}", kind="pronoun"
    )
