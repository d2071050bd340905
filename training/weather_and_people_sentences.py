# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""The weather and what follows from it; the two banks, of rivers and of money; hair, eyes and names."""

from __future__ import annotations

import random

from training.clause_sentences import random_clause
from training.everyday_sentences import _pair
from training.inflection import french_verb
from training.lexicon import Verb, lexicon
from training.noun_phrases import ENGLISH_NUMBERS, FRENCH_POSSESSIVE, NUMBERS, Pronoun
from training.places_and_times import (
    CITIES,
    time_for,
)
from training.random_phrases import random_pronoun, random_subject
from training.surface import Marker, SentencePair
from training.verb_phrases import Clause

_WEATHER = {
    "present": (("it is raining", "il pleut"), ("it is snowing", "il neige"), ("it is sunny", "il fait beau"), ("it is cold", "il fait froid"), ("it is hot", "il fait chaud"), ("the weather is nice", "il fait beau"), ("the weather is bad", "il fait mauvais"),
                ("it is windy", "il y a du vent"), ("the sun is shining", "le soleil brille"), ("it is foggy", "il y a du brouillard"), ("it is very cold", "il fait très froid"), ("it is too hot", "il fait trop chaud"), ("it's raining", "il pleut"), ("it's cold", "il fait froid"),
                ("the wind is blowing", "le vent souffle"), ("it is cloudy", "le ciel est nuageux"), ("it is dark", "il fait noir"), ("the weather is beautiful", "il fait très beau"), ("it is not cold", "il ne fait pas froid"), ("the sky is gray", "le ciel est gris")),
    "past": (("it rained", "il a plu"), ("it snowed", "il a neigé"), ("it was raining", "il pleuvait"), ("it was cold", "il faisait froid"), ("it was hot", "il faisait chaud"), ("the weather was nice", "il faisait beau"), ("it was very cold", "il faisait très froid"), ("it was sunny", "il faisait beau"), ("it was dark", "il faisait noir"), ("it was snowing", "il neigeait")),
    "future": (("it will rain", "il pleuvra"), ("it will snow", "il neigera"), ("it will be cold", "il fera froid"), ("it will be hot", "il fera chaud"), ("the weather will be nice", "il fera beau"), ("it is going to rain", "il va pleuvoir"), ("it is going to snow", "il va neiger"), ("it will be sunny", "il fera beau")),
}  # fmt: skip


def weather(rng: random.Random) -> SentencePair:
    """The weather, when and where, and what follows from it."""
    marker = Marker()
    tense = rng.choice(("present", "past", "future"))
    english, french = rng.choice(_WEATHER[tense])
    roll = rng.random()
    if roll < 0.45:
        when = time_for(rng, {"present": "progressive", "past": "past", "future": "future"}[tense])
        if when[0] in {"together", "with my friends"}:
            when = ("today", "aujourd'hui")
        if rng.random() < 0.3:
            return _pair(f"{when[0]}, {english}", f"{when[1]}, {french}")
        if rng.random() < 0.3:
            city = rng.choice(CITIES)
            return _pair(f"{english} in {city[0]} {when[0]}", f"{french} à {city[1]} {when[1]}")
        return _pair(f"{english} {when[0]}", f"{french} {when[1]}")
    clause = random_clause(
        rng,
        marker,
        random_pronoun(rng, marker),
        {"present": ("present", "progressive", "must", "want", "going"), "past": ("past",), "future": ("future",)}[
            tense
        ],
        extras=False,
    )
    if roll < 0.75:
        return _pair(f"{english}, so {clause.english()}", f"{french}, alors {clause.french()}")
    return _pair(f"{clause.english()} because {english}", f"{clause.french()} parce que {french}")


