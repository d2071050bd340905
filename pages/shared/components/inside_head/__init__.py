"""Inside a head: one query token against all keys, number by number, in steps."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

_PARTS = ("formulas", "strips", "rows", "steps", "late_steps")

inside_head = component("inside_head", _PARTS)


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The steps as a page of their own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("inside_head", _PARTS, packet, title, theme)
