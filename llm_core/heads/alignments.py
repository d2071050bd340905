"""How well cross-attention links the words of two texts one to one."""

from __future__ import annotations

import numpy as np

from llm_core.heads.attention_blocks import AttentionBlock
from llm_core.recording.trace_record import Trace


def possible_links(trace: Trace) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows and keys between which a target word can be linked: by the word read, and by the word written next."""
    words = np.array([token.is_word for token in trace.target_tokens], bool)
    keys = np.flatnonzero([token.is_word for token in trace.tokens])
    written = np.append(words[1:], False)
    return [(words, keys), (written, keys)]


class Alignment:
    """The strongest link of each source word so far, over the target words that look at it most.

    Args:
        rows: True for each row of the target whose word is linked, shape (query,).
        keys: Positions of the source's words, shape (word,).
        heads: How many heads the layer has.
    """

    def __init__(self, rows: np.ndarray, keys: np.ndarray, heads: int) -> None:
        self._rows = rows
        self._keys = keys
        self._strongest = np.zeros((heads, len(keys)), np.float32)
        self._rows_seen = 0
        self._even_weights = 0.0

    @property
    def count(self) -> int:
        """How many target words were linked; none if there are not two links to choose from."""
        return self._rows_seen if self._possible > 1 else 0

    @property
    def _possible(self) -> int:
        return min(self._rows_seen, len(self._keys))

    def add(self, block: AttentionBlock) -> None:
        """Take some rows of a layer into account."""
        rows = self._rows[block.queries]
        if not rows.any() or not len(self._keys):
            return
        self._rows_seen += int(rows.sum())
        self._even_weights += float((1 / block.visible[rows].sum(axis=1)).sum())
        weights = block.weights[:, rows][:, :, self._keys]
        looked_at = weights.argmax(axis=-1)
        head = np.broadcast_to(np.arange(len(weights))[:, None], looked_at.shape)
        np.maximum.at(self._strongest, (head, looked_at), weights.max(axis=-1))

    def score(self) -> np.ndarray:
        """Attention on the links, divided by how many there could be, shape (head,)."""
        if not self.count:
            return np.full(len(self._strongest), np.nan)
        return self._strongest.sum(axis=1, dtype=np.float64) / self._possible

    def random(self) -> float:
        """What a random network scores: each word takes a word of the source at random, with an even share of weight.

        Of ``K`` source words, ``R`` words at random take ``K (1 - (1 - 1/K)^R)`` different ones on average.
        """
        if not self.count:
            return float("nan")
        words = len(self._keys)
        taken = words * (1 - (1 - 1 / words) ** self._rows_seen)
        return float(taken * self._even_weights / self._rows_seen / self._possible)
