"""How sure a mean is."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

RESAMPLES = 4000


def mean_interval(values: Float64[np.ndarray, " sample"], *, confidence: float = 0.95) -> tuple[float, float]:
    """Between which bounds the mean of such values lies: the percentile bootstrap (Efron 1979, Bootstrap methods).

    The values are drawn anew, with repetition, :data:`RESAMPLES` times, by the same numbers each time it is asked.

    Args:
        values: Independent of each other, two or more.
        confidence: From 0 to 1.
    """
    generator = np.random.default_rng(0)
    drawn = generator.integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
