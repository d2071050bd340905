"""Text of visitors and of models, as it is: Streamlit would read parts of it as Markdown."""

from __future__ import annotations

import re


def literal(text: str) -> str:
    """The text with everything escaped that Markdown, emoji codes or formulas give a meaning to."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])", r"\\\1", text.replace("\n", " "))
