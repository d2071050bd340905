# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Questions with who, which, how many and how much, and their like."""

from __future__ import annotations

import random

from training.clause_sentences import random_clause
from training.everyday_sentences import _pair
from training.inflection import french_participle, french_verb
from training.lexicon import lexicon
from training.noun_phrases import (
    FRENCH_POSSESSIVE,
    Name,
    NounPhrase,
    Pronoun,
    starts_with_vowel,
)
from training.random_phrases import random_noun_phrase, random_pronoun
from training.simple_sentences import english_be
from training.surface import Marker, SentencePair
from training.verb_phrases import Clause


def who_did(rng: random.Random) -> SentencePair:
    """Who ate my cake? Everybody likes music. Nobody saw the thief."""
    marker = Marker()
    stand_in = Name("@", "m", marker)
    clause = random_clause(
        rng,
        marker,
        stand_in,
        ("past", "present", "past", "progressive", "future", "can"),
        extras=False,
        allow_negation=False,
    )
    clause.contracted = False
    english, french = clause.english(), clause.french()
    english, french = english[len(stand_in.english()) :], french[len(stand_in.french()) :]
    subject = rng.choice((("who", "qui", "?"), ("who", "qui", "?"), ("somebody", "quelqu'un", "."), ("someone", "quelqu'un", "."), ("everybody", "tout le monde", "."), ("everyone", "tout le monde", "."), ("nobody", "personne ne", "."), ("which girl", "quelle fille", "?"), ("which boy", "quel garçon", "?")))  # fmt: skip
    return _pair(f"{subject[0]}{english}", f"{subject[1]}{french}", subject[2])


def which_and_how_many(rng: random.Random) -> SentencePair:
    """How many, how much, which, what colour, what is your favourite."""
    marker = Marker()
    subject = rng.choice((Pronoun(2, "m", "you", marker), random_pronoun(rng, marker)))
    roll = rng.random()
    verb = rng.choice(
        [
            v
            for v in lexicon().verbs
            if v.frame == "transitive"
            and "person" in v.subjects
            and " " not in v.english
            and " " not in v.french
            and "'" not in v.french
        ]
    )
    thing = random_noun_phrase(rng, marker, rng.choice(verb.objects), determiners="the", adjective_rate=0.12)
    plural_french = thing.french_is_plural
    mark, question_mark = marker(), marker()
    clause = Clause(subject, verb, marker, rng.choice(("present", "past", "want", "future", "going")), question="what")
    if roll < 0.3 and thing.noun.count == "count":
        many = NounPhrase(thing.noun, marker, "generic", True, ())
        english, french = clause.english().removeprefix("what"), clause.french()
        french = french.removeprefix("qu'est-ce que").removeprefix("que")
        link = "est-ce que" if not isinstance(subject, Pronoun) or subject.person == 1 else ""
        return _pair(
            f"how many{question_mark} {many.english()} {english}",
            f"combien{question_mark} de {' '.join(many.french_words())} {link} {french}",
            "?",
        )
    which = {("m", False): "quel", ("f", False): "quelle", ("m", True): "quels", ("f", True): "quelles"}[
        thing.gender, plural_french
    ]
    words = thing.english().split(" ", 1)[1]
    if roll < 0.6:
        english, french = (
            clause.english().removeprefix("what"),
            clause.french().removeprefix("qu'est-ce que").removeprefix("que"),
        )
        link = "est-ce que" if subject.person == 1 else ""
        if clause.tense == "past" and not verb.state:
            french = french.replace(
                french_participle(verb.french), french_participle(verb.french, thing.gender, plural_french)
            )
        return _pair(
            f"{rng.choice(('which', 'what'))}{mark} {words} {english}",
            f"{which}{mark} {' '.join(thing.french_words())} {link} {french}",
            "?",
        )
    favorite = rng.choice(
        (
            ("color", "couleur", "f"),
            ("book", "livre", "m"),
            ("animal", "animal", "m"),
            ("food", "plat", "m"),
            ("sport", "sport", "m"),
            ("film", "film", "m"),
            ("song", "chanson", "f"),
            ("season", "saison", "f"),
            ("day", "jour", "m"),
            ("fruit", "fruit", "m"),
        )
    )
    if roll < 0.75:
        person = rng.choice((1, 2, 3, 3))
        her = rng.random() < 0.5
        english_possessive = {1: "my", 2: "your", 3: "her" if her else "his"}[person]
        possessive = FRENCH_POSSESSIVE[person][1 if favorite[2] == "f" and not starts_with_vowel(favorite[1]) else 0]
        form = "préférée" if favorite[2] == "f" else "préféré"
        if person != 1:
            return _pair(
                f"what is {english_possessive} favorite {favorite[0]}{mark}",
                f"{'quelle' if favorite[2] == 'f' else 'quel'} est {possessive} {favorite[1]}{mark} {form}",
                "?",
            )
        color = rng.choice(
            (
                ("blue", "le bleu"),
                ("red", "le rouge"),
                ("green", "le vert"),
                ("yellow", "le jaune"),
                ("black", "le noir"),
                ("white", "le blanc"),
                ("pink", "le rose"),
            )
        )
        return _pair(f"my favorite color is {color[0]}", f"ma couleur préférée est {color[1]}")
    priced = random_noun_phrase(
        rng,
        marker,
        "clothes",
        "object",
        "food",
        "vehicle",
        "readable",
        determiners="this this the that",
        adjective_rate=0.25,
    )
    if roll < 0.88:
        third = "do" if priced.english_is_plural else "does"
        return _pair(
            f"how much {third} {priced.english()} cost",
            f"combien {french_verb('coûter', 'p', priced.person)} {priced.french()}",
            "?",
        )
    colored = random_noun_phrase(
        rng, marker, "clothes", "object", "vehicle", "furniture", determiners="possessive the", adjective_rate=0
    )
    return _pair(
        f"what color {english_be(colored)} {colored.english()}",
        f"de quelle couleur {french_verb('être', 'p', colored.person)} {colored.french()}",
        "?",
    )
