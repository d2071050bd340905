"""What pages send is held against what components declare; components are searched once; work ends with its test."""

from __future__ import annotations

import functools
import threading
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


@pytest.fixture(autouse=True)
def work_ends_with_its_test() -> Iterator[None]:
    """What a page began in a thread of its own is waited for.

    A model that is still being loaded would meet the next test, and where that loads one from the library itself, both
    get weights without numbers.
    """
    before = set(threading.enumerate())
    yield
    begun = [one for one in threading.enumerate() if one not in before and not one.daemon]
    for thread in begun:
        thread.join(120)
    assert not [thread for thread in begun if thread.is_alive()]
