# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Purposes, infinitives and durations."""

from __future__ import annotations

import random

from training.clause_sentences import random_clause
from training.everyday_sentences import _pair
from training.inflection import english_verb, french_participle, french_verb
from training.lexicon import lexicon
from training.noun_phrases import (
    ENGLISH_NUMBERS,
    NUMBERS,
    Pronoun,
    Subject,
)
from training.places_and_times import (
    destination,
    static_place,
)
from training.random_phrases import pronoun_for, random_noun_phrase, random_subject
from training.surface import Marker, SentencePair
from training.verb_phrases import Clause


def purpose(rng: random.Random) -> SentencePair:
    """He went to the market to buy some bread."""
    marker = Marker()
    subject = random_subject(rng, marker)
    go = next(v for v in lexicon().verbs if v.english == "go")
    tense = rng.choice(("past", "past", "present", "progressive", "future", "must", "want", "have_to", "going"))
    first = Clause(subject, go, marker, tense, place=destination(rng, marker))
    action = _infinitive(rng, marker, subject)
    return _pair(f"{first.english()} to {action[0]}", f"{first.french()} pour {action[1]}")


def _infinitive(rng: random.Random, marker: Marker, subject: Subject) -> tuple[str, str]:
    verbs = [
        v
        for v in lexicon().verbs
        if v.frame == "transitive"
        and "person" in v.subjects
        and v.english not in {"have", "be afraid of", "need", "want", "hate", "forget", "lose"}
        and not v.french.startswith("se ")
        and "ses" not in v.french
    ]
    verb = rng.choice(verbs)
    mark = marker()
    name = rng.choice(verb.objects)
    thing = random_noun_phrase(
        rng,
        marker,
        name,
        determiners="a a the" if name in {"food", "drink"} else "the a possessive",
        possessor=pronoun_for(subject, marker),
        adjective_rate=0.2,
    )
    first, _, particle = verb.english.partition(" ")
    lemma, _, french_particle = verb.french.partition(" ")
    object_ = thing.french()
    return f"{first}{mark} {particle} {thing.english()}", f"{lemma}{mark} {french_particle} {object_}"


_FRAMES = (("want", "vouloir", "to", ""), ("like", "aimer", "to", ""), ("love", "adorer", "to", ""), ("try", "essayer", "to", "de"), ("begin", "commencer", "to", "à"), ("learn", "apprendre", "to", "à"), ("decide", "décider", "to", "de"),
           ("forget", "oublier", "to", "de"), ("need", "avoir", "to", "besoin de"), ("refuse", "refuser", "to", "de"), ("hope", "espérer", "to", ""), ("start", "commencer", "to", "à"), ("prefer", "préférer", "to", ""))  # fmt: skip


def infinitive(rng: random.Random) -> SentencePair:
    """She decided to buy a car. It is difficult to learn Chinese. He is ready to leave."""
    marker = Marker()
    subject = random_subject(rng, marker)
    action = _infinitive(rng, marker, subject)
    if rng.random() < 0.3:
        english, french = rng.choice(
            (
                ("it is easy to", "il est facile de"),
                ("it is difficult to", "il est difficile de"),
                ("it is important to", "il est important de"),
                ("it is impossible to", "il est impossible de"),
                ("it is dangerous to", "il est dangereux de"),
                ("it is hard to", "il est difficile de"),
                ("I am happy to", "je suis heureux de"),
                ("I am ready to", "je suis prêt à"),
                ("it is time to", "il est temps de"),
                ("we are ready to", "nous sommes prêts à"),
                ("she is happy to", "elle est heureuse de"),
                ("they are happy to", "ils sont heureux de"),
                ("can you help me to", "peux-tu m'aider à"),
            )
        )
        return _pair(f"{english} {action[0]}", f"{french} {action[1]}", "?" if english.startswith("can") else ".")
    verb, french, link, french_link = rng.choice(_FRAMES)
    mark = marker()
    past = rng.random() < 0.5 and verb not in {"like", "love", "prefer", "hope", "need", "want"}
    third = not (subject.english_is_plural or (isinstance(subject, Pronoun) and subject.person <= 2))
    english = f"{subject.english()} {english_verb(verb, 'ps') if past else english_verb(verb, 'p', third)}{mark} {link} {action[0]}"
    if past:
        return _pair(
            english,
            f"{subject.french()} {french_verb('avoir', 'p', subject.person)} {french_participle(french)}{mark} {french_link} {action[1]}",
        )
    return _pair(
        english, f"{subject.french()} {french_verb(french, 'p', subject.person)}{mark} {french_link} {action[1]}"
    )


_DURATIONS = (
    ("year", "an"),
    ("month", "mois"),
    ("week", "semaine"),
    ("day", "jour"),
    ("hour", "heure"),
    ("minute", "minute"),
)


def duration(rng: random.Random) -> SentencePair:
    """She has been waiting for the bus for ten minutes (depuis dix minutes)."""
    marker = Marker()
    clause = random_clause(rng, marker, random_subject(rng, marker), ("present",), extras=False, allow_negation=False,
                           frames=rng.choice((("transitive",), ("place",), ("intransitive",))))  # fmt: skip
    if (
        clause.verb.english
        in {
            "be",
            "have",
            "like",
            "love",
            "hate",
            "know",
            "want",
            "need",
            "prefer",
            "come",
            "arrive",
            "leave",
            "fall",
            "go out",
            "come back",
            "stop",
            "find",
            "see",
            "hear",
            "be afraid of",
            "forget",
            "understand",
            "remember",
            "wake up",
            "get up",
            "sit down",
            "fall asleep",
        }
        or clause.clitic
    ):
        return duration(rng)
    if rng.random() < 0.35:
        clause.verb = next(
            v for v in lexicon().verbs if v.english == rng.choice(("live", "work")) or v.english == "live"
        )
        clause.object, clause.place = None, static_place(rng, marker)
    number, (unit, french_unit) = rng.choice([n for n in NUMBERS if n < 30]), rng.choice(_DURATIONS)
    third = not (
        clause.subject.english_is_plural or (isinstance(clause.subject, Pronoun) and clause.subject.person <= 2)
    )
    clause.contracted = False
    first, _, particle = clause.verb.english.partition(" ")
    rest = " ".join(w for w in (particle, clause.object.english() if clause.object else "", clause.place[0]) if w)
    plural = french_unit if french_unit == "mois" else french_unit + "s"
    have = "has" if third else "have"
    english = f"{clause.subject.english()} {have} been {english_verb(first, 'pr')}{clause._verb_mark} {rest} for {ENGLISH_NUMBERS[number]} {unit}s"
    if clause.verb.english == "live" and rng.random() < 0.5:
        english = f"{clause.subject.english()} {have} lived {rest} for {ENGLISH_NUMBERS[number]} {unit}s"
    return _pair(english, f"{clause.french()} depuis {NUMBERS[number]} {plural}")
