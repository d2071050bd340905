"""Shares of a whole, as they are written everywhere in the project."""

from __future__ import annotations

from typing import Any

import numpy as np


def percent(share: float | np.floating[Any], decimals: int = 1) -> str:
    """0.0712 as "7.1 %"; what is not zero is never written as zero.

    Args:
        share: From 0 to 1.
        decimals: Digits after the point.
    """
    least = 0.1**decimals
    if 0 < 100 * share < least / 2:
        return f"< {least:.{decimals}f} %"
    return f"{100 * share:.{decimals}f} %"
