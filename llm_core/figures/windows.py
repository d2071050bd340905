"""Which part of a long text a picture shows, and how it is thinned out to fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from llm_core.text.tokens import Token


@dataclass(frozen=True)
class Window:
    """A run of token positions.

    Attributes:
        start: First position shown.
        end: One past the last position shown.
    """

    start: int
    end: int

    @property
    def size(self) -> int:
        """Number of positions."""
        return self.end - self.start

    def of(self, tokens: Sequence[Token]) -> Sequence[Token]:
        """The tokens in the window."""
        return tokens[self.start : self.end]


def window_of(wanted: tuple[int, int] | None, count: int) -> Window:
    """A window within ``count`` positions: the wanted one as far as it fits, or everything."""
    if wanted is None:
        return Window(0, count)
    start = min(max(wanted[0], 0), max(count - 1, 0))
    return Window(start, min(max(wanted[1], start + 1), count))


def pool_max(values: Shaped[np.ndarray, "query key"], block: int) -> Shaped[np.ndarray, "row column"]:
    """The largest value of each block of ``block`` x ``block`` cells, so that sharp heads stay visible."""
    if block == 1:
        return values
    rows = np.maximum.reduceat(values, np.arange(0, values.shape[0], block), axis=0)
    return np.maximum.reduceat(rows, np.arange(0, values.shape[1], block), axis=1)


def shorten(label: str, most: int = 14) -> str:
    """A label that fits beside an axis; plotly would read < and & as markup."""
    text = label if len(label) <= most else label[: most - 1] + "…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
