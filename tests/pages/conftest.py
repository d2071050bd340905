"""What pages send to components is held against what those declare; one search for installed components."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner

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


@pytest.fixture(scope="session", autouse=True)
def components_searched_once() -> Iterator[None]:
    """Streamlit reads what every installed package says of itself, anew for each AppTest: a third of a second each.

    No package is installed while tests run, so that one answer is right for all of them.
    """
    with pytest.MonkeyPatch.context() as patch:
        search = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", search)
        yield
