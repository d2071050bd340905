"""Whatever a page sends to a component in a test is held against what the component declares."""

from __future__ import annotations

from typing import Any

import pytest

from pages.shared.components import Component
from tests.messages import check_sent


@pytest.fixture(autouse=True)
def _messages_are_as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    mount, page = Component.__call__, Component.page

    def checked_mount(component: Component, data: Any, **given: Any) -> None:
        check_sent(component, data)
        mount(component, data, **given)

    def checked_page(component: Component, packet: bytes, title: str, theme: str) -> str:
        check_sent(component, packet)
        return page(component, packet, title, theme)

    monkeypatch.setattr(Component, "__call__", checked_mount)
    monkeypatch.setattr(Component, "page", checked_page)
