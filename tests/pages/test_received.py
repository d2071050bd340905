"""What components say, read in their callbacks."""

from __future__ import annotations

import streamlit as st

from pages.shared.components import received


def test_what_a_part_of_the_page_says_that_has_gone_is_nothing(monkeypatch):
    monkeypatch.setattr(st, "session_state", {"here": {"go": 7}})
    assert received("here", "go") == 7
    assert received("here", "back") is None
    assert received("gone", "go") is None
