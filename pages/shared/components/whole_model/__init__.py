"""The whole model: one picture from the text to what comes out, whose blocks open."""

from pages.shared.components import component
from pages.shared.components.standalone import page_of

_PARTS = (
    "pens",
    "layout",
    "painting",
    "stage",
    "attention_panel",
    "network_panel",
    "embedding_panel",
    "output_panel",
    "panels",
    "saving",
)

whole_model = component("whole_model", _PARTS)


def standalone_page(packet: bytes, title: str, theme: str) -> str:
    """The picture as a page of its own; see :func:`pages.shared.components.standalone.page_of`."""
    return page_of("whole_model", _PARTS, packet, title, theme)
