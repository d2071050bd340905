"""The search for garbage, now and then instead of after every run of a page.

Streamlit searches everything that was ever made after each run, with nobody else running meanwhile: with thirty
visitors that took nine tenths of the server's time. Here its searches find nothing to look through, and one of our own
looks through everything twice a minute.
"""

from __future__ import annotations

import gc
import threading
from typing import Any

EVERY_SECONDS = 30.0

_own = threading.Event()
"""Set while the search is ours."""


def search_now_and_then() -> None:
    """Begin, for as long as the process lives."""
    gc.callbacks.append(_before)
    threading.Thread(target=_search_again, daemon=True).start()


def search() -> None:
    """Look through everything, now."""
    _own.set()
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    _own.clear()


def _before(phase: str, info: dict[str, Any]) -> None:
    """Called by Python when a search begins: what is set aside is not looked through."""
    if phase == "start" and info["generation"] == 2 and not _own.is_set():
        gc.freeze()


def _search_again() -> None:
    while not threading.Event().wait(EVERY_SECONDS):
        search()
