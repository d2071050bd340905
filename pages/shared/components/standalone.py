"""A component and its packet as one HTML page: it opens offline, anywhere, with hovering and clicking."""

from __future__ import annotations

import base64
from html import escape

from llm_core.figures.palette import theme as theme_of
from pages.shared.components import script, style

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ --st-background-color: {background}; }}
body {{ margin: 24px; background: {background}; color: {text}; font-family: sans-serif; }}
{css}
</style></head><body><h1 style="font-size:20px">{title}</h1><div class="ax"></div>
<script type="module">
{js}
const packet = Uint8Array.from(atob("{packet}"), (sign) => sign.charCodeAt(0));
drawComponent({{ parentElement: document.body, data: packet, setStateValue() {{}}, setTriggerValue() {{}} }});
</script></body></html>
"""


def page_of(name: str, parts: tuple[str, ...], packet: bytes, title: str, theme: str) -> str:
    """A self-contained page with a component as it is drawn from a packet.

    Args:
        name: The component's folder.
        parts: Its further scripts, as given to :func:`pages.shared.components.component`.
        packet: What :func:`pages.shared.components.packing.pack` made.
        title: Heading of the page.
        theme: ``"light"`` or ``"dark"``.
    """
    colours = theme_of(theme)
    return _PAGE.format(
        title=escape(title),
        background=colours.background,
        text=colours.text,
        css=style(name),
        js=script(name, parts).replace("export default function", "function drawComponent"),
        packet=base64.b64encode(packet).decode("ascii"),
    )
