"""Text of visitors and of models, as it is: Streamlit would read parts of it as Markdown."""

from __future__ import annotations

import re


def literal(text: str) -> str:
    """The text with everything escaped that Markdown, emoji codes or formulas give a meaning to."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])", r"\\\1", text.replace("\n", " "))


def unbroken(sentence: str) -> str:
    """A sentence in which no percent sign begins a line."""
    return sentence.replace(" %", "\N{NO-BREAK SPACE}%")
