"""Which tokens of a table are nearest to a vector."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float32, Int
from numpy.typing import ArrayLike

from llm_core.embeddings.token_table import TokenTable
from llm_core.errors import SelectionError

Measure: TypeAlias = Literal["cosine", "dot"]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest tokens to a vector, nearest first.

    Attributes:
        measure: What they are ordered by: ``"cosine"`` of the angle, or ``"dot"`` product.
        ids: Their numbers, shape (neighbour,).
        labels: The tokens as text.
        cosine: Cosine of the angle between each and the vector, from -1 to 1.
        dot: Dot product, which grows with the length of both.
        norms: Length of each token's vector.
        norm: Length of the vector itself.
        compared: How many tokens were compared.
    """

    measure: Measure
    ids: Int[np.ndarray, " neighbour"]
    labels: tuple[str, ...]
    cosine: Float32[np.ndarray, " neighbour"]
    dot: Float32[np.ndarray, " neighbour"]
    norms: Float32[np.ndarray, " neighbour"]
    norm: float
    compared: int

    def __post_init__(self) -> None:
        for array in (self.ids, self.cosine, self.dot, self.norms):
            array.setflags(write=False)


def nearest_tokens(
    table: TokenTable,
    vector: ArrayLike,
    count: int = 20,
    *,
    measure: Measure = "cosine",
    leave_out: Iterable[int] = (),
    one_spelling: bool = False,
) -> Neighbours:
    """Compare a vector with every token of a table.

    Args:
        table: From :func:`llm_core.token_table`.
        vector: Shape (d_model,), as wide as the table.
        count: How many neighbours, at least 1.
        measure: ``"cosine"`` looks at directions alone; ``"dot"`` favours long vectors.
        leave_out: Ids of tokens that are not to be named.
        one_spelling: Name each word once, whatever its capitals and spaces; those left out with all spellings.

    Raises:
        SelectionError: The vector is not as wide as the table, or the measure or the count is none.
    """
    cosine, dot = _similarities(table, vector)
    if measure not in ("cosine", "dot"):
        raise SelectionError(f"Expected the measure “cosine” or “dot”, got {measure!r}.")
    if not isinstance(count, int | np.integer) or count < 1:
        raise SelectionError(f"Expected a number of neighbours, 1 or more, got {count!r}.")
    scores = (cosine if measure == "cosine" else dot).copy()
    banned = [number for number in leave_out if 0 <= number < len(scores)]
    scores[banned] = -np.inf
    order = np.argsort(-scores, kind="stable")[: len(scores) - len(set(banned))]
    if one_spelling:
        chosen = _first_spellings(table, order, int(count), {_spelling(table, number) for number in banned})
    else:
        chosen = order[:count]
    return Neighbours(
        measure=measure,
        ids=chosen,
        labels=tuple(table.label(int(number)) for number in chosen),
        cosine=cosine[chosen],
        dot=dot[chosen],
        norms=table.norms[chosen],
        norm=float(np.linalg.norm(np.asarray(vector, np.float32))),
        compared=len(scores),
    )


def rank_of(table: TokenTable, vector: ArrayLike, number: int, *, measure: Measure = "cosine") -> int:
    """The place of a token among all by nearness to a vector, 1 for the nearest.

    Raises:
        SelectionError: There is no such token, or the vector is not as wide as the table.
    """
    if not isinstance(number, int | np.integer) or not 0 <= number < len(table.vectors):
        raise SelectionError(f"Expected a token from 0 to {len(table.vectors) - 1:,}, got {number!r}.")
    cosine, dot = _similarities(table, vector)
    scores = cosine if measure == "cosine" else dot
    return int((scores > scores[number]).sum()) + 1


def _similarities(table: TokenTable, vector: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    one = np.asarray(vector, dtype=np.float32)
    if one.shape != table.vectors.shape[1:]:
        raise SelectionError(
            f"Expected a vector of {table.vectors.shape[1]:,} numbers, as wide as the table of {table.model_name}, "
            f"got one of shape {one.shape}."
        )
    dot = table.vectors @ one
    lengths = table.norms * np.linalg.norm(one)
    # A vector without length has no direction: it is at right angles to everything.
    cosine = np.divide(dot, lengths, out=np.zeros_like(dot), where=lengths > 0)
    return np.clip(cosine, -1, 1), dot


def _first_spellings(table: TokenTable, order: np.ndarray, count: int, known: set[str]) -> np.ndarray:
    chosen: list[int] = []
    known = set(known)
    for number in order:
        spelling = _spelling(table, int(number))
        if spelling not in known:
            known.add(spelling)
            chosen.append(int(number))
        if len(chosen) == count:
            break
    return np.array(chosen, dtype=order.dtype)


def _spelling(table: TokenTable, number: int) -> str:
    return table.tokens[number].text.strip().casefold()
