"""Inflected forms of single words, asked of pyrealb and remembered.

pyrealb keeps one current language for the whole process, so this is the only file that talks to it.
"""

from __future__ import annotations

import re
import warnings
from functools import cache

with warnings.catch_warnings():
    # pyrealb leaves the lexicon files that it reads to the garbage collector.
    warnings.simplefilter("ignore", ResourceWarning)
    import pyrealb
    from pyrealb import A, N, V

_current_language = ""

#: French persons 1..6: je, tu, il, nous, vous, ils.
PERSONS = {1: (1, "s"), 2: (2, "s"), 3: (3, "s"), 4: (1, "p"), 5: (2, "p"), 6: (3, "p")}

# Words that pyrealb's lexicons lack, with the inflection table of a word like them.
_ADDED_FRENCH = {
    "t-shirt": {"N": {"g": "m", "tab": "n3"}},
    "courriel": {"N": {"g": "m", "tab": "n3"}},
    "cerf-volant": {"N": {"g": "m", "tab": "n3"}},
    "hamburger": {"N": {"g": "m", "tab": "n3"}},
    "bondé": {"A": {"tab": "n28"}},
    "surpris": {"A": {"tab": "n27"}},  # like "gris"
}
_ADDED_ENGLISH = {
    name: {"N": {"tab": "n1"}}
    for name in ("backpack", "laptop", "email", "classmate", "cafeteria", "schoolbag", "rainbow", "goldfish")
}

_ENGLISH_NOUN_PLURALS = {
    "grandson": "grandsons", "fish": "fish", "sheep": "sheep", "deer": "deer", "goldfish": "goldfish",
    "T-shirt": "T-shirts", "man": "men", "woman": "women", "child": "children", "gentleman": "gentlemen",
    "policeman": "policemen", "fisherman": "fishermen", "postman": "postmen", "stairs": "stairs",
    "piece of furniture": "pieces of furniture", "leaf": "leaves", "knife": "knives", "thief": "thieves",
    "shelf": "shelves", "wolf": "wolves", "mouse": "mice", "goose": "geese", "foot": "feet", "tooth": "teeth",
    "wife": "wives", "scarf": "scarves",
}  # fmt: skip

_FRENCH_NOUN_PLURALS = {
    "œil": "yeux", "monsieur": "messieurs", "travail": "travaux", "t-shirt": "t-shirts", "arc-en-ciel": "arcs-en-ciel",
    "grand-mère": "grands-mères", "grand-père": "grands-pères", "petit-fils": "petits-fils",
    "petite-fille": "petites-filles", "cerf-volant": "cerfs-volants", "pizza": "pizzas", "pneu": "pneus",
}  # fmt: skip


def _use(language: str) -> None:
    """Make one language pyrealb's current one."""
    global _current_language
    if language == _current_language:
        return
    if language == "fr":
        pyrealb.loadFr()
        additions = _ADDED_FRENCH
    else:
        pyrealb.loadEn()
        additions = _ADDED_ENGLISH
    for lemma, entry in additions.items():
        if pyrealb.getLemma(lemma) is None:
            pyrealb.addToLexicon(lemma, entry)
    _current_language = language


def _realised(word: object, what: str) -> str:
    text = str(word.realize()).strip()  # type: ignore[attr-defined]
    if not text or "[[" in text:
        raise ValueError(f"pyrealb has no form for {what}: got {text!r}. Add the word in training/inflection.py.")
    return text


@cache
def french_gender(noun: str) -> str | None:
    """Pyrealb's gender of a French noun: 'm', 'f', 'x' (either) or None when the noun is unknown."""
    _use("fr")
    entry = pyrealb.getLemma(noun)
    if not isinstance(entry, dict) or "N" not in entry:
        return None
    return str(entry["N"]["g"])


@cache
def french_plural(noun: str) -> str:
    """The plural of a French noun; of a noun with a complement ("pomme de terre") its first word's."""
    if noun in _FRENCH_NOUN_PLURALS:
        return _FRENCH_NOUN_PLURALS[noun]
    head, space, rest = noun.partition(" ")
    if space:
        if rest.split()[0] in {"de", "à", "en"} or rest.startswith("d'"):
            return f"{french_plural(head)} {rest}"
        plural_rest = rest if rest[-1] in "sx" else rest + "s"
        if rest.endswith("al"):
            plural_rest = rest[:-2] + "aux"
        elif rest == "animé":
            plural_rest = "animés"
        return f"{french_plural(head)} {plural_rest}"
    _use("fr")
    if french_gender(noun) is None:
        return noun if noun[-1] in "sxz" else noun + ("x" if noun.endswith(("eau", "eu")) else "s")
    return _realised(N(noun).n("p"), f"the plural of {noun!r}")


