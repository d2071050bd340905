"""Which tokens of a table are nearest to a vector."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float32, Int
from numpy.typing import ArrayLike

from llm_core.embeddings.likeness import TIED
from llm_core.embeddings.token_table import TokenTable
from llm_core.errors import SelectionError

Measure: TypeAlias = Literal["cosine", "dot"]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest tokens to a vector, nearest first; none to a vector of length 0, which points nowhere.

    Attributes:
        measure: What they are ordered by: ``"cosine"`` of the angle, or ``"dot"`` product.
        ids: Their numbers, shape (neighbour,).
        labels: The tokens as text.
        names: The tokens as prose names them.
        cosine: Cosine of the angle between each and the vector, from -1 to 1; 0 for a token without length.
        dot: Dot product, which grows with the length of both.
        norms: Length of each token's vector.
        norm: Length of the vector itself.
        compared: How many tokens were compared: all but those left out and, by cosine, those without length.
        tied: How many share the first place, as far as float32 tells them apart.
    """

    measure: Measure
    ids: Int[np.ndarray, " neighbour"]
    labels: tuple[str, ...]
    names: tuple[str, ...]
    cosine: Float32[np.ndarray, " neighbour"]
    dot: Float32[np.ndarray, " neighbour"]
    norms: Float32[np.ndarray, " neighbour"]
    norm: float
    compared: int
    tied: int

    def __post_init__(self) -> None:
        for array in (self.ids, self.cosine, self.dot, self.norms):
            array.setflags(write=False)

    @property
    def scores(self) -> Float32[np.ndarray, " neighbour"]:
        """What they are ordered by."""
        return self.cosine if self.measure == "cosine" else self.dot


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
        SelectionError: The vector is not as wide as the table or not finite, or the measure or the count is none.
    """
    cosine, dot = _similarities(table, vector)
    if measure not in ("cosine", "dot"):
        raise SelectionError(f"Expected the measure “cosine” or “dot”, got {measure!r}.")
    if not isinstance(count, int | np.integer) or count < 1:
        raise SelectionError(f"Expected a number of neighbours, 1 or more, got {count!r}.")
    norm = float(np.linalg.norm(np.asarray(vector, np.float32)))
    banned = [number for number in leave_out if 0 <= number < len(cosine)]
    scores = cosine if measure == "cosine" else dot
    some = _comparable(table, measure, banned) if norm else np.zeros(0, np.int64)
    order = some[np.argsort(-scores[some], kind="stable")]
    if one_spelling:
        chosen = _first_spellings(table, order, int(count), {_spelling(table, number) for number in banned})
    else:
        chosen = order[:count]
    best = scores[chosen]
    return Neighbours(
        measure=measure,
        ids=chosen,
        labels=tuple(table.label(int(number)) for number in chosen),
        names=table.names(chosen.tolist()),
        cosine=cosine[chosen],
        dot=dot[chosen],
        norms=table.norms[chosen],
        norm=norm,
        compared=len(some),
        tied=int((abs(scores[some] - best[0]) <= TIED * max(1.0, abs(float(best[0])))).sum()) if len(best) else 0,
    )


def rank_of(
    table: TokenTable, vector: ArrayLike, number: int, *, measure: Measure = "cosine", leave_out: Iterable[int] = ()
) -> int | None:
    """The place of a token among all by nearness to a vector, 1 for the nearest; None where one of them has no length.

    Args:
        table: From :func:`llm_core.token_table`.
        vector: Shape (d_model,), as wide as the table.
        number: The token's number.
        measure: As for :func:`nearest_tokens`.
        leave_out: Ids of tokens that are not counted, such as the vector's own.

    Raises:
        SelectionError: There is no such token, or the vector is not as wide as the table or not finite.
    """
    if not isinstance(number, int | np.integer) or not 0 <= number < len(table.vectors):
        raise SelectionError(f"Expected a token from 0 to {len(table.vectors) - 1:,}, got {number!r}.")
    cosine, dot = _similarities(table, vector)
    if not np.any(np.asarray(vector)) or (measure == "cosine" and not table.norms[number]):
        return None
    scores = cosine if measure == "cosine" else dot
    others = _comparable(table, measure, [other for other in leave_out if 0 <= other < len(scores)])
    return int((scores[others] > scores[number]).sum()) + 1


def _comparable(table: TokenTable, measure: Measure, banned: Iterable[int]) -> np.ndarray:
    """Ids of the tokens that can be near to something: by cosine, those whose vectors have a direction."""
    kept = table.norms > 0 if measure == "cosine" else np.ones(len(table.norms), bool)
    kept[list(banned)] = False
    return np.flatnonzero(kept)


def _similarities(table: TokenTable, vector: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    one = np.asarray(vector, dtype=np.float32)
    if one.shape != table.vectors.shape[1:]:
        raise SelectionError(
            f"Expected a vector of {table.vectors.shape[1]:,} numbers, as wide as the table of {table.model_name}, "
            f"got one of shape {one.shape}."
        )
    if not np.isfinite(one).all():
        raise SelectionError("Expected a vector of finite numbers, got some that are not.")
    dot = table.vectors @ one
    lengths = table.norms * np.linalg.norm(one)
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
