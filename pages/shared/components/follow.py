"""What draws a part of a page again once the visitor's choices have settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NotRequired, TypeAlias, get_args

from typing_extensions import TypedDict

from pages.shared.components import Component
from pages.shared.components.attention import AttentionPlace

SOON_MS, LATER_MS = 300, 1500
"""How long to wait before the server is asked again whether something is ready."""

PlaceField: TypeAlias = Literal["stack", "layer", "heads", "query", "key", "rows", "columns", "withoutFirst"]
WHOLE_PLACE: tuple[PlaceField, ...] = get_args(PlaceField)


class FollowData(TypedDict):
    """What a part of the page has drawn and what of that it depends on."""

    fields: list[PlaceField]
    drawn: AttentionPlace
    wait: int
    off: dict[str, list[tuple[int, int]]] | None


class FollowAgain(TypedDict):
    """The part is to be drawn again; with the stack and (layer, head) pairs that the visitor wants switched off."""

    off: NotRequired[tuple[str, list[tuple[int, int]]]]


class FollowSends(TypedDict):
    """What the follower sends back."""

    again: FollowAgain


_follow = Component("follow", data=FollowData, sends=FollowSends)


def follow(
    key: str,
    drawn: AttentionPlace,
    *,
    fields: Sequence[PlaceField] = WHOLE_PLACE,
    wait: int = 0,
    off: dict[str, list[tuple[int, int]]] | None = None,
    on_again: Callable[[], None] | None = None,
) -> None:
    """Let the fragment that calls this run again when the visitor looks elsewhere than it has drawn.

    Args:
        key: Its name; the value of ``st.session_state[key]["again"]`` is what the browser says meanwhile.
        drawn: The place that the fragment has drawn.
        fields: What of the place it depends on.
        wait: Milliseconds after which to ask again, if something is still being worked out.
        off: By stack, the (layer, head) pairs that are switched off, for the part of the page that answers for them.
        on_again: Called before the fragment runs again.
    """
    data: FollowData = {"fields": list(fields), "drawn": drawn, "wait": wait, "off": off}
    _follow(data=data, key=key, on_again_change=on_again or _nothing)


def _nothing() -> None:
    """The fragment runs again, which is all that is wanted."""
