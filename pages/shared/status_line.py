"""One line that says what is shown or, while that is being made, how far it is."""

from __future__ import annotations

import time

import streamlit as st

from llm_core.progress import Progress
from pages.shared.literal import literal

PATIENCE_SECONDS = 0.4
"""Work that takes no longer than this shows no bar."""


class StatusLine:
    """A line of fixed height; what it said last stays until there is something new to say."""

    def __init__(self, room: st.delta_generator.DeltaGenerator) -> None:
        self._room = room
        self._slot: st.delta_generator.DeltaGenerator | None = None
        self._since, self._last = time.monotonic() + PATIENCE_SECONDS, 0.0

    def progress(self, progress: Progress) -> None:
        """Show how far the work is, at most ten times a second."""
        now = time.monotonic()
        if now >= self._since and now - self._last >= 0.1:
            self._last = now
            self._slot = self._slot or self._room.empty()
            fraction = min(max(progress.fraction, 0.0), 1.0)
            self._slot.progress(fraction, text=f"{literal(progress.message)} …")

    def waiting(self, progress: Progress) -> None:
        """Show how far work is that this run does not wait for."""
        self._since = self._last = 0.0
        self.progress(progress)

    def say(self, text: str) -> None:
        """Show a text, in place of the bar if there is one."""
        (self._slot or self._room).caption(literal(text))
