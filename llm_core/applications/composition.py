"""Texts to be written: an unfinished sentence, a story, a summary, a description of a product."""

from __future__ import annotations

from llm_core.errors import EmptyTextError, SelectionError
from llm_core.generation.conversation import Conversation

KINDS = ("sentence", "story", "summary", "description")
"""What can be written: an unfinished sentence to its end, a children's story, a summary, a product description."""

_ASKED = {
    "story": ("Write a short story for young children about {}.", "You tell short, simple stories to children."),
    # The text alone is the message and the task is the system's: so it was in the data that the model was tuned on
    # (Ben Allal et al. 2025, SmolTalk). With the task before the text it answers beside the point.
    "summary": (
        "{}",
        "Give a short, objective summary of the input text in one or two sentences that says who does what.",
    ),
    "description": (
        "Write a short product description in two sentences. Product: {}",
        "You write product descriptions. You answer with the description and nothing else.",
    ),
}
_NAMES = {"sentence": "a sentence", "story": "a subject", "summary": "a text", "description": "a product"}


def composition(kind: str, text: str) -> str | Conversation:
    """A prompt for a kind of text: a conversation, or the unfinished sentence itself.

    Raises:
        EmptyTextError: Nothing was given to write about.
        SelectionError: There is no such kind.
    """
    if kind not in KINDS:
        raise SelectionError(f"Expected a kind of text among {', '.join(KINDS)}, got {kind!r}.")
    given = text.strip()
    if not given:
        raise EmptyTextError(f"Expected {_NAMES[kind]}, got nothing. Type one.")
    if kind == "sentence":
        return given
    asked, system = _ASKED[kind]
    if kind == "story":
        return Conversation(asked.format(given), system, answer_begins="Once upon a time,")
    # str.format would read braces of the visitor's text only in the template, never in what is put in.
    return Conversation(asked.format(given), system)
