"""What draws a part of a page again once the visitor's choices have settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pages.shared.components import Component

SOON_MS, LATER_MS = 300, 1500
"""How long to wait before the server is asked again whether something is ready."""

_follow = Component("follow")


def follow(
    key: str,
    drawn: Mapping[str, Any],
    *,
    wait: int = 0,
    off: Mapping[str, Sequence[Sequence[int]]] | None = None,
    on_again: Callable[[], None] | None = None,
) -> None:
    """Let the fragment that calls this run again when the visitor looks elsewhere than it has drawn.

    Args:
        key: Its name; the value of ``st.session_state[key]["again"]`` is what the browser says meanwhile.
        drawn: What the fragment depends on, in the names of the head view's choice.
        wait: Milliseconds after which to ask again, if something is still being worked out.
        off: By stack, the (layer, head) pairs that are switched off, for the part of the page that answers for them.
        on_again: Called before the fragment runs again.
    """
    # The browser wakes a component only if it is told something new.
    told = {"fields": list(drawn), "drawn": dict(drawn), "wait": wait, "off": off, "told": time.time_ns() // 1_000_000}
    _follow(data=told, key=key, on_again_change=on_again or _nothing)


def _nothing() -> None:
    """The fragment runs again, which is all that is wanted."""
