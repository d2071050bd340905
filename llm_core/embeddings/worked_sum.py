"""A sum of words with all that a picture of it shows: what lies near it, its steps, and points in a plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from llm_core.embeddings.arithmetic import Steps, Term, WordSum, add_words, steps_alike
from llm_core.embeddings.likeness import unit_rows
from llm_core.embeddings.neighbours import Neighbours, nearest_tokens
from llm_core.embeddings.point_projections import project
from llm_core.embeddings.token_table import TokenTable, vector_of

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

DRAWN = 5
"""So many neighbours of a sum are drawn as points."""


@dataclass(frozen=True, eq=False)
class WorkedSum:
    """A sum of words beside the tokens of a table.

    Attributes:
        made: The sum.
        found: What lies near it.
        nearest_own: A word of the sum that lies nearer than all else and was left out; None if there is none.
        steps: Whether its two steps are alike; None if it is not of the form ``a - b + c``.
        labels: The words of the sum, each once, then the sum, then its nearest neighbours.
        places: The directions of these in one PCA, shape (label 2).
        arrows: Which labels its steps lead from and to.
        words: How many of the labels are words of the sum.
    """

    made: WordSum
    found: Neighbours
    nearest_own: Neighbours | None
    steps: Steps | None
    labels: tuple[str, ...]
    places: Float32[np.ndarray, "label 2"]
    arrows: tuple[tuple[int, int], ...]
    words: int


def work_sum(
    model: LoadedModel,
    table: TokenTable,
    terms: Sequence[Term],
    count: int,
    *,
    unit_length: bool = True,
    leave_out: bool = True,
) -> WorkedSum:
    """Add words, look for what lies near, and lay both out in a plane.

    Args:
        model: Whose tokenizer splits the words.
        table: Where their vectors are.
        terms: From :func:`llm_core.embeddings.arithmetic.read_sum`.
        count: How many neighbours.
        unit_length: Scale each word's vector to length 1 first.
        leave_out: Leave out the words of the sum, with all their spellings.

    Raises:
        TextError: There is no term, or the tokenizer knows nothing of a word.
        SelectionError: The table has no row for a word, or the count is none.
    """
    made = add_words(model, table, terms, unit_length=unit_length)
    out = made.ids if leave_out else ()
    found = nearest_tokens(table, made.vector, count, leave_out=out, one_spelling=leave_out)
    steps = steps_alike(table, made, int(found.ids[0])) if len(found.ids) else None
    once = {pieces.ids: (pieces, term.word) for term, pieces in zip(made.terms, made.pieces, strict=True)}
    words = unit_rows(np.stack([vector_of(table, pieces) for pieces, _ in once.values()]))
    near = unit_rows(table.vectors[found.ids[:DRAWN]])
    order, after = list(once), len(once)
    arrows: tuple[tuple[int, int], ...] = ()
    if steps is not None:
        first, second, third = (order.index(pieces.ids) for pieces in made.pieces)
        arrows = ((first, after + 1), (second, third))
    own = nearest_tokens(table, made.vector, 1) if leave_out and len(found.ids) else None
    return WorkedSum(
        made=made,
        found=found,
        nearest_own=own if own is not None and int(own.ids[0]) in made.ids else None,
        steps=steps,
        labels=(*(word for _, word in once.values()), "the sum", *found.names[:DRAWN]),
        places=project(np.concatenate([words, unit_rows(made.vector[None]), near])).points,
        arrows=arrows,
        words=after,
    )
