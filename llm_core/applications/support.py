"""Which words of an answer stand in none of the passages that it was written from."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"\w(?:[\w'’.,:/-]*\w)?")

_LITTLE = """
a an the is are was were be been being it its he she they them their his her this that these those there here
of in on at to for from by with as and or but if then than so do does did can could may might must will would
shall should have has had you your we our i my me us which who whom whose what when where how
"""
LITTLE = frozenset(_LITTLE.split())
"""Words that join others and say nothing by themselves: no passage has to hold them."""


def unsupported_words(answer: str, passages: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The words of an answer that no passage holds, as first and one past last character, in order.

    Upper and lower case count as the same, and so does a plural or a genitive that ends in s. Words of :data:`LITTLE`
    are left out. A word that is held may still be wrong where it stands.
    """
    held = {_bare(word[0]) for passage in passages for word in _WORD.finditer(passage)}
    return tuple(
        word.span() for word in _WORD.finditer(answer) if _bare(word[0]) not in held and word[0].lower() not in LITTLE
    )


def _bare(word: str) -> str:
    bare = word.lower().replace("’", "'").removesuffix("'s")
    return bare.removesuffix("s") if len(bare) > 3 else bare
