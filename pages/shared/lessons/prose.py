"""A lesson's text as Markdown in the pictures' colours."""

from __future__ import annotations

import re
from collections.abc import Mapping

from llm_core.figures.palette import Theme
from llm_core.lessons.markup import FORMULA, coloured, filled_in
from pages.shared.literal import literal

_DISPLAYED = re.compile(r"^\$\$\s*(.+?)\s*\$\$$", re.MULTILINE)
"""A formula on a line of its own; Streamlit sets it large if its dollar signs have lines of their own as well."""


def prose(text: str, facts: Mapping[str, str], theme: Theme) -> str:
    """Markdown with HTML for the colours only: facts are taken as they are, and formulas are left to Streamlit.

    Args:
        text: With the markup of lessons, checked when its file was read.
        facts: By name; what a visitor or a model wrote may be in them.
        theme: Colours.
    """
    safe = {name: literal(value) if not value.replace(",", "").isdigit() else value for name, value in facts.items()}

    def paint(colour: str, opening: bool) -> str:
        return f"<b style='color:{getattr(theme, colour)}'>" if opening else "</b>"

    # TeX sets a space behind a comma unless it stands in braces.
    typeset = {name: value.replace(",", "{,}") for name, value in facts.items()}
    text = FORMULA.sub(lambda formula: filled_in(formula[0], typeset), coloured(text, paint))
    return _DISPLAYED.sub(r"$$\n\1\n$$", filled_in(text, safe))
