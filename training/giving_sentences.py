"""Sentences in which somebody gives, shows or says something to somebody."""

from __future__ import annotations

import random

from training.clause_sentences import _pair, _tense
from training.lexicon import lexicon
from training.random_phrases import random_noun_phrase, random_subject
from training.surface import Marker, SentencePair
from training.verb_phrases import Clause


def giving(rng: random.Random) -> SentencePair:
    """An indirect object: She gave the boy a book. He showed me the letter."""
    marker = Marker()
    subject = random_subject(rng, marker)
    verb = rng.choice(
        [
            v
            for v in lexicon().verbs
            if v.english in {"give", "show", "send", "bring", "lend", "sell", "read", "write", "explain"}
            and v.frame == "transitive"
        ]
    )
    tense = _tense(rng, verb, ("present", "past", "past", "past", "future", "going", "want", "must", "can"))
    clause = Clause(subject, verb, marker, tense)
    clause.object = random_noun_phrase(
        rng, marker, rng.choice(verb.objects), determiners="the a a possessive number this"
    )
    if rng.random() < 0.45 or verb.english == "explain":
        receiver = random_noun_phrase(rng, marker, "person", "family", "job", "person", determiners="the possessive")
        clause.place = (f"to {receiver.english()}", f"à {receiver.french()}")
        if verb.english != "explain" and rng.random() < 0.5:
            english = clause.english()
            moved = english.replace(
                clause.object.english() + " " + clause.place[0], receiver.english() + " " + clause.object.english()
            )
            return _pair(moved, clause.french())
        return _pair(clause.english(), clause.french())
    pronouns = [
        p
        for p in (
            (1, "me", "me"),
            (2, "you", "te"),
            (3, "him", "lui"),
            (3, "her", "lui"),
            (4, "us", "nous"),
            (6, "them", "leur"),
        )
        if p[0] != subject.person
    ]
    _, english_pronoun, french_pronoun = rng.choice(pronouns)
    english = clause.english().replace(clause.object.english(), f"{english_pronoun} {clause.object.english()}")
    finite, _, _, modal = clause._french_parts()
    french = clause.french()
    if modal:
        french = french.replace(verb.french, f"{french_pronoun} {verb.french}", 1)
    else:
        french = french.replace(f" {finite} ", f" {french_pronoun} {finite} ", 1)
    return _pair(english, french)
