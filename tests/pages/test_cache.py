"""What visitors share stays bounded, and one visitor's stop is nobody else's."""

from __future__ import annotations

import contextlib
import gc
import threading
from dataclasses import dataclass

import pytest

import llm_core
from llm_core.progress import Progress
from pages.shared.cache import BoundedCache, ModelStore, Workshop


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


def test_a_model_that_was_loaded_is_spared_the_search_for_garbage(tiny_folder):
    gc.unfreeze()
    ModelStore().get(llm_core.find_model(tiny_folder("bert")), lambda _: None)
    assert gc.get_freeze_count() > 10_000
    gc.unfreeze()


def test_who_looks_is_told_how_far_it_is_and_gets_it_later():
    workshop, go_on = Workshop(BoundedCache(4, 100)), threading.Event()

    def make(progress):
        progress(Progress(0.5, "Half"))
        go_on.wait(60)
        return Sized(1)

    assert isinstance(workshop.look("thing", make, patience=0.01), Progress)
    go_on.set()
    assert workshop.look("thing", make, patience=60) == Sized(1)
    assert workshop.look("thing", make, patience=0) == Sized(1)


def test_an_error_of_work_that_nobody_waited_for_is_raised_once_and_the_work_begins_anew():
    workshop, go_on, begun = Workshop(BoundedCache(4, 100)), threading.Event(), []

    def make(_):
        begun.append(1)
        go_on.wait(60)
        if len(begun) == 1:
            raise llm_core.SelectionError("There is no such thing.")
        return Sized(1)

    job = workshop.start("thing", make)
    assert isinstance(workshop.look("thing", make, patience=0), Progress)
    go_on.set()
    job.done.wait(60)
    with pytest.raises(llm_core.SelectionError, match="no such thing"):
        workshop.look("thing", make, patience=60)
    assert workshop.look("thing", make, patience=60) == Sized(1)
