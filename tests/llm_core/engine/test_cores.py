"""Each operation of a worker uses as many threads as the engine was told, and the same number in every task."""

from __future__ import annotations

import queue
import threading

import pytest
import torch

from llm_core.engine.bench import Workbench
from llm_core.engine.local import default_threads
from llm_core.engine.packing import packed_task
from llm_core.engine.process import Worker
from llm_core.engine.task import task
from llm_core.tracing import asked

TEXT = "The cat sat on the mat because it was tired."


@pytest.fixture
def own_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def seen_by_a_trace(monkeypatch, ref, threads):
    """How many threads an operation of a trace may use, and what the worker says last."""
    said, seen = queue.Queue(), []
    trace = asked.trace

    def watched(*arguments, **options):
        seen.append(torch.get_num_threads())
        return trace(*arguments, **options)

    monkeypatch.setattr(asked, "trace", watched)
    worker = Worker(lambda *message: said.put(message), threads, Workbench())
    worker.start()
    while said.get(timeout=60)[0] != "prepared":
        pass
    read = task("tracing.asked:read", ref("gpt2"), TEXT)
    worker.take("do", 0, "read", packed_task(read), (read.arguments[0].spec,), False)
    while (last := said.get(timeout=60))[0] in {"told", "loaded"}:
        pass
    return seen, last[0]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_pass_uses_the_threads_that_were_allowed(monkeypatch, ref, own_threads, threads):
    assert seen_by_a_trace(monkeypatch, ref, threads) == ([threads], "done")


def test_where_no_thread_can_be_started_the_work_is_done_all_the_same(monkeypatch, ref, own_threads):
    start = threading.Thread.start

    def refused(thread):
        if getattr(thread._target, "__name__", "") == "_in_lane" and thread._args[1].__name__ == "alone":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert seen_by_a_trace(monkeypatch, ref, 3) == ([1], "done")


@pytest.mark.parametrize(("said", "threads"), [("", 1), ("4", 4), ("0", 1), ("many", 1)])
def test_the_environment_says_how_many_there_are(monkeypatch, said, threads):
    monkeypatch.setenv("ATTENTION_THREADS", said)
    assert default_threads() == threads
