# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Frames of everyday talk: requests, orders, possession, quantities."""

from __future__ import annotations

import random

from training.inflection import french_verb
from training.lexicon import lexicon
from training.noun_phrases import Name, NounPhrase, Pronoun, Subject
from training.places_and_times import (
    destination,
    object_place,
    time_for,
)
from training.random_phrases import random_noun_phrase
from training.simple_sentences import english_be, predicate
from training.surface import Marker, SentencePair, finish


def _pair(english: str, french: str, mark: str = ".", kind: str = "everyday") -> SentencePair:
    return finish(english + mark, french + (f" {mark}" if mark in "?!" else mark), kind)


_QUANTITIES = (("a cup of", "une tasse de", "drink"), ("a glass of", "un verre de", "drink"), ("a bottle of", "une bouteille de", "drink"),
               ("a piece of", "un morceau de", "food"), ("a slice of", "une tranche de", "food"), ("a lot of", "beaucoup de", "any"),
               ("a little", "un peu de", "any"), ("two cups of", "deux tasses de", "drink"), ("too much", "trop de", "any"), ("enough", "assez de", "any"),
               ("two glasses of", "deux verres de", "drink"), ("a bowl of", "un bol de", "food"), ("more", "plus de", "any"))  # fmt: skip


def _quantity(rng: random.Random, marker: Marker) -> tuple[str, str]:
    english, french, kind = rng.choice(_QUANTITIES)
    while True:
        noun = lexicon().noun(
            rng, "drink" if kind == "drink" else "food" if kind == "food" else rng.choice(("food", "drink"))
        )
        if noun.count == "mass":
            break
    mark = marker()
    head, space, rest = noun.french.partition(" ")
    adjective = (
        rng.choice((("", ""), ("", ""), ("", ""), ("hot ", " chaud"), ("cold ", " froid")))
        if kind == "drink"
        else ("", "")
    )
    amark = marker() if adjective[0] else ""
    form = adjective[1] + ("e" if adjective[1] and noun.gender == "f" else "")
    return (
        f"{english} {adjective[0].strip()}{amark} {noun.english}{mark}",
        f"{french} {head}{mark}{space}{rest} {form.strip()}{amark}",
    )


def request(rng: random.Random) -> SentencePair:
    """I would like, can I have, do you want, would you like."""
    marker = Marker()
    if rng.random() < 0.5:
        thing = _quantity(rng, marker)
    else:
        phrase = random_noun_phrase(
            rng, marker, "food", "drink", "object", "clothes", determiners="a a a number", adjective_rate=0.25
        )
        if phrase.english_is_plural:
            return request(rng) if rng.random() < 0.5 else order(rng)
        thing = phrase.english(), phrase.french()
    opener = rng.choice((
        ("I would like", "je voudrais", "."), ("I'd like", "je voudrais", "."), ("I would like", "je voudrais", "."), ("can I have", "puis-je avoir", "?"), ("do you want", "veux-tu", "?"),
        ("would you like", "voulez-vous", "?"), ("I want", "je veux", "."), ("I need", "j'ai besoin de", "."), ("do you have", "as-tu", "?"), ("we would like", "nous voudrions", "."),
        ("he would like", "il voudrait", "."), ("she would like", "elle voudrait", "."), ("give me", "donne-moi", "."), ("she wants", "elle veut", "."), ("I bought", "j'ai acheté", "."),
        ("he drank", "il a bu", "."), ("she drinks", "elle boit", "."), ("there is", "il y a", "."), ("bring me", "apporte-moi", "."), ("I have", "j'ai", "."),
    ))  # fmt: skip
    if (
        opener[0] in {"he drank", "she drinks"}
        and not any(d in thing[0] for d in ("water", "milk", "coffee", "tea", "wine", "beer", "juice", "lemonade"))
    ) or opener[0] == "I need":
        opener = ("I want", "je veux", ".")
    please = rng.random() < 0.4 and opener[0] in {
        "I would like",
        "I'd like",
        "can I have",
        "we would like",
        "give me",
        "bring me",
    }
    polite = ("please", "s'il te plaît" if opener[0] in {"give me", "bring me"} else "s'il vous plaît")
    english, french = f"{opener[0]} {thing[0]}", f"{opener[1]} {thing[1]}"
    if please:
        english, french = f"{english}, {polite[0]}", f"{french}, {polite[1]}"
    return _pair(english, french, opener[2])


