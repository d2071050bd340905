"""A text whose masks were filled, with the candidates of each mask."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

masks = component("masks")


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The same as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("masks", (), packet, title, theme)
