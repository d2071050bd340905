"""Architectures side by side: rows that line up across panes, linked by what their tokens stand for."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

_PARTS = ("pictures", "cells", "rows")

architectures = component("architectures", _PARTS)


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The comparison as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("architectures", _PARTS, packet, title, theme)
