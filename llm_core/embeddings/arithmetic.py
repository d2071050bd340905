"""Sums of words: "king - man + woman" as a vector."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from llm_core.embeddings.likeness import ROUNDING, unit_rows
from llm_core.embeddings.token_table import TokenTable, WordPieces, vector_of, word_pieces
from llm_core.errors import TextError

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

_MINUS = "-−–"
_SIGN = re.compile(rf"(?:^|\s)([{_MINUS}+])")
_SIGN_ANYWHERE = re.compile(rf"([{_MINUS}+])")


@dataclass(frozen=True)
class Term:
    """A word with its sign.

    Attributes:
        sign: 1 or -1.
        word: As typed.
    """

    sign: int
    word: str


@dataclass(frozen=True, eq=False)
class WordSum:
    """A sum of signed words.

    Attributes:
        terms: The words with their signs, in order.
        pieces: The tokens of each word, in the same order.
        vector: The sum, shape (d_model,); exactly 0 where its words cancel each other out.
    """

    terms: tuple[Term, ...]
    pieces: tuple[WordPieces, ...]
    vector: Float32[np.ndarray, " d_model"]

    def __post_init__(self) -> None:
        self.vector.setflags(write=False)

    @property
    def ids(self) -> frozenset[int]:
        """Every token of the words."""
        return frozenset(number for pieces in self.pieces for number in pieces.ids)

    @property
    def split(self) -> tuple[WordPieces, ...]:
        """The words of several tokens, whose mean was taken."""
        return tuple(pieces for pieces in self.pieces if len(pieces.tokens) > 1)


def read_sum(text: str) -> tuple[Term, ...]:
    """Read "king - man + woman": signs stand after a space, or anywhere if there is no space at all.

    Raises:
        TextError: A word or a sign is missing.
    """
    if not isinstance(text, str) or not text.strip():
        raise TextError("Expected a sum of words such as “king - man + woman”, got none. Type one.")
    stripped = text.strip()
    signs = _SIGN if re.search(r"\s", stripped) else _SIGN_ANYWHERE
    parts = signs.split(stripped)
    terms = []
    if parts[0].strip():
        terms.append(Term(1, parts[0].strip()))
    for sign, word in zip(parts[1::2], parts[2::2], strict=True):
        if not word.strip():
            raise TextError(f"Expected a word after each sign, but nothing stands after a “{sign}” in “{stripped}”.")
        terms.append(Term(-1 if sign in _MINUS else 1, word.strip()))
    return tuple(terms)


def add_words(model: LoadedModel, table: TokenTable, terms: Sequence[Term], *, unit_length: bool = True) -> WordSum:
    """Add and subtract the vectors of words (Mikolov et al. 2013, "Linguistic regularities").

    Args:
        model: Whose tokenizer splits the words; a word of several tokens stands for the mean of their vectors.
        table: Where the vectors are.
        terms: From :func:`read_sum`.
        unit_length: Scale each word's vector to length 1 first, so that none outweighs the others.

    Raises:
        TextError: There is no term, or the tokenizer knows nothing of a word.
    """
    if not terms:
        raise TextError("Expected at least one word to add, got none.")
    pieces = tuple(word_pieces(model, term.word) for term in terms)
    vectors = np.stack([vector_of(table, word) for word in pieces]).astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if unit_length:
        vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    total = np.array([term.sign for term in terms]) @ vectors
    if np.linalg.norm(total) <= ROUNDING * np.linalg.norm(vectors, axis=1).sum():
        total[:] = 0
    return WordSum(tuple(terms), pieces, total.astype(np.float32))


@dataclass(frozen=True)
class Steps:
    """Whether the step from ``b`` to ``c`` is that from ``a`` to what was found for ``a - b + c``.

    Attributes:
        cosine: Of the two steps, over all numbers of the vectors.
        median: The cosine that half of all tokens reach in place of what was found.
    """

    cosine: float
    median: float


def steps_alike(table: TokenTable, made: WordSum, found: int) -> Steps | None:
    """Compare the two steps of a sum ``a - b + c``, each word at length 1.

    The sum itself is no witness: by construction the way to it is exactly the other step.

    Args:
        table: Where the vectors are.
        made: From :func:`add_words`.
        found: The token that stands for the fourth word.

    Returns:
        None if the sum is not of this form, or one of the steps has no length.
    """
    if [term.sign for term in made.terms] != [1, -1, 1]:
        return None
    first, second, third = unit_rows(np.stack([vector_of(table, pieces) for pieces in made.pieces]))
    step = unit_rows((third - second)[None])[0]
    others = np.divide(
        table.vectors, table.norms[:, None], out=np.zeros_like(table.vectors), where=table.norms[:, None] > 0
    )
    cosines = unit_rows(others - first) @ step
    if not step.any() or not (others[found] - first).any():
        return None
    return Steps(float(cosines[found]), float(np.median(cosines)))
