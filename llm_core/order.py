"""The largest of many numbers: the same ones on every machine.

Which of equal numbers ``np.argpartition`` takes depends on the instructions that a processor has.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, Real


def largest(values: Real[np.ndarray, "*rows number"], count: int) -> Int[np.ndarray, "*rows largest"]:
    """Places of the ``count`` largest numbers of each row, largest first; of equal ones, those that come first.

    Args:
        values: Numbers, none of them NaN.
        count: How many; all of a row at most.
    """
    count = min(count, values.shape[-1])
    if count == 0:
        return np.zeros((*values.shape[:-1], 0), np.intp)
    least = np.partition(values, -count, axis=-1)[..., -count, None]
    above, equal = values > least, values == least
    missing = count - above.sum(axis=-1, keepdims=True)
    found = np.nonzero(above | (equal & (equal.cumsum(axis=-1) <= missing)))[-1].reshape(*values.shape[:-1], count)
    order = np.argsort(-np.take_along_axis(values, found, -1), axis=-1, kind="stable")
    return np.take_along_axis(found, order, -1)
