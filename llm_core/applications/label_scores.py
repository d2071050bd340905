"""Labels and how texts score by them, as records without torch and without the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

from llm_core.errors import SelectionError

PLACE = "{text}"
"""Where the text goes in a prompt."""

MOST_LABELS = 12
MOST_TEXT = 2_000
"""Characters of a text that are read; the rest is cut off, so that a class takes seconds."""


@dataclass(frozen=True)
class LabelTask:
    """How a decoder is asked for a class.

    Attributes:
        prompt: What is read before the label, with ``{text}`` where the text goes.
        labels: Names of the classes.
        words: What is written for each class after the prompt.
    """

    prompt: str
    labels: tuple[str, ...]
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.prompt.count(PLACE) != 1:
            raise SelectionError(
                f"Expected a prompt with {PLACE} once, where the text goes, got {self.prompt[:60]!r}. Put it in."
            )
        if not self.prompt.replace(PLACE, "").strip():
            raise SelectionError(f"Expected words around {PLACE} that ask for a label, got none. Add some.")
        check_labels(self.labels, self.words)


@dataclass(frozen=True, eq=False)
class LabelScores:
    """How likely each label is after a text.

    Attributes:
        task: How the decoder was asked.
        text: The text.
        log_probabilities: Natural logarithm of the probability of each label's words after the prompt, shape (label,).
        content_free: Logarithm of the mean probability of each label's words after inputs that say nothing, shape
            (label,).
    """

    task: LabelTask
    text: str
    log_probabilities: Float64[np.ndarray, " label"]
    content_free: Float64[np.ndarray, " label"]

    def __post_init__(self) -> None:
        for array in (self.log_probabilities, self.content_free):
            if array.shape != (len(self.task.labels),):
                raise ValueError(f"Expected a number for each of {len(self.task.labels)} labels, got {array.shape}.")
            array.setflags(write=False)

    @property
    def raw(self) -> Float64[np.ndarray, " label"]:
        """Probability of each label among the labels, before calibration; they sum to 1."""
        return _shares(self.log_probabilities)

    @property
    def scores(self) -> Float64[np.ndarray, " label"]:
        """What the text adds to each label: its log-probability minus that after inputs that say nothing."""
        return self.log_probabilities - self.content_free

    @property
    def calibrated(self) -> Float64[np.ndarray, " label"]:
        """Probability of each label divided by that without content, made to sum to 1 (Zhao et al. 2021)."""
        return _shares(self.scores)

    @property
    def winner(self) -> int:
        """The class: the label with the highest calibrated probability."""
        return int(self.calibrated.argmax())


@dataclass(frozen=True, eq=False)
class SimilarityScores:
    """How near each label's description is to a text.

    Attributes:
        labels: Names of the classes.
        descriptions: What the text is compared with, one a label.
        text: The text.
        scores: Cosine of the text's vector with each description's, from -1 to 1, shape (label,).
    """

    labels: tuple[str, ...]
    descriptions: tuple[str, ...]
    text: str
    scores: Float32[np.ndarray, " label"]

    def __post_init__(self) -> None:
        if self.scores.shape != (len(self.labels),):
            raise ValueError(f"Expected {len(self.labels)} cosines, got shape {self.scores.shape}.")
        self.scores.setflags(write=False)

    @property
    def winner(self) -> int:
        """The class: the label whose description is nearest."""
        return int(self.scores.argmax())


def check_labels(labels: Sequence[str], words: Sequence[str]) -> None:
    """Refuse labels that cannot be told apart, are empty, or are too few or too many.

    Raises:
        SelectionError: Says which.
    """
    if not 2 <= len(labels) <= MOST_LABELS:
        raise SelectionError(f"Expected 2 to {MOST_LABELS} labels, got {len(labels)}. Write one a line.")
    if len(words) != len(labels):
        raise SelectionError(f"Expected a wording for each of {len(labels)} labels, got {len(words)}.")
    for things, what in ((labels, "label"), (words, "wording")):
        if not all(thing.strip() for thing in things):
            raise SelectionError(f"Expected a {what} in each line, got an empty one. Fill it in or remove it.")
        if len({thing.strip() for thing in things}) < len(things):
            raise SelectionError(f"Expected every {what} once, got one twice. Change one of them.")


def _shares(logarithms: np.ndarray) -> np.ndarray:
    powers = np.exp(logarithms - logarithms.max())
    return powers / powers.sum()