def order(rng: random.Random) -> SentencePair:
    """Imperatives: Open the door. Don't eat my apple. Let's go to the beach."""
    marker = Marker()
    verbs = [v for v in lexicon().verbs if v.frame == "transitive" and "person" in v.subjects and v.english not in
             {"have", "want", "need", "know", "hate", "like", "love", "prefer", "receive", "lose", "be afraid of", "see", "hear", "hug", "recognize", "remember", "win", "find", "dream about"}]  # fmt: skip
    verb = rng.choice(verbs)
    you = Pronoun(2, "m", "you", marker)
    thing = random_noun_phrase(
        rng,
        marker,
        rng.choice(verb.objects),
        determiners="the the the possessive a this",
        possessor=you if rng.random() < 0.6 else Pronoun(1, "m", "I", marker),
    )
    roll, mark = rng.random(), marker()
    first, _, particle = verb.english.partition(" ")
    lemma, _, french_particle = verb.french.partition(" ")
    if lemma in {"se", "savoir"} or lemma.startswith("s'"):
        return order(rng)
    place = object_place(rng, marker) if verb.english in {"put", "hide", "throw"} else ("", "")
    english = f"{first}{mark} {particle} {thing.english()} {place[0]}"
    if roll < 0.55:
        french = f"{french_verb(lemma, 'ip', 2)}{mark} {french_particle} {thing.french()} {place[1]}"
        if rng.random() < 0.25:
            return _pair(f"{english}, please", f"{french}, s'il te plaît")
        return _pair(english, french, rng.choice((".", ".", "!")))
    if roll < 0.8:
        no, (ne, dont) = marker(), ("ne", rng.choice(("don't", "do not")))
        return _pair(
            f"{dont}{no} {english}",
            f"{ne} {french_verb(lemma, 'ip', 2)}{mark} pas{no} {french_particle} {thing.french(negated=True)} {place[1]}",
            rng.choice((".", ".", "!")),
        )
    if roll < 0.92:
        return _pair(
            f"let's {english}", f"{french_verb(lemma, 'ip', 4)}{mark} {french_particle} {thing.french()} {place[1]}"
        )
    going = destination(rng, marker)
    when = rng.choice((time_for(rng, "future"), ("", "")))
    return _pair(f"let's go {going[0]} {when[0]}", f"allons {going[1]} {when[1]}")


def _owned(rng: random.Random, marker: Marker) -> tuple[str, str, NounPhrase]:
    """My mother's red car: "la voiture rouge de ma mère"."""
    owner: Subject
    if rng.random() < 0.35:
        owner = Name(
            *rng.choice(
                (
                    ("Paul", "m"),
                    ("Marie", "f"),
                    ("Tom", "m"),
                    ("Emma", "f"),
                    ("Anna", "f"),
                    ("Peter", "m"),
                    ("Alice", "f"),
                    ("Lucas", "m"),
                )
            ),
            marker,
        )
    else:
        owner = random_noun_phrase(
            rng,
            marker,
            "family",
            "family",
            "person",
            "job",
            "pet",
            determiners="possessive possessive the",
            adjective_rate=0.1,
        )
        if owner.plural:
            return _owned(rng, marker)
    thing = random_noun_phrase(
        rng,
        marker,
        *(("object", "clothes", "vehicle", "family", "pet", "building", "container", "readable", "body")),
        determiners="the",
        adjective_rate=0.3,
    )
    if "family" in thing.noun.classes:
        thing = NounPhrase(thing.noun, marker, "the", thing.plural, ())
    english = thing.english().split(" ", 1)[1]
    return f"{owner.english()}'s {english}", f"{thing.french()} de {owner.french()}", thing


def possession(rng: random.Random) -> SentencePair:
    """My father's car is fast. Where is Paul's book? I like Marie's dress."""
    marker = Marker()
    english, french, thing = _owned(rng, marker)
    roll = rng.random()
    if roll < 0.5:
        return _pair(*predicate(rng, marker, thing, lexicon().adjectives_for(thing.noun), english, french))
    if roll < 0.62:
        return _pair(
            f"where {english_be(thing)} {english}", f"où {french_verb('être', 'p', thing.person)} {french}", "?"
        )
    if roll < 0.75:
        plural = thing.english_is_plural
        return _pair(
            f"{'these are' if plural else 'this is'} {english}",
            f"{'ce sont' if thing.french_is_plural else 'c’est'.replace('’', chr(39))} {french}",
        )
    place = object_place(rng, marker)
    opener = rng.choice(
        (
            ("I like", "j'aime"),
            ("I saw", "j'ai vu"),
            ("he found", "il a trouvé"),
            ("she is looking for", "elle cherche"),
            ("we know", "nous connaissons"),
            ("they are looking at", "ils regardent"),
            ("do you see", "vois-tu"),
            ("I love", "j'aime"),
        )
    )
    if rng.random() < 0.2:
        return _pair(
            f"{english} {english_be(thing)} {place[0]}", f"{french} {french_verb('être', 'p', thing.person)} {place[1]}"
        )
    return _pair(f"{opener[0]} {english}", f"{opener[1]} {french}", "?" if opener[0].startswith("do") else ".")
