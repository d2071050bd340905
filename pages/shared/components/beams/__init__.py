"""A beam search as a tree: which texts were kept, which were let go, and what each scored."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

beams = component("beams")


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The tree as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("beams", (), packet, title, theme)
