# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Where and when: prepositional phrases and time expressions in both languages, with the tense they go with."""

from __future__ import annotations

import random

from training.noun_phrases import NounPhrase
from training.random_phrases import random_noun_phrase
from training.surface import Marker

ON = (("on", "sur"), ("under", "sous"), ("behind", "derrière"), ("in front of", "devant"), ("near", "près de"),
      ("next to", "à côté de"), ("on", "sur"), ("under", "sous"))  # fmt: skip
NEAR = (
    ("near", "près de"),
    ("in front of", "devant"),
    ("behind", "derrière"),
    ("next to", "à côté de"),
    ("far from", "loin de"),
)
CITIES = (("Paris", "Paris"), ("London", "Londres"), ("Lyon", "Lyon"), ("Rome", "Rome"), ("Berlin", "Berlin"),
          ("Madrid", "Madrid"), ("New York", "New York"), ("Brussels", "Bruxelles"), ("Geneva", "Genève"), ("Marseille", "Marseille"))  # fmt: skip
COUNTRIES = (("France", "en France"), ("England", "en Angleterre"), ("Spain", "en Espagne"), ("Italy", "en Italie"),
             ("Germany", "en Allemagne"), ("Canada", "au Canada"), ("Japan", "au Japon"), ("the United States", "aux États-Unis"),
             ("China", "en Chine"), ("Africa", "en Afrique"), ("Belgium", "en Belgique"), ("Switzerland", "en Suisse"),
             ("Brazil", "au Brésil"), ("Europe", "en Europe"))  # fmt: skip

DAYS = (("Monday", "lundi"), ("Tuesday", "mardi"), ("Wednesday", "mercredi"), ("Thursday", "jeudi"), ("Friday", "vendredi"),
        ("Saturday", "samedi"), ("Sunday", "dimanche"))  # fmt: skip
MONTHS = (("January", "janvier"), ("February", "février"), ("March", "mars"), ("April", "avril"), ("May", "mai"),
          ("June", "juin"), ("July", "juillet"), ("August", "août"), ("September", "septembre"), ("October", "octobre"),
          ("November", "novembre"), ("December", "décembre"))  # fmt: skip
SEASONS = (
    ("in spring", "au printemps"),
    ("in summer", "en été"),
    ("in autumn", "en automne"),
    ("in winter", "en hiver"),
)

TIMES = {
    "now": (("now", "maintenant"), ("today", "aujourd'hui"), ("this morning", "ce matin"), ("this afternoon", "cet après-midi"),
            ("this evening", "ce soir"), ("with my friends", "avec mes amis"), ("at the moment", "en ce moment"), ("here", "ici"), ("together", "ensemble")),
    "habit": (("every day", "tous les jours"), ("every morning", "tous les matins"), ("every evening", "tous les soirs"),
              ("every week", "toutes les semaines"), ("in the morning", "le matin"), ("in the evening", "le soir"),
              ("at night", "la nuit"), ("every Sunday", "tous les dimanches"), ("a lot", "beaucoup"), ("very often", "très souvent"),
              ("after school", "après l'école"), ("every night", "toutes les nuits"), ("once a week", "une fois par semaine"),
              ("twice a week", "deux fois par semaine"), ("before dinner", "avant le dîner"), ("after lunch", "après le déjeuner"), ("at noon", "à midi"), ("every year", "tous les ans")),
    "past": (("yesterday", "hier"), ("last night", "hier soir"), ("last week", "la semaine dernière"), ("last year", "l'année dernière"),
             ("last month", "le mois dernier"), ("this morning", "ce matin"), ("yesterday morning", "hier matin"), ("two days ago", "il y a deux jours"),
             ("a week ago", "il y a une semaine"), ("three years ago", "il y a trois ans"), ("an hour ago", "il y a une heure"), ("last summer", "l'été dernier"),
             ("last winter", "l'hiver dernier"), ("last Monday", "lundi dernier"), ("last weekend", "le week-end dernier"), ("a long time ago", "il y a longtemps")),
    "future": (("tomorrow", "demain"), ("tonight", "ce soir"), ("next week", "la semaine prochaine"), ("next year", "l'année prochaine"), ("soon", "bientôt"),
               ("tomorrow morning", "demain matin"), ("next month", "le mois prochain"), ("next summer", "l'été prochain"), ("this weekend", "ce week-end"),
               ("next Monday", "lundi prochain"), ("in two days", "dans deux jours"), ("in an hour", "dans une heure"), ("tomorrow evening", "demain soir"), ("later", "plus tard"), ("one day", "un jour")),
}  # fmt: skip
FREQUENCY = (
    ("often", "souvent"),
    ("always", "toujours"),
    ("sometimes", "parfois"),
    ("rarely", "rarement"),
    ("usually", "d'habitude"),
)
MANNER = (("very well", "très bien"), ("slowly", "lentement"), ("fast", "vite"), ("quickly", "rapidement"), ("alone", "seul"), ("a lot", "beaucoup"),
          ("too much", "trop"), ("quietly", "tranquillement"), ("together", "ensemble"), ("well", "bien"), ("carefully", "prudemment"))  # fmt: skip


def _with(preposition: tuple[str, str], noun_phrase: NounPhrase, marker: Marker) -> tuple[str, str]:
    mark = marker()
    english, french = preposition
    if " de" in french or french == "à":
        head, _, tail = french.partition(" ")
        french = f"{head}{mark} {tail}" if tail else french
    else:
        french += mark
    phrase = noun_phrase.french()
    if (
        preposition[1].endswith(" de")
        and noun_phrase.determiner == "a"
        and (noun_phrase.french_is_plural or noun_phrase.noun.count == "mass")
    ):
        phrase = " ".join(noun_phrase.french_words())
    return f"{english}{mark} {noun_phrase.english()}", f"{french} {phrase}"


