"""What each layer would say next: the logit lens, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int

from llm_core.errors import SelectionError
from llm_core.shapes import Stack
from llm_core.text.tokens import Token


@dataclass(frozen=True, eq=False)
class LogitLens:
    """The output head read at every layer (nostalgebraist 2020, "interpreting GPT: the logit lens").

    Row 0 is the embedding, row ``layer + 1`` what comes out of a layer; the last row is the model's own answer.

    Attributes:
        model_name: The model's name.
        stack: Whose residual stream is read: ``"encoder"`` or ``"decoder"``.
        tokens: The tokens at the positions read.
        positions: Where they are in the text, from 0.
        candidates: Ids of the likeliest tokens, likeliest first, shape (layer+1 token candidate).
        probabilities: Their probabilities over the whole vocabulary, from 0 to 1, same shape.
        answers: The model's own likeliest token at each position, shape (token,).
        answer_ranks: Rank of that token in each layer, 1 for the likeliest, shape (layer+1 token). Below the last row
            tokens of the same probability come before it: it is first only where it is likelier than all others.
        answer_probabilities: Its probability in each layer, shape (layer+1 token).
        words: Every token that is a candidate or an answer, by id.
        largest_difference: Largest difference between logits read this way from the last layer and the model's own,
            measured on a test sentence, as a share of their standard deviation.
    """

    model_name: str
    stack: Stack
    tokens: tuple[Token, ...]
    positions: tuple[int, ...]
    candidates: Int[np.ndarray, "layer token candidate"]
    probabilities: Float32[np.ndarray, "layer token candidate"]
    answers: Int[np.ndarray, " token"]
    answer_ranks: Int[np.ndarray, "layer token"]
    answer_probabilities: Float32[np.ndarray, "layer token"]
    words: dict[int, Token]
    largest_difference: float

    def __post_init__(self) -> None:
        rows, count = self.answer_ranks.shape
        if self.candidates.shape[:2] != (rows, count) or len(self.tokens) != count or len(self.positions) != count:
            raise ValueError(
                f"Expected (layer+1 token candidate) candidates for {rows} rows and {count} tokens, "
                f"got {self.candidates.shape} and {len(self.tokens)} tokens."
            )
        for array in (
            self.candidates,
            self.probabilities,
            self.answers,
            self.answer_ranks,
            self.answer_probabilities,
        ):
            array.setflags(write=False)

    @property
    def rows(self) -> int:
        """Number of rows: the embedding and each layer."""
        return len(self.candidates)

    def settled(self, column: int) -> int:
        """The first row from which on the model's answer at a position stays the likeliest token.

        Raises:
            SelectionError: There is no such column.
        """
        wrong = np.flatnonzero(self._ranks(column) > 1)
        return int(wrong[-1]) + 1 if len(wrong) else 0

    def first_among(self, column: int, count: int) -> int:
        """The first row in which the model's answer at a position is among so many likeliest tokens.

        Raises:
            SelectionError: There is no such column.
        """
        return int((self._ranks(column) <= count).argmax())

    def _ranks(self, column: int) -> Int[np.ndarray, " layer"]:
        if not isinstance(column, int | np.integer) or not 0 <= column < len(self.tokens):
            raise SelectionError(f"Expected a position from 0 to {len(self.tokens) - 1}, got {column!r}.")
        return self.answer_ranks[:, column]
