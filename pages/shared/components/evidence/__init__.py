"""An answer token by token: how likely each was, what else could stand there, what in the prompt it looked at."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

evidence = component("evidence")


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The same as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("evidence", (), packet, title, theme)
