"""Which tokens share a row of the picture: each its own up to a number of rows, neighbours together beyond it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_ROWS = 64
"""Texts of more tokens show neighbours in one row."""

MOST_READ = 4
"""The attention of a row of more tokens is read from this many of them, evenly spaced."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of the picture for a sequence of tokens.

    Attributes:
        starts: Position of each row's first token, shape (row,).
        tokens: How many tokens there are.
    """

    starts: np.ndarray
    tokens: int

    def __post_init__(self) -> None:
        self.starts.setflags(write=False)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def sizes(self) -> np.ndarray:
        """How many tokens each row stands for, shape (row,)."""
        return np.diff(self.starts, append=self.tokens)

    @property
    def last(self) -> np.ndarray:
        """Position of each row's last token, whose outcome the row shows, shape (row,)."""
        ends: np.ndarray = self.starts + self.sizes - 1
        return ends

    @property
    def pooled(self) -> bool:
        """True if some row stands for more than one token."""
        return len(self) < self.tokens

    def row_of(self, position: int) -> int:
        """The row that a token is in."""
        return int(np.searchsorted(self.starts, position, side="right")) - 1

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions whose attention is read, and the row of each."""
        places = [
            np.unique(np.linspace(start, start + size - 1, min(size, MOST_READ)).astype(int))
            for start, size in zip(self.starts, self.sizes, strict=True)
        ]
        return np.concatenate(places), np.repeat(np.arange(len(self)), [len(place) for place in places])

    def mean(self, vectors: np.ndarray) -> np.ndarray:
        """The mean over the tokens of each row, of numbers with a first axis of tokens."""
        return np.add.reduceat(vectors, self.starts, axis=0) / self.sizes.reshape(-1, *[1] * (vectors.ndim - 1))


def rows_of(tokens: int, most: int = MOST_ROWS) -> Rows:
    """Share tokens among at most so many rows, each of equally many neighbours (the last may have fewer)."""
    together = -(-tokens // most) if tokens else 1
    return Rows(np.arange(0, tokens, together), tokens)
