"""Vocabularies of a few sentences that are the same on every machine.

The library's trainers of WordPiece and Unigram settle ties by the order of a hash map: two runs give two tokenizers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def wordpieces(words: Sequence[str], size: int) -> dict[str, int]:
    """Numbers of at most `size` pieces: special tokens, letters that begin or go on, and whole words and parts."""
    counted = Counter(piece if start == 0 else f"##{piece}" for word in words for start, piece in _parts(word))
    letters = sorted({letter for word in words for letter in word})
    basic = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    return {piece: number for number, piece in enumerate([*basic, *_best(counted, words, basic, size)])}


def unigrams(words: Sequence[str], size: int) -> list[tuple[str, float]]:
    """At most `size` pieces and the logarithms of their shares: special tokens, letters, whole words and parts."""
    counted = Counter(piece for word in words for _, piece in _parts(word))
    basic = sorted({letter for word in words for letter in word})
    pieces = [*basic, *_best(counted, words, basic, size - len(SPECIAL))]
    total = sum(counted[piece] for piece in pieces)
    return [*((piece, 0.0) for piece in SPECIAL), *((piece, math.log(counted[piece] / total)) for piece in pieces)]


def _parts(word: str) -> list[tuple[int, str]]:
    ends = range(1, len(word) + 1)
    return [(start, word[start:end]) for end in ends for start in range(end)]


def _best(counted: Counter[str], words: Sequence[str], taken: Sequence[str], size: int) -> list[str]:
    """What is worth a number beside the pieces taken: whole words, then the parts that save most letters."""

    def saved(piece: str) -> tuple[bool, int, str]:
        return piece not in whole, -counted[piece] * (len(piece.removeprefix("##")) - 1), piece

    whole = set(words)
    rest = sorted(set(counted) - set(taken), key=saved)
    return rest[: max(0, size - len(taken))]
