"""Phrases that all parts of the Embeddings page conclude in."""

from __future__ import annotations

from collections.abc import Sequence

from llm_core.heads.captions import listed
from llm_core.numbers import counted
from llm_core.text.tokens import Token
from pages.shared.literal import literal


def named(label: str) -> str:
    """A word in quotes, safe in Markdown."""
    return literal(f"“{label}”")


def quoted_token(token: Token) -> str:
    """A token's text in quotes, safe in Markdown."""
    return named(token.text)


def layer_name(row: int) -> str:
    """What a row of hidden states is called; row 0 stands below the first layer."""
    return "embedding" if row == 0 else f"layer {row - 1}"


def after(row: int) -> str:
    """When a row of hidden states is there, as the beginning of a sentence."""
    return "Before the first layer" if row == 0 else f"After layer {row - 1}"


def after_rows(rows: Sequence[int]) -> str:
    """The same for several rows, within a sentence: "after layers 3 and 5"."""
    layers = [str(row - 1) for row in rows if row]
    parts = ["before the first layer"] if 0 in rows else []
    if layers:
        parts.append(f"after {'layer' if len(layers) == 1 else 'layers'} {listed(layers)}")
    return listed(parts)


def left_out_words(words: Sequence[str], why: str, most: int = 5) -> str:
    """A sentence on words or sentences that are left out; empty if none is.

    Args:
        words: What is left out.
        why: The reason, as the end of a sentence.
        most: So many are named; of more, how many they are.
    """
    if not words:
        return ""
    shown = [named(word if len(word) <= 60 else word[:59] + "…") for word in words[:most]]
    if len(words) > most:
        shown.append(counted(len(words) - most, "more", "more"))
    return f"Left out: {listed(shown)}, {why}."
