"""Fields of the applications: what stands in them stays while the visitor looks at other pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

Asked = TypeVar("Asked")


def text_field(label: str, key: str, first: str, *, height: int | None = None, help: str | None = None) -> str:
    """A field for text of one line, or of several if it has a height in pixels."""
    if height is None:
        value = st.text_input(label, first, key=key, help=help, persist_state="session")
    else:
        value = st.text_area(label, first, key=key, height=height, help=help, persist_state="session")
    return value or ""


def choice(label: str, options: Sequence[str], key: str) -> str:
    """One of a few words."""
    chosen = st.segmented_control(
        label, list(options), default=options[0], key=key, required=True, persist_state="session"
    )
    return chosen if chosen in options else options[0]


def seed_field(key: str) -> int:
    """The seed of chance: the same gives the same text."""
    value = st.number_input(
        "Seed", 0, 10**9, 0, step=1, key=key, width=140, persist_state="session", help="The same seed writes the same."
    )
    return int(value or 0)


def examples(use: str, offered: Mapping[str, Mapping[str, str]]) -> None:
    """Buttons that fill the fields of a use, by key, and ask at once."""
    with st.container(horizontal=True):
        for name, values in offered.items():
            st.button(name, key=f"{use}-example-{name}", on_click=_fill, args=(use, values))


def asked(use: str, wanted: Asked, button: str) -> Asked:
    """What was last asked for: it changes when the button is pressed, and begins with what the fields say."""
    pressed = st.button(button, key=f"{use}-ask", type="primary")
    at_once = st.session_state.pop(f"{use}-at-once", False)
    if pressed or at_once or f"{use}-asked" not in st.session_state:
        st.session_state[f"{use}-asked"] = wanted
    known: Asked = st.session_state[f"{use}-asked"]
    if known != wanted:
        st.caption(f"You changed something. Press “{button}” to see what comes of it.")
    return known


def _fill(use: str, values: Mapping[str, str]) -> None:
    st.session_state.update(values)
    st.session_state[f"{use}-at-once"] = True
