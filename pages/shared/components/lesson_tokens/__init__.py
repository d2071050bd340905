"""A text as the tokens that a model makes of it, each with its id."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

lesson_tokens = component("lesson_tokens")


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The same as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("lesson_tokens", (), packet, title, theme)
