"""What visitors share stays bounded, and one visitor's stop is nobody else's."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest

import llm_core
from llm_core.engine.bench import Workbench
from llm_core.engine.cache import BoundedCache, size_of
from llm_core.engine.engine import Engine
from llm_core.engine.task import task
from llm_core.progress import Progress, ignore_progress


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
    cache.put("large", Sized(20))
    cache.put("small", Sized(60))
    assert cache.get("large") is not None


def test_a_size_counts_arrays_once_and_what_holds_them():
    numbers = np.zeros(1000)
    assert 8000 <= size_of(numbers) < 8500
    assert size_of([numbers, numbers]) < 8500
    assert size_of([numbers, numbers[:10]]) < 8500
    assert size_of({"a": (numbers, np.ones(1000))}) > 16000
    assert size_of(Sized(12345)) == 12345


def test_a_model_is_loaded_once_for_everybody(tiny_folder):
    bench = Workbench()
    spec = llm_core.find_model(tiny_folder("bert"))
    got = []
    threads = [threading.Thread(target=lambda: got.append(bench.model(spec, ignore_progress))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert len({id(model) for model in got}) == 1
    assert bench.has(spec)


def test_errors_of_loading_reach_the_visitor_and_are_tried_again(tmp_path):
    bench = Workbench()
    (tmp_path / "config.json").write_text("{}")
    spec = llm_core.find_model(tmp_path)
    for _ in range(2):
        with pytest.raises(llm_core.NotAModelError):
            bench.model(spec, ignore_progress)


def test_a_model_that_was_loaded_is_spared_the_search_for_garbage(tiny_folder):
    gc.unfreeze()
    Workbench().model(llm_core.find_model(tiny_folder("bert")), ignore_progress)
    assert gc.get_freeze_count() > 10_000
    gc.unfreeze()


class ByHand(Engine):
    """An engine whose tasks are done by the test."""

    def __init__(self):
        super().__init__()
        self.begun, self.cancelled = [], []

    def is_loaded(self, spec):
        return False

    def close(self):
        pass

    def _begin(self, job):
        self.begun.append(job)

    def _cancel(self, job):
        self.cancelled.append(job)


WORK = task("samples:sample", "a", "b")


def test_who_looks_is_told_how_far_it_is_and_gets_it_later():
    engine = ByHand()
    assert isinstance(engine.look(WORK, patience=0), Progress)
    engine._told(engine.begun[0], Progress(0.5, "Half"))
    assert engine.look(WORK, patience=0) == Progress(0.5, "Half")
    engine._finish(engine.begun[0], "answer")
    assert engine.look(WORK) == "answer"
    assert engine.known(WORK) == "answer"
    assert len(engine.begun) == 1


def test_an_error_of_work_that_nobody_waited_for_is_raised_once_and_the_work_begins_anew():
    engine = ByHand()
    engine.start(WORK)
    engine._finish(engine.begun[0], error=llm_core.SelectionError("There is no such thing."))
    with pytest.raises(llm_core.SelectionError, match="no such thing"):
        engine.look(WORK, patience=0)
    assert isinstance(engine.look(WORK, patience=0), Progress)
    engine._finish(engine.begun[1], "answer")
    assert engine.look(WORK) == "answer"


def test_work_goes_on_while_anybody_waits_and_ends_with_the_last():
    engine = ByHand()

    class StoppedError(Exception):
        pass

    stop = [False, False]

    def wait(number):
        def report(_):
            if stop[number]:
                raise StoppedError

        with contextlib.suppress(StoppedError):
            engine.ask(WORK, report)

    threads = [threading.Thread(target=wait, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    while not engine.begun or engine.begun[0].waiting < 2:
        time.sleep(0.01)
    stop[0] = True
    threads[0].join()
    assert engine.cancelled == []
    stop[1] = True
    threads[1].join()
    assert engine.cancelled == engine.begun
    assert len(engine.begun) == 1


def test_work_that_was_begun_for_later_is_not_ended_by_somebody_who_stops_waiting():
    engine = ByHand()
    engine.start(WORK)

    class StoppedError(Exception):
        pass

    def stop(_):
        raise StoppedError

    with pytest.raises(StoppedError):
        engine.ask(WORK, stop)
    assert engine.cancelled == []


def test_what_came_of_a_stream_is_given_to_whoever_comes_later():
    engine = ByHand()
    items = engine.stream(WORK)
    thread = threading.Thread(target=lambda: got.extend(items))
    got = []
    thread.start()
    while not engine.begun:
        time.sleep(0.01)
    engine._came(engine.begun[0], 1)
    engine._came(engine.begun[0], 2)
    later = engine.stream(WORK)
    assert [next(later), next(later)] == [1, 2]
    engine._finish(engine.begun[0])
    thread.join()
    assert got == [1, 2]
    assert list(later) == []
