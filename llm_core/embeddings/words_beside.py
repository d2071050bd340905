"""Where words of one's own stand among the neighbours of a vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from llm_core.embeddings.likeness import unit_rows
from llm_core.embeddings.neighbours import Measure, rank_of
from llm_core.embeddings.token_table import TokenTable, vector_of, word_pieces
from llm_core.errors import SelectionError, TextError

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


@dataclass(frozen=True)
class WordBeside:
    """A word beside a vector.

    Attributes:
        word: As typed.
        ids: Its tokens by number.
        rank: Its place among all tokens by nearness, 1 for the nearest; None for a word of several tokens, for one of
            the vector's own, and where it has no direction.
        cosine: Cosine of the angle between the two.
        dot: Their dot product.
        norm: Length of the word's vector.
    """

    word: str
    ids: tuple[int, ...]
    rank: int | None
    cosine: float
    dot: float
    norm: float


@dataclass(frozen=True)
class WordsBeside:
    """Words beside a vector.

    Attributes:
        found: Those that the tokenizer and the table know, in the order given.
        unknown: The others.
    """

    found: tuple[WordBeside, ...]
    unknown: tuple[str, ...]


def words_beside(
    model: LoadedModel,
    table: TokenTable,
    vector: Float32[np.ndarray, " d_model"],
    words: Sequence[str],
    *,
    measure: Measure = "cosine",
    own: Sequence[int] = (),
) -> WordsBeside:
    """Look up words among the neighbours of a vector.

    Args:
        model: Whose tokenizer splits the words.
        table: From :func:`llm_core.embeddings.token_table.token_table`.
        vector: Shape (d_model,), as wide as the table.
        words: The words.
        measure: What ranks are by; see :func:`llm_core.embeddings.neighbours.nearest_tokens`.
        own: Tokens that the vector itself is made of; they are not counted.
    """
    found, unknown = [], []
    for word in words:
        try:
            pieces = word_pieces(model, word)
            other = vector_of(table, pieces)
        except (TextError, SelectionError):
            unknown.append(word)
            continue
        single = len(pieces.ids) == 1 and pieces.ids[0] not in own
        rank = rank_of(table, vector, pieces.ids[0], measure=measure, leave_out=own) if single else None
        cosine = float(unit_rows(vector) @ unit_rows(other))
        norm = float(np.linalg.norm(other))
        found.append(WordBeside(word, pieces.ids, rank, cosine, float(np.dot(vector, other)), norm))
    return WordsBeside(tuple(found), tuple(unknown))
