"""How lessons are written: Markdown with formulas between dollar signs, words in the pictures' colours, and facts.

``<query>queries</query>`` writes a word in the colour of queries; the other colours are those of :data:`COLOURS`.
``[[heads]]`` stands for a fact of the model in use. Anything else in angle brackets is an error, so that what a
lesson file says cannot change the page around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

COLOURS = ("query", "key", "value", "encoder", "decoder", "cross")
"""Words that have a colour of their own in every picture."""

_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)[^<>]*>")
_FACT = re.compile(r"\[\[(.*?)\]\]")
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)


@dataclass(frozen=True)
class Fault:
    """Something that cannot be shown.

    Attributes:
        offset: Where it begins in the text, in characters.
        what: What is wrong and what to do, as a sentence.
    """

    offset: int
    what: str


def fault_in(text: str, facts: Collection[str]) -> Fault | None:
    """The first thing in a text that cannot be shown, or None.

    Args:
        text: With the markup of lessons.
        facts: Names of the facts that may stand in it.
    """
    for found in _FACT.finditer(text):
        if found[1] not in facts:
            known = ", ".join(sorted(facts))
            return Fault(found.start(), f"expected one of the facts {known} between [[ and ]], got {found[1]!r}")
    opened: list[re.Match[str]] = []
    # Formulas may hold "<" as a sign: nothing in them is a tag.
    for tag in _TAG.finditer(FORMULA.sub(lambda formula: " " * len(formula[0]), text)):
        closing, name = tag[1], tag[2]
        if name not in COLOURS:
            return Fault(tag.start(), f"expected one of the colours <{'>, <'.join(COLOURS)}>, got {tag[0]!r}")
        if not closing:
            opened.append(tag)
        elif not opened or opened.pop()[2] != name:
            return Fault(tag.start(), f"expected <{name}> before </{name}>, got none that is still open")
    if opened:
        return Fault(opened[-1].start(), f"expected </{opened[-1][2]}> after {opened[-1][0]}, got none")
    if text.count("$") % 2:
        return Fault(text.rindex("$"), "expected a second $ that ends the formula, got none")
    return None


def filled_in(text: str, facts: Mapping[str, str]) -> str:
    """The text with each fact in its place."""
    return _FACT.sub(lambda found: facts[found[1]], text)


def coloured(text: str, paint: Callable[[str, bool], str]) -> str:
    """The text with each colour's tags replaced.

    Args:
        text: With the markup of lessons.
        paint: Gives what stands for a colour's opening (True) or closing tag.
    """
    return _TAG.sub(lambda tag: paint(tag[2], not tag[1]) if tag[2] in COLOURS else tag[0], text)
