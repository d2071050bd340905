"""How many of a question's words a passage holds, rare words counting more (Okapi BM25)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log

import numpy as np
from jaxtyping import Float32

from llm_core.applications.documents import Passage

REPEATS, LENGTH = 1.2, 0.75
"""How soon a repeated word stops counting, and how much a long passage is held back (Robertson and Zaragoza 2009)."""

_ENDING = re.compile(r"(ing|es|ed|s)$")


def shared_words(question: str, passages: Sequence[Passage]) -> Float32[np.ndarray, " passage"]:
    """BM25 of each passage and the name of its document, over the most that a passage could reach; from 0 to 1.

    Words without content are left out, and the endings of plurals and verbs cut off.
    """
    held = [Counter(content_words(f"{passage.document} {passage.text}")) for passage in passages]
    mean = sum(words.total() for words in held) / max(1, len(held)) or 1.0
    scores, most = np.zeros(len(passages)), 0.0
    for word in dict.fromkeys(content_words(question)):
        having = sum(word in words for words in held)
        rarity = log(1 + (len(held) - having + 0.5) / (having + 0.5))
        most += rarity * (1 + REPEATS)
        for place, words in enumerate(held):
            times = words[word]
            long = 1 - LENGTH + LENGTH * words.total() / mean
            scores[place] += rarity * (1 + REPEATS) * times / (times + REPEATS * long)
    return np.asarray(scores / most if most else scores, np.float32)


def content_words(text: str) -> list[str]:
    """The words of a text in small letters, without common ones and without endings."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    found = re.findall(r"\w+", text.lower())
    return [_ENDING.sub("", word) if len(word) > 4 else word for word in found if word not in ENGLISH_STOP_WORDS]
