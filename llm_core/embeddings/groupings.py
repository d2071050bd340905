"""Whether a word's gap between meanings is more than any grouping of its sentences would show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import factorial, prod

import numpy as np

from llm_core.embeddings.likeness import TIED
from llm_core.embeddings.word_contexts import WordInContexts

FEWEST_GROUPINGS = 20
"""With fewer ways to group the sentences, even the best of them all says little."""

MOST_GROUPINGS = 1000
"""More ways than this are drawn at random instead of gone through."""


@dataclass(frozen=True)
class Groupings:
    """What the largest gap would be if the same sentences were grouped otherwise.

    Attributes:
        count: Ways to put the sentences into groups of the same sizes, the visitor's among them.
        tried: How many of these were gone through; all, or that many drawn at random.
        as_good: The share of these that reach the visitor's largest gap, which itself does.
        best_other: The largest gap of any other; NaN if there is no other.
    """

    count: int
    tried: int
    as_good: float
    best_other: float


def groupings(made: WordInContexts, *, seed: int = 0) -> Groupings | None:
    """How far the largest centred gap of any layer depends on the grouping by meaning (a permutation test).

    None where there is no gap: no two sentences of one meaning, or none of another.
    """
    gap = made.curves(centred=True).gap
    if not np.isfinite(gap).any():
        return None
    similar = made.similarities(centred=True)
    ways, count = _ways(made.of, seed)
    one, other = np.triu_indices(len(made.of), 1)
    alike = ways[:, one] == ways[:, other]
    cosines = similar[:, one, other].astype(np.float64)
    within, whole = alike @ cosines.T, cosines.sum(axis=1)
    same = alike.sum(axis=1, keepdims=True)
    largest = (within / same - (whole - within) / (len(one) - same)).max(axis=1)
    own, others = largest[0], largest[1:]
    return Groupings(
        count=count,
        tried=len(ways),
        as_good=float((largest >= own - TIED).mean()),
        best_other=float(others.max()) if len(others) else float("nan"),
    )


def _ways(of: np.ndarray, seed: int) -> tuple[np.ndarray, int]:
    """Groupings (way use) of the same sizes, the given one first, each once; and how many there are."""
    sizes = Counter(of.tolist())
    labelled = factorial(len(of)) // prod(factorial(size) for size in sizes.values())
    # Groups of one size may change places without making another grouping.
    count = labelled // prod(factorial(times) for times in Counter(sizes.values()).values())
    chooser = np.random.default_rng(seed)
    known: dict[tuple[int, ...], None] = {_in_order(of): None}
    wanted = min(count, MOST_GROUPINGS)
    # Drawing at random so often finds all of a few.
    for _ in range(20 * wanted):
        if len(known) == wanted:
            break
        known.setdefault(_in_order(chooser.permutation(of)))
    return np.array(list(known)), count


def _in_order(of: np.ndarray) -> tuple[int, ...]:
    """A grouping with its groups numbered as they come."""
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(int(group), len(numbers)) for group in of)
