"""What an answer rests on: which words of the prompt the model looked at while it wrote each of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from llm_core.errors import SelectionError
from llm_core.generation.step import GenerationStep, Prompt
from llm_core.shapes import Stack
from llm_core.text.tokens import Token, positions_within


@dataclass(frozen=True)
class Part:
    """A part of what was read that an answer is held against.

    Attributes:
        name: What it is, in a word or two.
        positions: Where its tokens stand among those read.
        tokens: These tokens.
    """

    name: str
    positions: tuple[int, ...]
    tokens: tuple[Token, ...]


@dataclass(frozen=True, eq=False)
class LookedAt:
    """How much attention each written token gave the parts of the prompt.

    Attributes:
        parts: The parts, in order.
        weights: float32, shape (token token): for each token that was written, the share of attention that the
            tokens of all parts got, one part after the other. Rows sum to 1 at most: attention also goes elsewhere.
    """

    parts: tuple[Part, ...]
    weights: Float32[np.ndarray, "written read"]

    def __post_init__(self) -> None:
        width = sum(len(part.tokens) for part in self.parts)
        if self.weights.ndim != 2 or self.weights.shape[1] != width:
            raise ValueError(f"Expected weights of {width} tokens that were read, got shape {self.weights.shape}.")
        self.weights.setflags(write=False)

    @property
    def read(self) -> tuple[Token, ...]:
        """The tokens of all parts, one part after the other."""
        return tuple(token for part in self.parts for token in part.tokens)

    @property
    def compared(self) -> Float32[np.ndarray, "written read"]:
        """Each weight over the average that the same token got while the answer was written."""
        average = self.weights.mean(axis=0)
        return np.asarray(self.weights / np.maximum(average, 1e-9), np.float32)

    def strongest(self, written: Sequence[Token]) -> tuple[int, int] | None:
        """The written word and the word it looked at that stand out most from the average; None without words."""
        words = np.array([token.is_word for token in self.read], bool)
        writes = np.array([token.is_word for token in written], bool)
        open_cells = writes[:, None] & words
        if not open_cells.any():
            return None
        # A rare glance at a word that nobody looks at stands out as well, so the weight itself counts too.
        score = np.where(open_cells, self.compared * self.weights, -1.0)
        row, column = np.unravel_index(int(score.argmax()), score.shape)
        return int(row), int(column)


def parts_of(prompt: Prompt, texts: Mapping[str, str]) -> tuple[Part, ...]:
    """Find texts, by name and in the order in which they stand there, in what was read; what is not there is left out.

    Where a text stands more than once it is found the last time, since the words of the task come before it: a product
    called "ad" is not the "ad" of "Write an ad".

    The first token that a decoder reads is left out: heads that look for nothing park their attention there (Xiao et
    al. 2023, "attention sinks"), and it would outshine every token that was looked at.
    """
    tokens = prompt.source or prompt.tokens
    parking = 0 if prompt.source else 1
    said = prompt.read.rfind(prompt.text)
    end = len(prompt.read) if said < 0 else said + len(prompt.text)
    found = []
    for name, text in reversed([*texts.items()]):
        wanted = text.strip()
        start = prompt.read.rfind(wanted, 0, end) if wanted else -1
        if start >= 0:
            within = positions_within(tokens, start, start + len(wanted))
            positions = tuple(place for place in within if place >= parking)
            end = start
            if positions:
                found.append(Part(name, positions, tuple(tokens[place] for place in positions)))
    return tuple(reversed(found))


def looked_at(steps: Sequence[GenerationStep], texts: Mapping[str, str], stack: Stack = "decoder") -> LookedAt:
    """The attention that each step gave texts of its prompt, by name: the mean of all heads of all layers of a stack.

    A step's attention is that of the last token before the one it writes: the model looks, then writes. The parts are
    found in the steps' own prompt, so that what was read and what was looked at are always of the same text.

    Raises:
        SelectionError: The steps are not those of one text from its first token on.
    """
    check_one_text(steps)
    parts = parts_of(steps[0].prompt, texts)
    positions = [place for part in parts for place in part.positions]
    weights = np.zeros((len(steps), len(positions)), np.float32)
    for row, step in enumerate(steps):
        weights[row] = mean_row(step, stack)[positions]
    return LookedAt(parts, weights)


def check_one_text(steps: Sequence[GenerationStep]) -> None:
    """Refuse steps that do not follow one another from a text's first token on: their evidence would be of two texts.

    Raises:
        SelectionError: There are none, or one of them belongs to another text or another place.
    """
    if not steps:
        raise SelectionError("Expected at least one token that was written, got none. Write a text first.")
    first, written = steps[0].prompt, [step.token.id for step in steps]
    for place, step in enumerate(steps):
        same = (step.prompt.tokens, step.prompt.source) == (first.tokens, first.source)
        if not same or [token.id for token in step.written] != written[:place]:
            raise SelectionError(
                f"Expected the tokens of one text in their order, but token {place + 1} was written after another "
                "text. Write the text again."
            )


def mean_row(step: GenerationStep, stack: Stack = "decoder") -> np.ndarray:
    """Attention of the row that writes a token, the mean over all heads of all layers, float64, shape (key,)."""
    layers = step.attention_layers(stack)
    heads = sum(step.heads(stack, layer) for layer in layers)
    total = sum(step.attention(stack, layer)[:, 0].sum(axis=0, dtype=np.float64) for layer in layers)
    return np.asarray(total / heads)
