"""A lesson on paper: text, picture and questions, without anything that only works on a screen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st


def dress_for_paper() -> None:
    """Tell the browser how the page is printed."""
    st.html(f"<style>{_css()}</style>")


@cache
def _css() -> str:
    return (Path(__file__).parent / "paper.css").read_text(encoding="utf-8")
