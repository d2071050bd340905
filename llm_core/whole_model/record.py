"""What the picture needs beyond a trace, asked of the model once, so that it can be drawn without the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from llm_core.inside.layer_record import Beginning
from llm_core.shapes import Stack
from llm_core.text.tokens import Token


@dataclass(frozen=True, eq=False)
class WholeRecord:
    """How much each block adds, how the first vectors come about, and which tokens come out.

    Attributes:
        model_name: The model's name.
        additions: By stack and layer, how long what the attention adds is, relative to the residual stream it is added
            to, shape (token,), 0 or more. Only layers where what is added was found.
        feed_forward: The same for feed-forward networks, by the stack of the stream.
        beginnings: By stack, what its first vectors are the sum of; only where that was found.
        candidates: The tokens likeliest to come out at each position, likeliest first; empty without an output head.
            A token stands in :attr:`vocabulary`, its id here: shape (token candidate).
        vocabulary: Every token that :attr:`candidates` names, by id.
        d_feed_forward: How many neurons a feed-forward network has, or None if the configuration does not tell.
    """

    model_name: str
    additions: Mapping[Stack, Mapping[int, np.ndarray]]
    feed_forward: Mapping[Stack, Mapping[int, np.ndarray]]
    beginnings: Mapping[Stack, Beginning]
    candidates: np.ndarray
    vocabulary: Mapping[int, Token]
    d_feed_forward: int | None

    def __post_init__(self) -> None:
        for array in [self.candidates, *self._shares()]:
            array.setflags(write=False)

    def _shares(self) -> list[np.ndarray]:
        kept = (self.additions, self.feed_forward)
        return [share for kind in kept for layers in kind.values() for share in layers.values()]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, and about as much as the tokens take."""
        tables = [table.vectors for beginning in self.beginnings.values() for table in beginning.tables]
        return sum(a.nbytes for a in [self.candidates, *self._shares(), *tables]) + 400 * len(self.vocabulary)