def static_place(rng: random.Random, marker: Marker) -> tuple[str, str]:
    """Where something is or happens: "under the table", "in the garden", "at school", "in Paris"."""
    roll = rng.random()
    if roll < 0.38:
        phrase = random_noun_phrase(
            rng, marker, "surface", determiners="the the the the a possessive this", adjective_rate=0.2
        )
        return _with(rng.choice(ON), phrase, marker)
    if roll < 0.65:
        phrase = random_noun_phrase(
            rng, marker, "roomlike", determiners="the the the the the a possessive this", adjective_rate=0.18
        )
        if phrase.noun.english == "mountain":
            return "in the mountains", "à la montagne"
        return _with(("in", "dans"), phrase, marker)
    if roll < 0.8:
        phrase = random_noun_phrase(rng, marker, "destination", determiners="the", adjective_rate=0)
        if phrase.noun.english in {"countryside", "mountain"}:
            return (
                ("in the countryside", "à la campagne")
                if phrase.noun.english == "countryside"
                else ("in the mountains", "à la montagne")
            )
        if phrase.noun.english in {"garden", "village"}:
            return _with(("in", "dans"), phrase, marker)
        if phrase.noun.english == "school":
            return "at school", "à l'école"
        if phrase.plural:
            return _with(("in", "dans"), phrase, marker)
        return _with(("at", "à"), phrase, marker)
    if roll < 0.9:
        phrase = random_noun_phrase(
            rng,
            marker,
            "building",
            "destination",
            "vehicle",
            "furniture",
            determiners="the the the a possessive",
            adjective_rate=0.15,
        )
        return _with(rng.choice(NEAR), phrase, marker)
    if roll < 0.93:
        return "at home", "à la maison"
    if roll < 0.96:
        city = rng.choice(CITIES)
        return f"in {city[0]}", f"à {city[1]}"
    country = rng.choice(COUNTRIES)
    return f"in {country[0]}", country[1]


def object_place(rng: random.Random, marker: Marker) -> tuple[str, str]:
    """Where a thing lies: on furniture, in a container, in a room."""
    roll = rng.random()
    if roll < 0.5:
        return _with(
            rng.choice(ON),
            random_noun_phrase(rng, marker, "surface", determiners="the the the possessive", adjective_rate=0.2),
            marker,
        )
    if roll < 0.8:
        return _with(
            ("in", "dans"),
            random_noun_phrase(rng, marker, "container", determiners="the the the a possessive", adjective_rate=0.25),
            marker,
        )
    return _with(
        ("in", "dans"),
        random_noun_phrase(rng, marker, "roomlike", determiners="the the possessive", adjective_rate=0.1),
        marker,
    )


def destination(rng: random.Random, marker: Marker) -> tuple[str, str]:
    """Where somebody goes: "to the station", "to school", "home", "to France"."""
    roll = rng.random()
    if roll < 0.72:
        phrase = random_noun_phrase(rng, marker, "destination", determiners="the", adjective_rate=0)
        if phrase.noun.english == "mountain":
            return "to the mountains", "à la montagne"
        if phrase.noun.english in {"garden", "village"}:
            return _with(("to", "dans"), phrase, marker)
        if phrase.noun.english == "school":
            return "to school", "à l'école"
        if phrase.noun.english == "movies":
            return "to the movies", "au cinéma"
        return _with(("to", "à"), phrase, marker)
    if roll < 0.8:
        return "home", "à la maison"
    if roll < 0.9:
        city = rng.choice(CITIES)
        return f"to {city[0]}", f"à {city[1]}"
    country = rng.choice(COUNTRIES)
    return f"to {country[0]}", country[1]


def company(rng: random.Random, marker: Marker) -> tuple[str, str]:
    """With or without whom or what, for whom: "with my brother", "for his mother"."""
    preposition = rng.choice(
        (("with", "avec"), ("with", "avec"), ("with", "avec"), ("without", "sans"), ("for", "pour"))
    )
    phrase = random_noun_phrase(
        rng, marker, "family", "person", "pet", "family", determiners="the possessive possessive a", adjective_rate=0.15
    )
    return _with(preposition, phrase, marker)


def time_for(rng: random.Random, tense: str) -> tuple[str, str]:
    """A time expression that goes with a tense."""
    if rng.random() < 0.12:
        day = rng.choice(DAYS)
        if tense in {"present"}:
            return f"on {day[0]}s", f"le {day[1]}"
        return f"on {day[0]}", day[1]
    if rng.random() < 0.06:
        month = rng.choice(MONTHS)
        return f"in {month[0]}", f"en {month[1]}"
    if rng.random() < 0.08:
        hour = rng.choice((("one o'clock", "une heure"), ("two o'clock", "deux heures"), ("three o'clock", "trois heures"), ("four o'clock", "quatre heures"),
                           ("five o'clock", "cinq heures"), ("six o'clock", "six heures"), ("seven o'clock", "sept heures"), ("eight o'clock", "huit heures"),
                           ("nine o'clock", "neuf heures"), ("ten o'clock", "dix heures"), ("noon", "midi"), ("midnight", "minuit"), ("half past seven", "sept heures et demie")))  # fmt: skip
        return f"at {hour[0]}", f"à {hour[1]}"
    if rng.random() < 0.06:
        return rng.choice(SEASONS)
    if tense in {"past", "past_progressive"}:
        return rng.choice(TIMES["past"])
    if tense in {"future", "going", "must", "can", "have_to", "would_like", "want", "should", "hope"}:
        return rng.choice(TIMES["future"])
    if tense == "progressive":
        return rng.choice(TIMES["now"])
    if tense in {"present", "like", "love"}:
        return rng.choice(TIMES["habit"])
    return ("", "")
