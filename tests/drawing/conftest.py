"""One blank page in a real Chromium that draws a component from a packet, without Streamlit and without a server."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from llm_core.figures.palette import theme
from pages.shared.components import BUILT, BUNDLE, Component, style
from tests.chromium import PATIENCE_MS
from tests.messages import check_received, check_sent

_PAGE = """<!doctype html><html><head><meta charset="utf-8"><style>
:root {{ --st-background-color: {background}; }}
body {{ margin: 16px; background: {background}; color: {text}; font-family: sans-serif; }}
{css}
</style></head><body><div class="ax"></div></body></html>
"""

_MOUNT = """async ([name, packet, json]) => {
    const data = packet === null ? json : Uint8Array.from(atob(packet), (sign) => sign.charCodeAt(0));
    window.sent ??= [];
    const send = (key, value) => window.sent.push([key, JSON.parse(JSON.stringify(value))]);
    const { components } = await import(window.bundle);
    components[name]({ parentElement: document.body, data, setStateValue: send, setTriggerValue: send });
}"""

_FRAMES = """async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise((next) => requestAnimationFrame(next));
}"""


@dataclass(frozen=True)
class Drawing:
    """A component on the blank page.

    Attributes:
        component: Which.
        page: The page it stands on.
    """

    component: Component
    page: Page

    @property
    def root(self) -> Locator:
        return self.page.locator(".ax")

    def draw(self, data: Any) -> None:
        """Draw it, again if it stands there already, from a packet or from plain JSON."""
        check_sent(self.component, data)
        packet = base64.b64encode(data).decode("ascii") if isinstance(data, bytes) else None
        self.page.evaluate(_MOUNT, [self.component.name, packet, None if packet else data])

    def sent(self) -> list[tuple[str, Any]]:
        """What it has sent back so far: names and values, each held against what is declared."""
        sent = [(name, value) for name, value in self.page.evaluate("window.sent")]
        for name, value in sent:
            check_received(self.component, name, value)
        return sent


@pytest.fixture
def draw(browser: Browser) -> Iterator[Callable[..., Drawing]]:
    """A function that draws a component from a packet (or plain JSON) on a blank page."""
    contexts = []
    errors: list[str] = []

    def drawn(component: Component, data: Any, *, dark: bool = False, phone: bool = False) -> Drawing:
        viewport = {"width": 390, "height": 844} if phone else {"width": 1200, "height": 900}
        context = browser.new_context(viewport=viewport, offline=True)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        colours = theme("dark" if dark else "light")
        page.set_content(_PAGE.format(background=colours.background, text=colours.text, css=style(component.name)))
        bundle = base64.b64encode((BUILT / BUNDLE).read_bytes()).decode("ascii")
        page.evaluate("bundle => { window.bundle = 'data:text/javascript;base64,' + bundle; }", bundle)
        drawing = Drawing(component, page)
        drawing.draw(data)
        page.evaluate(_FRAMES)  # components draw in the next frame, and once more when they have been measured
        return drawing

    yield drawn
    for context in contexts:
        context.close()
    assert errors == []
