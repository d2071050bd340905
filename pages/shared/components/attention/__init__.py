"""The head view: lines and matrices of one layer, linked, on a canvas."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

_PARTS = ("model", "shelf", "toolbar", "lines", "place_map", "matrix", "picture")

attention = component("attention", _PARTS)


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The head view as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("attention", _PARTS, packet, title, theme)
