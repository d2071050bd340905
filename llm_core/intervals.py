"""How sure a mean is."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64


def mean_interval(values: Float64[np.ndarray, " sample"], *, confidence: float = 0.95) -> tuple[float, float]:
    """Between which bounds the mean of such values lies, by Student's t (1908, The probable error of a mean).

    Args:
        values: Independent of each other, two or more.
        confidence: From 0 to 1.
    """
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * float(values.std(ddof=1)) / np.sqrt(len(values))
    mean = float(values.mean())
    return float(mean - half), float(mean + half)


def share_interval(values: Float64[np.ndarray, " sample"], *, confidence: float = 0.95) -> tuple[float, float]:
    """The same of shares, which lie between 0 and 1.

    If all values are 0, or all 1, their spread says nothing: then it is the bound up to which samples of another kind
    would have shown themselves (the "rule of three", Hanley and Lippman-Hand 1983).

    Args:
        values: From 0 to 1, independent of each other, two or more.
        confidence: From 0 to 1.
    """
    unseen = 1 - (1 - confidence) ** (1 / len(values))
    if not values.any():
        return 0.0, unseen
    if (values == 1).all():
        return 1 - unseen, 1.0
    low, high = mean_interval(values, confidence=confidence)
    return max(0.0, low), min(1.0, high)
