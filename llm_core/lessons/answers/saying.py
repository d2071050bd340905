"""How answers write tokens, shares and heads."""

from __future__ import annotations

from dataclasses import replace

from llm_core.heads import captions
from llm_core.numbers import decimal
from llm_core.text.tokens import Token

LONGEST = 24


def token_at(token: Token, position: int) -> str:
    """A token with its position, so that no two are written alike: “cat” [2]."""
    return f"{quoted(token)} [{position}]"


def quoted(token: Token) -> str:
    """A token's text in quotation marks, cut where it is long; what runs from right to left keeps to itself."""
    short = token.text if len(token.text) <= LONGEST else token.text[: LONGEST - 1] + "…"
    return captions.quoted(replace(token, text=short))


def whole(number: float) -> str:
    """A count with its thousands separated."""
    return f"{round(number):,}"


def one_decimal(number: float) -> str:
    """A number with one decimal."""
    return decimal(number, 1)


def two_decimals(number: float) -> str:
    """A number with two decimals; a zero has no sign."""
    return decimal(number, 2)
