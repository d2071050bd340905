# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Playing, speaking a language, learning a subject: with whom and when."""

from __future__ import annotations

import random

from training.everyday_sentences import _pair
from training.lexicon import Verb
from training.noun_phrases import Pronoun, Subject
from training.places_and_times import (
    time_for,
)
from training.random_phrases import random_subject
from training.surface import Marker, SentencePair
from training.verb_phrases import Clause

_ACTIVITIES = (("football", "au football"), ("soccer", "au football"), ("tennis", "au tennis"), ("basketball", "au basket"), ("chess", "aux échecs"), ("cards", "aux cartes"), ("rugby", "au rugby"), ("volleyball", "au volley"),
               ("the piano", "du piano"), ("the guitar", "de la guitare"), ("the violin", "du violon"), ("the flute", "de la flûte"), ("the drums", "de la batterie"), ("ball", "à la balle"), ("video games", "aux jeux vidéo"), ("hide and seek", "à cache-cache"))  # fmt: skip


_LANGUAGES = (
    ("French", "français"),
    ("English", "anglais"),
    ("Spanish", "espagnol"),
    ("German", "allemand"),
    ("Italian", "italien"),
    ("Chinese", "chinois"),
    ("Japanese", "japonais"),
    ("Arabic", "arabe"),
    ("Russian", "russe"),
)


_SUBJECTS = (
    ("math", "les mathématiques"),
    ("history", "l'histoire"),
    ("science", "les sciences"),
    ("music", "la musique"),
    ("French", "le français"),
    ("geography", "la géographie"),
    ("English", "l'anglais"),
    ("art", "l'art"),
    ("sport", "le sport"),
)


_COMPANY = (
    ("with his friends", "avec ses amis", 3),
    ("with her friends", "avec ses amis", 3),
    ("with my friends", "avec mes amis", 1),
    ("with my brother", "avec mon frère", 1),
    ("with her sister", "avec sa sœur", 3),
    ("with his dog", "avec son chien", 3),
    ("with me", "avec moi", 0),
    ("with us", "avec nous", 0),
    ("with their friends", "avec leurs amis", 6),
    ("with our friends", "avec nos amis", 4),
)


def _company(rng: random.Random, subject: Subject) -> tuple[str, str]:
    fitting = [c for c in _COMPANY if c[2] == subject.person or (c[2] == 0 and subject.person not in (1, 4))]
    if subject.person == 3:
        fitting = [c for c in fitting if ("her" in c[0].split()) == (subject.gender == "f") or c[2] == 0]
    return rng.choice(fitting)[:2] if fitting else ("", "")


def activity(rng: random.Random) -> SentencePair:
    """Playing, speaking a language, learning a subject, with whom and when."""
    marker = Marker()
    subject = random_subject(rng, marker)
    kind = rng.random()
    tense = rng.choice(("present", "present", "past", "future", "can", "want", "progressive", "like", "going"))
    if kind < 0.55:
        what, verb = rng.choice(_ACTIVITIES), Verb("play", "jouer", (), frozenset({"person"}), "intransitive", False)
        if tense == "can":
            tense = "past"
    elif kind < 0.8:
        what, verb = rng.choice(_LANGUAGES), Verb("speak", "parler", (), frozenset({"person"}), "intransitive", False)
        if tense == "can":
            tense = "present"
    else:
        what, verb = (
            rng.choice(_SUBJECTS),
            rng.choice(
                (
                    Verb("learn", "apprendre", (), frozenset(), "transitive", False),
                    Verb("study", "étudier", (), frozenset(), "transitive", False),
                    Verb("like", "aimer", (), frozenset(), "transitive", True),
                )
            ),
        )
        if verb.english == "like":
            tense = rng.choice(("present", "past"))
    clause = Clause(subject, verb, marker, tense)
    if rng.random() < 0.18 and tense in {"present", "past"}:
        clause.negation = "not"
        clause.contracted = rng.random() < 0.4
    extra = rng.choice((_company(rng, subject), time_for(rng, tense), ("", ""), ("", "")))
    if verb.english == "speak" and rng.random() < 0.4 and not clause.negation:
        how = rng.choice((("very well", "très bien"), ("well", "bien"), ("a little", "un peu")))
        extra = ("", "")
        if clause.tense == "present" and not clause.negation:
            return _pair(f"{clause.english()} {what[0]} {how[0]}", f"{clause.french()} {how[1]} {what[1]}")
    clause.place = (f"{what[0]} {extra[0]}", f"{what[1]} {extra[1]}")
    if (
        rng.random() < 0.15
        and isinstance(subject, Pronoun)
        and subject.person != 1
        and tense in {"present", "want", "like"}
        and not clause.negation
    ):
        clause.question = "yes-no"
        return _pair(clause.english(), clause.french(), "?")
    return _pair(clause.english(), clause.french())
