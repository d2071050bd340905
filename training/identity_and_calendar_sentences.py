# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""What somebody or something is, where it comes from, and days, dates and hours."""

from __future__ import annotations

import random

from training.inflection import (
    english_plural,
    french_verb,
)
from training.lexicon import lexicon
from training.noun_phrases import Pronoun
from training.places_and_times import (
    CITIES,
    COUNTRIES,
    DAYS,
    MONTHS,
    destination,
)
from training.random_phrases import random_noun_phrase, random_pronoun, random_subject
from training.simple_sentences import _THINGS, _pair, english_be
from training.surface import Marker, SentencePair


def being(rng: random.Random) -> SentencePair:
    """She is a doctor. This is my brother. Paul is from London. It is a red car."""
    marker = Marker()
    roll = rng.random()
    if roll < 0.3:
        subject = rng.choice((random_pronoun(rng, marker), random_subject(rng, marker)))
        feminine = subject.gender == "f"
        jobs = [n for n in lexicon().nouns if "job" in n.classes and (n.gender == "f") == feminine] or [
            n for n in lexicon().nouns if n.english in {"nurse"}
        ]
        if feminine:
            jobs = jobs + [
                n
                for n in lexicon().nouns
                if n.french
                in {"professeur", "médecin", "dentiste", "journaliste", "artiste", "juge", "architecte", "photographe"}
            ]
        job, mark = rng.choice(jobs), marker()
        if subject.english_is_plural:
            from training.inflection import french_plural

            return _pair(
                f"{subject.english()} are {english_plural(job.english)}{mark}",
                f"{subject.french()} {french_verb('être', 'p', subject.person)} {french_plural(job.french)}{mark}",
            )
        article = "an" if job.english[0] in "aeiou" else "a"
        if rng.random() < 0.25:
            third = not (isinstance(subject, Pronoun) and subject.person <= 2)
            return _pair(
                f"{subject.english()} want{'s' if third else ''} to become {article} {job.english}{mark}",
                f"{subject.french()} {french_verb('vouloir', 'p', subject.person)} devenir {job.french}{mark}",
            )
        return _pair(
            f"{subject.english()} {english_be(subject)} {article} {job.english}{mark}",
            f"{subject.french()} {french_verb('être', 'p', subject.person)} {job.french}{mark}",
        )
    thing = random_noun_phrase(
        rng,
        marker,
        rng.choice((*_THINGS, "family", "person", "family")),
        determiners="a a a possessive possessive the",
        adjective_rate=0.5,
    )
    plural = thing.french_is_plural and thing.english_is_plural
    if thing.french_is_plural != thing.english_is_plural or thing.noun.count == "mass":
        return being(rng)
    if roll < 0.7:
        opener = rng.choice(
            (("these are", "ce sont"), ("they are", "ce sont"), ("those are", "ce sont"))
            if plural
            else (
                ("this is", "c'est"),
                ("it is", "c'est"),
                ("that is", "c'est"),
                ("it's", "c'est"),
                ("it was", "c'était"),
            )
        )
        return _pair(f"{opener[0]} {thing.english()}", f"{opener[1]} {thing.french()}")
    if roll < 0.8:
        if plural:
            return being(rng)
        return _pair(
            f"{rng.choice(('is this', 'is it', 'is that'))} {thing.english()}", f"est-ce {thing.french()}", "?"
        )
    if roll < 0.88 and not plural:
        return _pair(f"{rng.choice(('this is', 'it is'))} not {thing.english()}", f"ce n'est pas {thing.french()}")
    subject = random_subject(rng, marker)
    if rng.random() < 0.5:
        city = rng.choice(CITIES)
        return _pair(
            f"{subject.english()} {english_be(subject)} from {city[0]}",
            f"{subject.french()} {french_verb('venir', 'p', subject.person)} de {city[1]}",
        )
    country = rng.choice(COUNTRIES)
    return _pair(
        f"{subject.english()} {english_be(subject)} in {country[0]}",
        f"{subject.french()} {french_verb('être', 'p', subject.person)} {country[1]}",
    )


def calendar(rng: random.Random) -> SentencePair:
    """Days, dates and hours."""
    marker = Marker()
    day, month, number = rng.choice(DAYS), rng.choice(MONTHS), rng.randint(1, 31)
    hours = (
        ("one", "une"),
        ("two", "deux"),
        ("three", "trois"),
        ("four", "quatre"),
        ("five", "cinq"),
        ("six", "six"),
        ("seven", "sept"),
        ("eight", "huit"),
        ("nine", "neuf"),
        ("ten", "dix"),
        ("eleven", "onze"),
    )
    hour = rng.choice(hours)
    heure = "heure" if hour[1] == "une" else "heures"
    mark = marker()
    place = destination(rng, marker)
    event = random_noun_phrase(
        rng, marker, rng.choice(("watchable", "vehicle", "destination", "task")), determiners="the", adjective_rate=0
    )
    choices = [
        (f"today is {day[0]}{mark}", f"aujourd'hui, c'est {day[1]}{mark}"), (f"tomorrow is {day[0]}{mark}", f"demain, c'est {day[1]}{mark}"),
        (f"it is {hour[0]}{mark} o'clock", f"il est {hour[1]}{mark} {heure}"), (f"it is half past {hour[0]}{mark}", f"il est {hour[1]}{mark} {heure} et demie"),
        (f"my birthday is in {month[0]}{mark}", f"mon anniversaire est en {month[1]}{mark}"), (f"it is {day[0]}{mark}", f"c'est {day[1]}{mark}"),
        (f"today is {month[0]} {number}", f"aujourd'hui, c'est le {number if number > 1 else '1er'} {month[1]}"),
        (f"on {day[0]}, we are going {place[0]}", f"{day[1]}, nous allons {place[1]}"), (f"I will go {place[0]} on {day[0]}{mark}", f"j'irai {place[1]} {day[1]}{mark}"),
        (f"{event.english()} {'start' if event.english_is_plural else 'starts'} at {hour[0]}{mark} o'clock", f"{event.french()} {french_verb('commencer', 'p', event.person)} à {hour[1]}{mark} {heure}"),
        (f"it is very cold in {month[0]}{mark}", f"il fait très froid en {month[1]}{mark}"), (f"see you on {day[0]}", f"à {day[1]}"),
        (f"see you at {hour[0]} o'clock", f"à {hour[1]} {heure}"), (f"{day[0]} is my favorite day", f"le {day[1]} est mon jour préféré"),
    ]  # fmt: skip
    return _pair(*rng.choice(choices))
