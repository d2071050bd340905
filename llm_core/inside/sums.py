"""Whether one vector is the sum of two others, told even where what was added is tiny beside what it was added to."""

from __future__ import annotations

import numpy as np

from llm_core.inside.norms import CLOSE

ROUNDING = 2e-6
"""Share of a float32 vector's largest number that a sum of a few may be off by."""


def reaches(base: np.ndarray, added: np.ndarray, total: np.ndarray) -> bool:
    """True if ``base + added`` is ``total`` at every token, within what rounding leaves of ``added``, and base is not.

    A stream can hold numbers a thousand times larger than what a block adds to it, so a share of the sum is no bound:
    within it, anything small would fit.

    Args:
        base: Shape (token d_model).
        added: Shape (token d_model).
        total: Of any shape; one of another shape is not the sum.
    """
    if base.shape != total.shape:
        return False
    largest = np.abs(added).max(axis=-1, initial=0)
    bound = CLOSE * largest + ROUNDING * np.abs(total).max(axis=-1, initial=0)
    differs = np.abs(base + added - total).max(axis=-1, initial=0)
    return bool((differs <= bound).all() and (largest > bound).any())