@cache
def english_plural(noun: str) -> str:
    """The plural of an English noun; of several words the last is inflected."""
    if noun in _ENGLISH_NOUN_PLURALS:
        return _ENGLISH_NOUN_PLURALS[noun]
    head, space, last = noun.rpartition(" ")
    if last in _ENGLISH_NOUN_PLURALS:
        plural = _ENGLISH_NOUN_PLURALS[last]
    elif re.search(r"(s|x|z|ch|sh)$", last) or last in {"potato", "tomato", "hero", "volcano"}:
        plural = last + "es"
    elif re.search(r"[^aeiou]y$", last):
        plural = last[:-1] + "ies"
    else:
        plural = last + "s"
    return f"{head}{space}{plural}"


@cache
def french_adjective(lemma: str, gender: str, plural: bool) -> str:
    """A French adjective agreeing in gender ('m' or 'f') and number."""
    _use("fr")
    return _realised(A(lemma).g(gender).n("p" if plural else "s"), f"the adjective {lemma!r}")


@cache
def english_degree(lemma: str, degree: str) -> str:
    """'co' (comparative) or 'su' (superlative) of an English adjective, with "more"/"most" where needed."""
    irregular = {"good": ("better", "best"), "bad": ("worse", "worst"), "far": ("farther", "farthest")}
    if lemma in irregular:
        return irregular[lemma][degree == "su"]
    ending = "est" if degree == "su" else "er"
    syllables = len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", lemma)))
    if syllables == 1 and lemma not in {"French", "lost", "fun", "bored", "scared", "striped"}:
        if lemma.endswith("e"):
            return lemma + ending[1:]
        if lemma.endswith("y"):
            return lemma[:-1] + "i" + ending if lemma not in {"shy", "grey", "gray"} else lemma + ending
        if re.search(r"[^aeiou][aeiou][bdgmnpt]$", lemma):
            return lemma + lemma[-1] + ending
        return lemma + ending
    if syllables == 2 and lemma.endswith("y"):
        return lemma[:-1] + "i" + ending
    if lemma in {"simple", "little", "narrow", "quiet", "clever"}:
        return lemma + (ending[1:] if lemma.endswith("e") else ending)
    return ("most " if degree == "su" else "more ") + lemma


@cache
def french_verb(lemma: str, tense: str, person: int) -> str:
    """A simple form of a French verb: tense 'p', 'i', 'f', 'c', 's' or 'ip'; person 1..6."""
    _use("fr")
    number = PERSONS[person]
    return _realised(V(lemma).t(tense).pe(number[0]).n(number[1]), f"the verb {lemma!r}")


@cache
def french_participle(lemma: str, gender: str = "m", plural: bool = False) -> str:
    """The past participle of a French verb, agreeing in gender and number."""
    _use("fr")
    participle = _realised(V(lemma).t("pp"), f"the participle of {lemma!r}")
    if gender == "f":
        participle += "e"
    if plural and not participle.endswith("s"):
        participle += "s"
    return participle


@cache
def english_verb(lemma: str, form: str, third: bool = False) -> str:
    """One English verb form: 'base', 'p' (present), 'ps' (past), 'pp' (participle) or 'pr' (-ing)."""
    if form == "base":
        return lemma
    irregular = {
        ("lie", "ps"): "lay", ("lie", "pp"): "lain", ("lie", "pr"): "lying", ("hug", "ps"): "hugged",
        ("hug", "pp"): "hugged", ("hug", "pr"): "hugging", ("phone", "ps"): "phoned", ("wake", "ps"): "woke",
        ("wake", "pp"): "woken", ("learn", "ps"): "learned", ("learn", "pp"): "learned",
        ("dream", "ps"): "dreamed", ("dream", "pp"): "dreamed", ("get", "pp"): "gotten",
    }  # fmt: skip
    if (lemma, form) in irregular:
        return irregular[lemma, form]
    _use("en")
    if form == "p":
        return _realised(V(lemma).t("p").pe(3 if third else 1).n("s" if third else "p"), f"the verb {lemma!r}")
    return _realised(V(lemma).t(form), f"the verb {lemma!r}")
