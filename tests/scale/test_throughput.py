"""How much more two replicas do than one: reported, not judged, since no test may depend on how fast a machine is."""

from __future__ import annotations

import threading
import time

import llm_core
from llm_core.engine.ray_engine import RayEngine
from llm_core.engine.task import ModelRef
from tests.scale.conftest import deploy
from tests.scale.test_cluster import SMOLLM, reading, wait_until

TEXTS = 16


def texts_a_second(nodes, replicas, round_):
    """Texts of 200 words that an application with so many replicas reads in a second, models loaded."""
    from ray import serve

    name = f"speed{replicas}"
    deploy(nodes, name, {"num_replicas": replicas, "ray_actor_options": {"num_cpus": 0}})
    engine = RayEngine(nodes.address, name=name)
    model = ModelRef(llm_core.find_model(SMOLLM))

    def read_all(prefix, count):
        asked = [reading(model, f"{prefix} {number} " + "word " * 200) for number in range(count)]
        threads = [threading.Thread(target=engine.ask, args=(one,)) for one in asked]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(engine.known(one) is not None for one in asked)
        return count / (time.monotonic() - began)

    try:
        wait_until(lambda: len(engine._places) == replicas)
        read_all("Warm", 6 * replicas)
        return read_all(f"Measured {round_}", TEXTS)
    finally:
        engine.close()
        serve.delete(name)


def test_throughput_of_two_replicas_against_one(nodes, engine, capsys):
    one, two = (texts_a_second(nodes, replicas, 0) for replicas in (1, 2))
    with capsys.disabled():
        print(
            f"\n{SMOLLM}, texts of 200 words: {one:.2f} a second with one replica, {two:.2f} with two ({two / one:.2f})"
        )
    assert min(one, two) > 0
