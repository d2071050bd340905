"""A node that is gone takes no answer with it, or the loss is said in a sentence, and all else goes on."""

from __future__ import annotations

import threading
from contextlib import suppress

import numpy as np
import pytest

import llm_core
from llm_core.engine.task import ModelRef
from llm_core.errors import WorkerLostError
from tests.scale.test_cluster import SMOLLM, reading, wait_until, writing


def node_of(replica):
    """The address of the node on which a replica is, or None if it is gone."""
    from ray._private.state import actors

    for actor in actors().values():
        if actor["Name"].endswith(f"#{replica}") and actor["State"] == "ALIVE":
            return actor["Address"]["IPAddress"], actor["Pid"]
    return None


def both_work(engine):
    wait_until(lambda: len(engine._places) == 2)


def replica_of_worker(engine, nodes):
    """The name of the replica on the node that is not the head."""
    import psutil

    family = {child.pid for child in psutil.Process(nodes.nodes[-1].process.pid).children(recursive=True)}
    both_work(engine)
    return next(name for name in engine._places._alive if node_of(name)[1] in family)


@pytest.fixture
def two(nodes, engine):
    """The cluster with both its nodes; a test may kill the second."""
    both_work(engine)
    yield nodes
    if nodes.nodes[-1].process.poll() is not None:
        nodes.add()
        both_work(engine)


def only(engine, monkeypatch, name):
    """Let tasks go to one replica for as long as it lives."""
    ranked = type(engine._places).ranked

    def first_this(self, asked, replicas, named, load):
        groups = ranked(self, asked, replicas, named, load)
        this = [one for group in groups for one in group if named(one) == name]
        return [this] if this else groups

    monkeypatch.setattr(type(engine._places), "ranked", first_this)


def test_a_node_killed_while_it_writes_loses_no_token(engine, two, ref, tiny, monkeypatch):
    settings = {"max_new_tokens": 40, "seed": 5}
    own = [
        step.token.id for step in llm_core.generate(tiny("gpt2"), "The cat", llm_core.GenerationSettings(**settings))
    ]
    only(engine, monkeypatch, replica_of_worker(engine, two))
    seen = []
    for step in engine.stream(writing(ref("gpt2"), **settings)):
        seen.append(step)
        if len(seen) == 3:
            two.nodes[-1].kill()
    assert [step.token.id for step in seen] == own
    # A step that the node had is made again.
    np.testing.assert_allclose(seen[1].attention("decoder", 0, [0]).sum(), 1, atol=1e-5)


def test_a_node_killed_while_it_reads_loses_no_answer(engine, two, monkeypatch):
    model = ModelRef(llm_core.find_model(SMOLLM))
    only(engine, monkeypatch, replica_of_worker(engine, two))
    killed = threading.Event()

    def kill(progress):
        if progress.message.startswith("Layer") and not killed.is_set():
            killed.set()
            two.nodes[-1].kill()

    seen = engine.ask(reading(model, "A long text about nothing in particular. " * 60), kill)
    assert killed.is_set()
    np.testing.assert_allclose(seen.attention("decoder", 0, [0], queries=[5]).sum(axis=-1), 1, atol=1e-4)


def test_a_trace_of_a_node_that_is_gone_is_read_again(engine, two, ref, monkeypatch):
    only(engine, monkeypatch, replica_of_worker(engine, two))
    seen = engine.ask(reading(ref("bert"), "Read where soon nothing is."))
    before = seen.attention("encoder", 0, [0])
    two.nodes[-1].kill()
    np.testing.assert_array_equal(seen.attention("encoder", 0, [0]), before)
    np.testing.assert_allclose(seen.attention("encoder", 1, [0]).sum(axis=-1), 1, atol=1e-5)


def test_work_that_ends_two_replicas_is_said_in_a_sentence_and_all_else_goes_on(engine, two, ref):
    import os
    import signal

    stop = threading.Event()
    asked = reading(ModelRef(llm_core.find_model(SMOLLM)), "A text that ends whoever reads it. " * 200)

    def end_whoever_has_it():
        while not stop.wait(0.02):
            for name in engine._places.holders(asked.identity):
                place = node_of(name)
                if place is not None:
                    # For a moment the cluster calls alive what is gone.
                    with suppress(ProcessLookupError):
                        os.kill(place[1], signal.SIGKILL)

    killer = threading.Thread(target=end_whoever_has_it)
    killer.start()
    try:
        with pytest.raises(WorkerLostError, match="ended twice"):
            engine.ask(asked)
    finally:
        stop.set()
        killer.join()
    assert engine.ask(reading(ref("gpt2"), "Others are served.")).tokens
    both_work(engine)
