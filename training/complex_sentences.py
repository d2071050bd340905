# ruff: noqa: E501 - a sentence and its translation are read side by side, on one line
"""Sentences of two clauses: conjunctions, conditions, relative clauses, reported thoughts."""

from __future__ import annotations

import random

from training.clause_sentences import _NO_PROGRESSIVE, _PLAIN_TENSES, _pair, _tense, _verb, random_clause
from training.lexicon import lexicon
from training.noun_phrases import Name
from training.random_phrases import pronoun_for, random_noun_phrase, random_pronoun
from training.surface import Marker, SentencePair
from training.verb_phrases import Clause

_CONNECTORS = (
    ("and", "et"),
    ("but", "mais"),
    ("because", "parce que"),
    ("when", "quand"),
    ("so", "alors"),
    ("while", "pendant que"),
)


def two_clauses(rng: random.Random) -> SentencePair:
    """Two clauses with a conjunction; the second often takes up the first subject with a pronoun."""
    marker = Marker()
    past = rng.random() < 0.6
    tenses = (
        ("past", "past", "past_progressive") if past else ("present", "progressive", "present", "must", "want", "can")
    )
    first = random_clause(rng, marker, None, tenses, extras=False)
    connector = rng.choice(_CONNECTORS)
    same = rng.random() < 0.6
    subject = pronoun_for(first.subject, marker) if same else None
    second = random_clause(rng, marker, subject, tenses, extras=False)
    if connector[0] == "while" and second.verb.english not in _NO_PROGRESSIVE:
        second.tense, second.negation = ("past_progressive" if past else "progressive"), ""
    mark = marker()
    comma = "," if connector[0] in {"so", "but"} and rng.random() < 0.6 else ""
    return _pair(
        f"{first.english()}{comma} {connector[0]}{mark} {second.english()}",
        f"{first.french()}{comma} {connector[1]}{mark} {second.french()}",
        kind="two clauses",
    )


def condition(rng: random.Random) -> SentencePair:
    """If and when sentences with present and future."""
    marker = Marker()
    subject = random_pronoun(rng, marker)
    first = random_clause(rng, marker, subject, ("present", "can", "want"), extras=False)
    second = random_clause(
        rng,
        marker,
        pronoun_for(subject, marker) if rng.random() < 0.5 else random_pronoun(rng, marker),
        ("future",),
        extras=False,
    )
    weather = rng.choice(
        (
            ("it rains", "il pleut"),
            ("it snows", "il neige"),
            ("the weather is nice", "il fait beau"),
            ("it is cold", "il fait froid"),
            ("it is hot", "il fait chaud"),
        )
    )
    if rng.random() < 0.35:
        english, french = weather
    else:
        english, french = first.english(), first.french()
    if rng.random() < 0.5:
        return _pair(f"if {english}, {second.english()}", f"si {french}, {second.french()}", kind="two clauses")
    return _pair(f"{second.english()} if {english}", f"{second.french()} si {french}", kind="two clauses")


def relative_clause(rng: random.Random) -> SentencePair:
    """A subject with "who/that/which ..." and a main clause."""
    marker = Marker()
    animal = rng.random() < 0.3
    head = random_noun_phrase(
        rng,
        marker,
        *(("animal", "pet") if animal else ("person", "job", "person")),
        determiners="the the the a this",
        adjective_rate=0.25,
    )
    relative = random_clause(rng, marker, head, _PLAIN_TENSES, extras=False)
    relative.contracted = False
    bare_english, bare_french = _without_subject(relative)
    pronoun = rng.choice(("that", "which")) if animal else rng.choice(("who", "who", "that"))
    english, french = f"{head.english()} {pronoun} {bare_english}", f"{head.french()} qui {bare_french}"
    roll = rng.random()
    if roll < 0.35:
        opener = rng.choice(
            (
                ("I see", "je vois"),
                ("I know", "je connais"),
                ("this is", "c'est"),
                ("there is", "il y a"),
                ("we met", "nous avons rencontré"),
                ("she is looking at", "elle regarde"),
                ("who is", "qui est"),
            )
        )
        if head.plural and opener[0] in {"this is", "there is", "who is"}:
            opener = {
                "this is": ("these are", "ce sont"),
                "there is": ("there are", "il y a"),
                "who is": ("who are", "qui sont"),
            }[opener[0]]
        stop = "?" if opener[0].startswith("who") else "."
        return _pair(f"{opener[0]} {english}", f"{opener[1]} {french}", stop, "relative")
    if roll < 0.6:
        fitting = [a for a in lexicon().adjectives_for(head.noun) if a.english not in {"late"}]
        from training.simple_sentences import predicate

        return _pair(*predicate(rng, marker, head, fitting, english, french), kind="relative")
    main = random_clause(rng, marker, head, _PLAIN_TENSES, extras=False)
    main.contracted = False
    main_english, main_french = _without_subject(main)
    return _pair(f"{english} {main_english}", f"{french} {main_french}", kind="relative")


def _without_subject(clause: Clause) -> tuple[str, str]:
    """A clause's predicate alone: what follows its subject in both languages."""
    english, french = clause.english(), clause.french()
    return english[len(clause.subject.english()) :].strip(), french[len(clause.subject.french()) :].strip()


def object_relative(rng: random.Random) -> SentencePair:
    """The relative pronoun is the object: The book that I read is interesting."""
    marker = Marker()
    subject = rng.choice(
        (
            random_pronoun(rng, marker),
            Name("Paul", "m", marker),
            random_noun_phrase(rng, marker, "person", "family", determiners="the possessive"),
        )
    )
    verb = _verb(rng, "person")
    while verb.french.count(" ") or verb.french.startswith("s'") or " " in verb.english:
        verb = _verb(rng, "person")
    head = random_noun_phrase(rng, marker, rng.choice(verb.objects), determiners="the", adjective_rate=0.25)
    tense = _tense(rng, verb, ("present", "past_progressive", "past", "future"))
    clause = Clause(subject, verb, marker, tense)
    french = clause.french()
    if tense == "past" and not verb.state:
        from training.inflection import french_participle

        bare = french_participle(verb.french)
        french = french.replace(bare, french_participle(verb.french, head.gender, head.french_is_plural))
    link = rng.choice((" that", " that", ""))
    english = f"{head.english()}{link} {clause.english()}"
    french = f"{head.french()} que {french}"
    from training.simple_sentences import predicate

    return _pair(
        *predicate(rng, marker, head, list(lexicon().adjectives_for(head.noun)), english, french), kind="relative"
    )


def reported(rng: random.Random) -> SentencePair:
    """I think that ... She says that ... I do not know why ...."""
    marker = Marker()
    clause = random_clause(
        rng, marker, None, ("present", "progressive", "future", "past", "must"), extras=rng.random() < 0.3
    )
    english, french = rng.choice((
        ("I think that", "je pense que"), ("I think", "je pense que"), ("I know that", "je sais que"), ("she says that", "elle dit que"), ("he says that", "il dit que"),
        ("I hope that", "j'espère que"), ("we know that", "nous savons que"), ("they say that", "ils disent que"), ("I believe that", "je crois que"),
        ("I am sure that", "je suis sûr que"), ("do you know why", "sais-tu pourquoi"), ("I don't know why", "je ne sais pas pourquoi"),
        ("I do not know if", "je ne sais pas si"), ("you know that", "tu sais que"), ("my mother says that", "ma mère dit que"), ("the teacher says that", "le professeur dit que"),
    ))  # fmt: skip
    stop = "?" if english.startswith("do you") else "."
    return _pair(f"{english} {clause.english()}", f"{french} {clause.french()}", stop, "two clauses")
