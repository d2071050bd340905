"""The project's own components: plain JavaScript in a shadow root, coloured by the palette.

A component lives in a folder of its own with ``<name>.js`` and ``<name>.css``. What all of them share stands in
``base.js`` (token chips, tooltip, unpacking, the hover bus, the theme) and ``base.css`` in this folder:
:func:`component` puts it in front, so that a component's script uses it without importing anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import streamlit as st

from llm_core.figures.palette import DARK, LIGHT, Theme

FOLDER = Path(__file__).parent


def palette_css() -> str:
    """Both themes as CSS variables (``--query``, ``--head-0`` ...) for elements with ``data-theme``."""
    return "\n".join(f'[data-theme="{theme.name}"] {{ {_variables(theme)} }}' for theme in (LIGHT, DARK))


def _variables(theme: Theme) -> str:
    named = {field.name: getattr(theme, field.name) for field in fields(theme) if field.name not in ("name", "heads")}
    named |= {f"head-{place}": colour for place, colour in enumerate(theme.heads)}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())


def script(name: str, parts: tuple[str, ...] = ()) -> str:
    """The JavaScript module of a component: the shared part, then its own parts in order, then ``<name>.js``."""
    files = [FOLDER / "base.js", *(FOLDER / name / f"{part}.js" for part in parts), FOLDER / name / f"{name}.js"]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def style(name: str) -> str:
    """The CSS of a component: palette, shared part, its own."""
    files = (FOLDER / "base.css", FOLDER / name / f"{name}.css")
    return "\n".join([palette_css(), *(file.read_text(encoding="utf-8") for file in files)])


def component(name: str, parts: tuple[str, ...] = ()) -> Callable[..., Any]:
    """Register the component of a folder; gives the function that mounts it (call this once, at import).

    Args:
        name: The folder, and the stem of its two files.
        parts: More scripts of that folder, put in front of ``<name>.js``.
    """
    return st.components.v2.component(
        f"attention_explorer_{name}", html='<div class="ax"></div>', css=style(name), js=script(name, parts)
    )


def heard(key: str, name: str) -> Any:
    """What a component says under a name, read in its callback; None if its part of the page has gone meanwhile.

    Args:
        key: The component's key in the session's state.
        name: Of the value or trigger.
    """
    said = st.session_state.get(key)
    return None if said is None else said.get(name)
