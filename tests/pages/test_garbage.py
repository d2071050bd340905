"""Searches of others find nothing to look through; our own finds what has been let go of."""

from __future__ import annotations

import gc
import weakref

import pytest

from pages.shared import garbage


class Knot:
    """Something that only a search for garbage finds."""

    def __init__(self):
        self.own = self


@pytest.fixture
def searched_now_and_then(monkeypatch):
    monkeypatch.setattr(garbage, "EVERY_SECONDS", 1e6)
    garbage.search_now_and_then()
    yield
    gc.callbacks.remove(garbage._before)
    gc.unfreeze()


@pytest.mark.usefixtures("searched_now_and_then")
def test_what_is_let_go_of_is_found_by_our_own_search_and_no_other():
    gone = weakref.ref(Knot())
    gc.collect()
    assert gone() is not None
    assert gc.get_freeze_count() > 1000
    garbage.search()
    assert gone() is None
