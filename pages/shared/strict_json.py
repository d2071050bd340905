"""JSON that every reader takes: it knows no NaN and no infinity, which Python would write all the same."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def strict_json(value: Any) -> str:
    """A value as JSON, on one line and without spaces.

    Args:
        value: What JSON can say, and numpy's numbers.

    Raises:
        ValueError: A number is NaN or infinite. What comes from a model is refused before it gets here
            (:mod:`llm_core.finite`), so this is a mistake of the code that calculates with it.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"JSON has no {type(value).__name__}.")