def river_or_money(rng: random.Random) -> SentencePair:
    """The two banks: of a river (rive) and of money (banque)."""
    marker = Marker()
    subject = random_subject(rng, marker)
    mark = marker()
    water = rng.choice((("river", "la rivière"), ("lake", "le lac"), ("river", "la rivière")))
    if rng.random() < 0.55:
        rive = rng.choice((("on", "sur"), ("near", "près de"), ("on", "sur")))
        verb = rng.choice([v for v in lexicon().verbs if v.frame in {"place", "posture"} or v.english in {"sit"}])
        clause = Clause(subject, verb, marker, rng.choice(("past", "past_progressive", "progressive", "past")))
        if verb.english in {"be", "live"}:
            clause.tense = "past"
        name = rng.choice(
            (
                (f"the bank{mark} of the {water[0]}", f"la rive{mark} de {water[1]}"),
                (f"the river bank{mark}", f"la rive{mark} de la rivière"),
            )
        )
        clause.place = (f"{rive[0]} {name[0]}", f"{rive[1]} {name[1]}")
        return _pair(clause.english(), clause.french(), kind="bank")
    choice = rng.random()
    go = next(v for v in lexicon().verbs if v.english == rng.choice(("go", "go")))
    if choice < 0.5:
        action = rng.choice(
            (
                ("to get some money", "pour retirer de l'argent"),
                ("to open an account", "pour ouvrir un compte"),
                ("to borrow some money", "pour emprunter de l'argent"),
                ("to pay the bill", "pour payer la facture"),
                ("", ""),
                ("tomorrow", "demain"),
            )
        )
        clause = Clause(
            subject,
            go,
            marker,
            rng.choice(("must", "have_to", "past", "going", "want", "progressive")),
            place=(f"to the bank{mark} {action[0]}", f"à la banque{mark} {action[1]}"),
        )
        if action[0] == "tomorrow" and clause.tense in {"past", "progressive"}:
            clause.tense = "going"
        return _pair(clause.english(), clause.french(), kind="bank")
    money = rng.choice(
        (
            ("put the money in the bank", "mettre l'argent à la banque", "put"),
            ("work at the bank", "travailler à la banque", "work"),
            ("work in a bank", "travailler dans une banque", "work"),
            ("borrow money from the bank", "emprunter de l'argent à la banque", "borrow"),
        )
    )
    french_first, _, french_rest = money[1].partition(" ")
    english_first, _, english_rest = money[0].partition(" ")
    clause = Clause(
        subject,
        Verb(english_first, french_first, (), frozenset(), "place", False),
        marker,
        rng.choice(("present", "past", "future", "want", "must")),
        place=(english_rest.replace("bank", "bank" + mark), french_rest.replace("banque", "banque" + mark)),
    )
    return _pair(clause.english(), clause.french(), kind="bank")


_HAIR = (
    ("long", "longs"),
    ("short", "courts"),
    ("brown", "bruns"),
    ("black", "noirs"),
    ("blond", "blonds"),
    ("red", "roux"),
)


_EYES = (("blue", "bleus"), ("green", "verts"), ("brown", "marron"), ("black", "noirs"), ("gray", "gris"))


def looks(rng: random.Random) -> SentencePair:
    """Hair and eyes; "my name is", "his name is"."""
    marker = Marker()
    subject = random_subject(rng, marker)
    third = not (subject.english_is_plural or (isinstance(subject, Pronoun) and subject.person <= 2))
    roll = rng.random()
    hair, eyes = rng.choice(_HAIR), rng.choice(_EYES)
    english, french = rng.choice(
        (
            (f"{hair[0]} hair", f"les cheveux {hair[1]}"),
            (f"{eyes[0]} eyes", f"les yeux {eyes[1]}"),
            (f"{hair[0]} hair and {eyes[0]} eyes", f"les cheveux {hair[1]} et les yeux {eyes[1]}"),
        )
    )
    if roll < 0.4:
        return _pair(
            f"{subject.english()} {'has' if third else 'have'} {english}",
            f"{subject.french()} {french_verb('avoir', 'p', subject.person)} {french}",
        )
    whose = rng.choice(((1, "my"), (2, "your"), (3, "her"), (3, "his"), (6, "their")))
    possessive = FRENCH_POSSESSIVE[whose[0]][2]
    if roll < 0.65:
        pair = rng.choice(
            (
                (f"{whose[1]} hair is {hair[0]}", f"{possessive} cheveux sont {hair[1]}"),
                (f"{whose[1]} eyes are {eyes[0]}", f"{possessive} yeux sont {eyes[1]}"),
            )
        )
        return _pair(*pair)
    name, number = (
        rng.choice(
            ("Paul", "Marie", "Peter", "Anna", "Lucas", "Sophie", "Tom", "Emma", "John", "Julie", "Max", "Laura")
        ),
        rng.choice([n for n in NUMBERS if n < 30]),
    )
    owner = rng.choice(
        (
            ("my name is", "je m'appelle"),
            ("his name is", "il s'appelle"),
            ("her name is", "elle s'appelle"),
            ("my brother's name is", "mon frère s'appelle"),
            ("my dog's name is", "mon chien s'appelle"),
            ("my sister's name is", "ma sœur s'appelle"),
            ("my cat's name is", "mon chat s'appelle"),
        )
    )
    if owner[0] == "my name is" and rng.random() < 0.6:
        return _pair(
            f"my name is {name} and I am {ENGLISH_NUMBERS[number]} years old",
            f"je m'appelle {name} et j'ai {NUMBERS[number]} ans",
        )
    return _pair(f"{owner[0]} {name}", f"{owner[1]} {name}")
