"""An answer and the passages it was written from, coloured by the attention they got."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

answering = component("answering")


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The same as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("answering", (), packet, title, theme)
