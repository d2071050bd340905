"""Advertisements from a brief, and sentences said in another style."""

from __future__ import annotations

from dataclasses import dataclass

from llm_core.errors import EmptyTextError, SelectionError
from llm_core.generation.conversation import Conversation

TONES = {
    "playful": "playful and cheerful",
    "elegant": "elegant and calm",
    "factual": "plain and factual, without exaggeration",
    "urgent": "urgent, so that people act today",
}
"""By name, each tone as the model is told it."""

LENGTHS = {
    "slogan": "one slogan of at most eight words",
    "short": "one or two short sentences",
    "long": "three sentences",
}
"""By name, each length as the model is told it."""

TOKENS = {"slogan": 20, "short": 45, "long": 80}
"""The most tokens written for each length."""

STYLES = {
    "clearer": "clearer, with simple words",
    "friendlier": "friendlier and warmer",
    "more formal": "more formal and polite",
    "shorter": "shorter, without losing what it says",
}
"""By name, each style a sentence can be rewritten in, as the model is told it."""


@dataclass(frozen=True)
class Brief:
    """What an advertisement is about.

    Attributes:
        product: What is sold.
        audience: For whom; empty for everybody.
        tone: One of :data:`TONES`.
        length: One of :data:`LENGTHS`.
    """

    product: str
    audience: str
    tone: str
    length: str

    def __post_init__(self) -> None:
        _check_choice("tone", self.tone, TONES)
        _check_choice("length", self.length, LENGTHS)

    @property
    def parts(self) -> dict[str, str]:
        """By name, what the visitor said, as it stands in the prompt."""
        said = {"Product": self.product.strip(), "Audience": self.audience.strip(), "Tone": TONES[self.tone]}
        return {name: text for name, text in said.items() if text}


def advertisement(brief: Brief) -> Conversation:
    """The brief as a model tuned to chat is asked for an advertisement.

    Raises:
        EmptyTextError: There is no product.
    """
    if not brief.product.strip():
        raise EmptyTextError("Expected a product, got none. Type what is to be sold.")
    lines = [f"{name}: {text}" for name, text in brief.parts.items()]
    return Conversation(
        "Write an advertisement: " + LENGTHS[brief.length] + ".\n" + "\n".join(lines),
        system="You write advertisements. You answer with the text of the advertisement and nothing else.",
    )


def rewriting(sentence: str, style: str) -> Conversation:
    """A sentence as a model tuned to chat is asked to say it in another style.

    Raises:
        EmptyTextError: There is no sentence.
        SelectionError: There is no such style.
    """
    _check_choice("style", style, STYLES)
    if not sentence.strip():
        raise EmptyTextError("Expected a sentence to rewrite, got none. Type one.")
    return Conversation(
        f"Rewrite this sentence so that it is {STYLES[style]}:\n{sentence.strip()}",
        system="You improve the style of sentences. You answer with one sentence and nothing else.",
    )


def _check_choice(name: str, value: str, choices: dict[str, str]) -> None:
    if value not in choices:
        raise SelectionError(f"Expected a {name} among {', '.join(choices)}, got {value!r}.")
