"""How a token was chosen, as records: the stages from logits to choice, the candidates, and the draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from llm_core.text.tokens import Token


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline from logits to choice.

    Attributes:
        name: What it is called: ``"repetition penalty"``, ``"temperature"``, ``"top-k"`` and so on.
        setting: Its value, or None if it has none.
        kept: How many tokens can still be chosen after it.
        excluded: How many it took out.
        own: True if the model's files ask for it, and not the settings.
    """

    name: str
    setting: float | None
    kept: int
    excluded: int
    own: bool = False


@dataclass(frozen=True)
class Candidate:
    """A token that could be written next.

    Attributes:
        token: The token.
        logit: The model's score.
        before: Its probability by the model alone, over the whole vocabulary.
        after: Its probability after each stage, over what that stage keeps; 0 once it is excluded.
    """

    token: Token
    logit: float
    before: float
    after: tuple[float, ...]

    @property
    def probability(self) -> float:
        """Its probability after the last stage."""
        return self.after[-1] if self.after else self.before

    @property
    def excluded_by(self) -> int | None:
        """Which stage took it out, from 0, or None."""
        return next((stage for stage, left in enumerate(self.after) if left == 0.0), None)


@dataclass(frozen=True, eq=False)
class Draw:
    """How chance chose: every token's probability times a luck of its own, and the largest product is written.

    The luck is ``1 / e`` with ``e`` exponentially distributed, so a token is written with exactly its
    probability (the exponential race, which ``torch.multinomial`` runs; also known as the Gumbel trick, Gumbel 1954).

    Attributes:
        state: The random generator's state before the draw, from which :func:`llm_core.generation.choosing.luck`
            makes the luck of every token again.
    """

    state: UInt8[np.ndarray, " byte"]

    def __post_init__(self) -> None:
        self.state.setflags(write=False)
