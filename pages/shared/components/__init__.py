"""The project's own components: drawn by ``frontend/``, sent packets from here, coloured by the palette.

A component is one folder of ``frontend/`` and one module of this package, which declares what travels between the two
(``python -m frontend.generate`` writes the same as TypeScript). ``make build`` bundles all of them into
``static/built/attention-explorer.js``, which the browser fetches once and which pages that are saved carry with them.
"""

from __future__ import annotations

import base64
import struct
import time
from collections.abc import Callable
from functools import cache, cached_property
from hashlib import blake2s
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from llm_core.figures.palette import theme as theme_of

BUILT = Path(__file__).parents[3] / "static" / "built"
BUNDLE = "attention-explorer.js"

# Relative to the page, as Streamlit's own files are, so that it holds behind any path of a proxy.
_MOUNT = """
const { live } = await import(new URL("app/static/built/%(bundle)s?%(version)s", document.baseURI).href);
export default live.%(name)s;
"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ --st-background-color: {background}; }}
body {{ margin: 24px; background: {background}; color: {text}; font-family: sans-serif; }}
{css}
</style></head><body><h1 style="font-size:20px">{title}</h1><div class="ax"></div>
<script type="module">
const bundle = "data:text/javascript;base64,{bundle}";
const {{ components }} = await import(bundle);
const data = Uint8Array.from(atob("{packet}"), (sign) => sign.charCodeAt(0));
components.{name}({{ parentElement: document.body, data, setStateValue() {{}}, setTriggerValue() {{}} }});
</script></body></html>
"""


class Component:
    """A component of ``frontend/``; calling it mounts it on the page.

    Attributes:
        name: Its folder in ``frontend/``.
        header: A ``TypedDict`` of the header of its packets.
        arrays: A ``TypedDict`` (or a mapping from str) of the arrays of its packets, None if they carry none.
        data: For a component that is sent plain JSON instead of packets, a ``TypedDict`` of that.
        sends: A ``TypedDict`` of what it sends back, by the name of the state or trigger.
    """

    def __init__(
        self,
        name: str,
        *,
        header: Any = None,
        arrays: Any = None,
        data: Any = None,
        sends: Any = None,
    ) -> None:
        self.name, self.header, self.arrays, self.data, self.sends = name, header, arrays, data, sends

    @cached_property
    def _mount(self) -> Callable[..., Any]:
        js = _MOUNT % {"bundle": BUNDLE, "version": _bundle_version(), "name": self.name}
        return st.components.v2.component(
            f"attention_explorer_{self.name}", html='<div class="ax"></div>', css=style(self.name), js=js
        )

    def __call__(self, data: Any, *, key: str, **callbacks: Callable[[], None]) -> None:
        """Mount it.

        Args:
            data: A packet (:func:`pages.shared.components.packing.pack`), which is sent again only if it differs, or,
                where declared so, plain JSON, which is sent again each time.
            key: Its key in the session's state, where :func:`received` finds what it sends.
            callbacks: ``on_<name>_change`` for the names it sends.
        """
        self._mount(data=_stamped(data, key), key=key, **callbacks)

    def page(self, packet: bytes, title: str, theme: str) -> str:
        """A self-contained HTML page with the component as it draws a packet: it opens offline, anywhere.

        Args:
            packet: What :func:`pages.shared.components.packing.pack` made.
            title: Heading of the page.
            theme: ``"light"`` or ``"dark"``.
        """
        colours = theme_of(theme)
        return _PAGE.format(
            title=escape(title),
            background=colours.background,
            text=colours.text,
            css=style(self.name),
            name=self.name,
            bundle=base64.b64encode(_bundle()).decode("ascii"),
            packet=base64.b64encode(packet).decode("ascii"),
        )


def _stamped(data: Any, key: str) -> Any:
    """What a component is sent, with the time when it became that.

    While the browser fetches a component, Streamlit may hand it what is newer before what is older, and the older one
    would stay. The component (``inOrder`` in ``frontend/shared/component.ts``) goes by the stamp instead.

    Args:
        data: A packet, which gets the stamp behind its end (8 bytes, a float64, little-endian), or plain JSON, which
            gets it as ``stamp``.
        key: The component's key; the same packet under the same key keeps its stamp.

    Returns:
        The same with a stamp: seconds since 1970, later than whatever this session sent before under the key.
    """
    sent = st.session_state.setdefault("_stamps", {})
    digest, last = sent.get(key, (None, 0.0))
    is_packet = isinstance(data, bytes)
    now = blake2s(data).digest() if is_packet else None
    if digest is None or digest != now:
        last = max(time.time(), last + 1e-6)
        sent[key] = (now, last)
    return data + struct.pack("<d", last) if is_packet else {**data, "stamp": last}


@cache
def _bundle() -> bytes:
    return (BUILT / BUNDLE).read_bytes()


@cache
def _bundle_version() -> str:
    return blake2s(_bundle(), digest_size=8).hexdigest()


@cache
def style(name: str) -> str:
    """The CSS of a component as it was built: palette, what all components share, its own."""
    return (BUILT / f"{name}.css").read_text(encoding="utf-8")


def received(key: str, name: str) -> Any:
    """What a component sent under a name, read in its callback; None if its part of the page has gone meanwhile.

    Args:
        key: The component's key in the session's state.
        name: Of the state or trigger.
    """
    sent = st.session_state.get(key)
    return None if sent is None else sent.get(name)
