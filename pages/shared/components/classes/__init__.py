"""A text's class by two methods side by side, and the words that decided it."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

classes = component("classes")


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The same as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("classes", (), packet, title, theme)
