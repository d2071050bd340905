"""The table of differences: every row worth comparing of several models, or texts, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from llm_core.comparison.attention import ATTENTION_ROWS
from llm_core.comparison.costs import COST_ROWS
from llm_core.comparison.table import Difference, Side


def differences(sides: Sequence[Side]) -> tuple[Difference, ...]:
    """Everything worth comparing, each as a row with a sentence saying what follows."""
    rows = (row(sides) for row in (*ATTENTION_ROWS, *COST_ROWS)) if sides else ()
    return tuple(row for row in rows if row is not None)
