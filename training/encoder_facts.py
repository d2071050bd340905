"""Simple facts as sentences: the wordings in ``data/wordings.tsv`` filled from ``countries.tsv`` and ``facts.tsv``."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict

from training.paths import read_table

#: A wording that is never trained: asked with it, the model has to know the fact and not the sentence.
KEPT_WORDING = "{capital} is the capital of {country}."


def _worded(wording: str, fact: dict[str, str]) -> str:
    text = re.sub(r"\{([a-z]+)\}", lambda slot: fact[slot[1]], wording)
    text = re.sub(r"\{([A-Z]\w+)\}", lambda slot: fact[slot[1].lower()], text)
    text = re.sub(r"\b([Aa]) (?=[aeiouAEIOU])", r"\1n ", text)
    text = re.sub(r"\b(?:[Aa]n?|the) (an?|the) ", r"\1 ", text)
    return text[0].upper() + text[1:]


def _kept_fact(fact: dict[str, str]) -> bool:
    """A tenth of the facts is never trained in any wording (France is trained)."""
    return zlib.crc32(" ".join(fact.values()).encode()) % 10 == 0 and fact.get("country") != "France"


def fact_sentences() -> tuple[list[str], list[str], list[str]]:
    """(trained sentences, trained facts in a wording that is never trained, facts that are never trained)."""
    wordings: dict[str, list[str]] = defaultdict(list)
    for row in read_table("wordings.tsv"):
        wordings[row["relation"]].append(row["wording"])
    facts = [row | {"relation": "country"} for row in read_table("countries.tsv")] + read_table("facts.tsv")
    trained, new_wording, new_fact = set(), set(), set()
    for fact in facts:
        for wording in wordings[fact["relation"]]:
            sentence = _worded(wording, fact)
            if _kept_fact(fact):
                new_fact.add(sentence)
            elif wording == KEPT_WORDING:
                new_wording.add(sentence)
            else:
                trained.add(sentence)
    return sorted(trained), sorted(new_wording), sorted(new_fact - trained)
