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
    "slogan": "one slogan",
    "short": "one or two short sentences",
    "long": "three sentences",
}
"""By name, each length as the model is told it."""

TOKENS = {"slogan": 24, "short": 50, "long": 80}
"""The most tokens written for each length."""

SLOGANS = (
    "Product: a warm wool scarf\nAudience: hikers\nTone: elegant and calm\n"
    "Slogan: Soft as a quiet morning, warm on every trail.\n\n"
    "Product: a bicycle shop that repairs while you wait\nAudience: commuters\nTone: urgent, so that people act today\n"
    "Slogan: Flat tyre? Come in now and ride home today!\n\n"
    "Product: lemonade with real lemons\nAudience: families\nTone: playful and cheerful\n"
    "Slogan: Squeeze the day, one sunny sip at a time!\n\n"
)
"""Three slogans that a small model is shown before it writes one: told what a slogan is, it writes something else."""

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
        said = {"Product": self.product, "Audience": self.audience, "Tone": TONES[self.tone]}
        return {name: " ".join(text.split()) for name, text in said.items() if text.strip()}


def advertisement(brief: Brief) -> str | Conversation:
    """The brief as a model is asked for an advertisement: a slogan by examples, :data:`SLOGANS`, the rest in chat.

    Raises:
        EmptyTextError: There is no product.
    """
    if not brief.product.strip():
        raise EmptyTextError("Expected a product, got none. Type what is to be sold.")
    if brief.length == "slogan":
        return SLOGANS + "".join(f"{name}: {text}\n" for name, text in brief.parts.items()) + "Slogan:"
    # One plain sentence: given as a list with names and colons, a small model mixes up what is what.
    parts = brief.parts
    to_whom = f" to {parts['Audience']}" if "Audience" in parts else ""
    return Conversation(
        f"Write {LENGTHS[brief.length]} to advertise {parts['Product']}{to_whom}. The tone is {parts['Tone']}.",
        system="You write advertisements.",
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
    # The sentence alone is the message, as in the data that the model was tuned on (Ben Allal et al. 2025, SmolTalk).
    return Conversation(
        sentence.strip(), system=f"Rewrite the input text to make it {STYLES[style]}, while keeping its main points."
    )


def _check_choice(name: str, value: str, choices: dict[str, str]) -> None:
    if value not in choices:
        raise SelectionError(f"Expected a {name} among {', '.join(choices)}, got {value!r}.")
