"""A lone visitor's task uses all cores; with others about, each operation keeps to its share."""

from __future__ import annotations

import queue

import pytest
import torch

from llm_core.engine.bench import Workbench
from llm_core.engine.local import LocalEngine
from llm_core.engine.packing import packed_task
from llm_core.engine.process import Worker
from llm_core.engine.task import task
from llm_core.engine.turns import ALONE_SECONDS, Cores
from llm_core.tracing import asked

TEXT = "The cat sat on the mat because it was tired."


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("llm_core.engine.turns.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def own_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_cores_are_shared_among_those_who_asked_lately(clock):
    cores = Cores(8)
    assert cores.threads == 8
    for visitors, threads in [(1, 8), (2, 4), (3, 2), (8, 1), (30, 1)]:
        for number in range(visitors):
            cores.note(f"visitor {number}")
        assert cores.threads == threads
    clock[0] += ALONE_SECONDS
    cores.note("visitor 1")
    assert cores.threads == 8


def test_a_worker_keeps_to_its_threads_from_one_layer_to_the_next(monkeypatch, ref, own_threads):
    said, seen = queue.Queue(), []
    worker = Worker(lambda *message: said.put(message), 3, Workbench())
    trace = asked.trace

    def watched(*arguments, progress, **options):
        def layer_done(told):
            worker.take("threads", 2)
            progress(told)
            seen.append(torch.get_num_threads())

        seen.append(torch.get_num_threads())
        return trace(*arguments, progress=layer_done, **options)

    monkeypatch.setattr(asked, "trace", watched)
    worker.start()
    while said.get(timeout=60)[0] != "prepared":
        pass
    read = task("tracing.asked:read", ref("gpt2"), TEXT)
    worker.take("do", 0, "read", packed_task(read), (read.arguments[0].spec,), False)
    while (last := said.get(timeout=60))[0] in {"told", "loaded"}:
        pass
    assert last[0] == "done"
    assert seen[0] == 3
    assert set(seen[1:]) == {2}


def test_workers_are_told_when_somebody_else_comes(monkeypatch, ref):
    monkeypatch.setattr("llm_core.engine.turns.usable_cores", lambda: 6)
    engine = LocalEngine(1)
    try:
        told = []
        engine.whose = lambda: "the first"
        engine.ask(task("tracing.asked:read", ref("gpt2"), TEXT))
        (worker,) = engine._workers
        send = worker.send
        monkeypatch.setattr(worker, "send", lambda *message: (told.append(message), send(*message)))
        engine.ask(task("tracing.asked:read", ref("gpt2"), TEXT + " So."))
        assert not [one for one in told if one[0] == "threads"]
        engine.whose = lambda: "another"
        engine.ask(task("tracing.asked:read", ref("gpt2"), TEXT + " Then."))
        assert [one for one in told if one[0] in {"threads", "do"}][-2] == ("threads", 3)
    finally:
        engine.close()
