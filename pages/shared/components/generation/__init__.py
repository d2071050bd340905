"""A text being written, token by token: timeline, pipeline, attention of the step, cache, branches."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

_PARTS = ("pipeline", "looking", "cache", "branches")

generation = component("generation", _PARTS)


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The same as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("generation", _PARTS, packet, title, theme)
