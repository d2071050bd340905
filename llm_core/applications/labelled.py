"""Short opinions with their sentiment and topic, and the wordings by which each method is asked for them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from llm_core.applications.label_scores import LabelTask
from llm_core.errors import BrokenDataError

DATA = Path(__file__).parent / "data"
LabelledSet: TypeAlias = Literal["labelled", "held_out"]


@dataclass(frozen=True)
class LabelledText:
    """A text whose classes are known.

    Attributes:
        text: The text.
        sentiment: ``"positive"`` or ``"negative"``.
        topic: ``"food"``, ``"travel"``, ``"technology"`` or ``"sport"``.
    """

    text: str
    sentiment: str
    topic: str

    def label(self, question: str) -> str:
        """Its class by ``"sentiment"`` or ``"topic"``."""
        return {"sentiment": self.sentiment, "topic": self.topic}[question]


@dataclass(frozen=True)
class Wording:
    """How both methods are asked the same question.

    Attributes:
        task: For the decoder: the prompt and the words of each label.
        descriptions: For the encoder: what a text is compared with, one a label.
    """

    task: LabelTask
    descriptions: tuple[str, ...]


WORDINGS = {
    "sentiment": Wording(
        LabelTask("Review: {text}\nSentiment:", ("positive", "negative"), ("positive", "negative")),
        ("It was great and I am very happy.", "It was terrible and I am very disappointed."),
    ),
    "topic": Wording(
        LabelTask(
            "{text}\nThis text is about",
            ("food", "travel", "technology", "sport"),
            ("food", "travel", "technology", "sports"),
        ),
        (
            "This text is about food and restaurants.",
            "This text is about travel and hotels.",
            "This text is about computers and phones.",
            "This text is about sport and games.",
        ),
    ),
}
"""By question, the wording that did best of those tried on labelled.toml (eight prompts, nine descriptions)."""


def labelled_texts(name: LabelledSet) -> tuple[LabelledText, ...]:
    """The texts of a set: ``"labelled"``, on which wordings were chosen, or ``"held_out"``, on which nothing was.

    Raises:
        BrokenDataError: The file cannot be read.
    """
    path = DATA / f"{name}.toml"
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(
            LabelledText(text, sentiment, topic)
            for topic, by_sentiment in read.items()
            for sentiment, texts in by_sentiment.items()
            for text in texts
        )
    except (OSError, ValueError, AttributeError) as error:
        raise BrokenDataError(f"Expected {path.name} as TOML: {error}. Install the app again.") from error


def example_messages() -> tuple[str, ...]:
    """Messages to the office of an invented town, to be put into groups: five themes of five messages."""
    path = DATA / "messages.txt"
    try:
        return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenDataError(f"Expected {path.name} as text: {error}. Install the app again.") from error
