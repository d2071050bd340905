"""The words of a text, as runs of characters."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""First and one past last character."""

_ALONE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Characters of scripts that put no space between words; each counts as one."""


def words_of(text: str) -> tuple[Span, ...]:
    """Where each word stands: runs of letters, digits and the marks on them, with apostrophes inside."""
    found: list[Span] = []
    start: int | None = None
    for place, character in enumerate(text):
        alone = _ALONE.match(character) is not None
        inside = not alone and (_is_letter(character) or (start is not None and _joins(text, place)))
        if inside and start is None:
            start = place
        if not inside and start is not None:
            found.append((start, place))
            start = None
        if alone:
            found.append((place, place + 1))
    if start is not None:
        found.append((start, len(text)))
    return tuple(found)


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _joins(text: str, place: int) -> bool:
    return text[place] in "'’" and place + 1 < len(text) and text[place + 1].isalnum()
