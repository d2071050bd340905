"""What visitors share stays bounded, and one visitor's stop is nobody else's."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass

import pytest

import llm_core
from pages.shared.cache import BoundedCache, ModelStore


@dataclass
class Sized:
    nbytes: int


def test_the_cache_lets_go_of_what_was_used_longest_ago():
    cache = BoundedCache(most_items=2, most_bytes=100)
    for name in "ab":
        cache.put(name, Sized(1))
    cache.get("a")
    cache.put("c", Sized(1))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    assert cache.get("c") is not None


def test_the_cache_is_bounded_in_bytes_but_keeps_the_newest():
    cache = BoundedCache(most_items=10, most_bytes=100)
    cache.put("small", Sized(60))
    cache.put("large", Sized(500))
    assert cache.get("small") is None
    assert cache.get("large") is not None


def test_a_model_is_loaded_once_for_everybody(tiny_folder):
    store = ModelStore()
    spec = llm_core.find_model(tiny_folder("bert"))
    got = []
    threads = [threading.Thread(target=lambda: got.append(store.get(spec, lambda _: None))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert len({id(model) for model in got}) == 1


def test_errors_of_loading_reach_the_visitor_and_are_tried_again(tmp_path):
    store = ModelStore()
    (tmp_path / "config.json").write_text("{}")
    spec = llm_core.find_model(tmp_path)
    for _ in range(2):
        with pytest.raises(llm_core.NotAModelError):
            store.get(spec, lambda _: None)


def test_a_visitor_who_stops_waiting_does_not_stop_the_loading(tiny_folder):
    class Stopped(BaseException):
        pass

    def stop(_):
        raise Stopped

    store = ModelStore()
    spec = llm_core.find_model(tiny_folder("gpt-neox"))
    with contextlib.suppress(Stopped):
        store.get(spec, stop)
    assert store.get(spec, lambda _: None).family == "decoder"
