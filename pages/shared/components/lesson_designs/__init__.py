"""Three architectures as squares of who looks at whom, the model in use marked."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

lesson_designs = component("lesson_designs")


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The same as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("lesson_designs", (), packet, title, theme)
