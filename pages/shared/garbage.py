"""The search for garbage, now and then instead of after every run of a page.

Streamlit searches everything that was ever made after each run, with nobody else running meanwhile: with thirty
visitors that took nine tenths of the server's time. Here its searches find nothing to look through, and one of our own
looks through everything twice a minute. The same round lets go of visitors who left.
"""

from __future__ import annotations

import gc
import threading
from contextlib import suppress
from typing import Any

from streamlit import runtime

from llm_core.engine.memory import give_memory_back, share_free_memory

EVERY_SECONDS = 30.0

_own = threading.Event()
"""Set while the search is ours."""


def search_now_and_then() -> None:
    """Begin, for as long as the process lives."""
    share_free_memory()
    gc.callbacks.append(_before)
    threading.Thread(target=_search_again, daemon=True).start()


def search() -> None:
    """Look through everything, now."""
    _own.set()
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    _own.clear()


def forget_who_left() -> None:
    """Let go of tabs that were closed so long ago that nobody comes back to them.

    Streamlit keeps a closed tab for ``server.disconnectedSessionTTL``, and after that until another one is closed:
    after a class has left, everything of its last minutes would stay.
    """
    if not runtime.exists():
        return
    server = runtime.get_instance()
    closed = server._session_mgr._session_storage._cache  # type: ignore[attr-defined]
    with suppress(RuntimeError):  # before it has begun, and once it ends
        server._get_async_objs().eventloop.call_soon_threadsafe(closed.expire)


def _before(phase: str, info: dict[str, Any]) -> None:
    """Called by Python when a search begins: what is set aside is not looked through."""
    if phase == "start" and info["generation"] == 2 and not _own.is_set():
        gc.freeze()


def _search_again() -> None:
    while not threading.Event().wait(EVERY_SECONDS):
        forget_who_left()
        search()
        if runtime.exists() and runtime.get_instance().state is runtime.RuntimeState.NO_SESSIONS_CONNECTED:
            give_memory_back()
