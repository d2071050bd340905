"""A cluster of two nodes and an engine that asks it, shared by all tests here."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import llm_core
from llm_core.engine.ray_engine import RayEngine
from llm_core.engine.ray_replica import APPLICATION
from llm_core.engine.task import ModelRef
from tests.scale.nodes import Nodes, token_environment

PATIENCE_SECONDS = 120
"""No test depends on speed: a machine that has other things to do is waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Ray, and skip it where it is not installed; Ray's own warnings are no errors of ours."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.scale)
            item.add_marker(pytest.mark.filterwarnings("ignore"))
            if importlib.util.find_spec("ray") is None:
                item.add_marker(pytest.mark.skip(reason="no Ray here: make test-scale installs it"))


@pytest.fixture(scope="session")
def nodes() -> Iterator[Nodes]:
    """A head and a worker, a core each."""
    environment = token_environment()
    os.environ.update(environment)
    made = Nodes(environment)
    try:
        made.start_head(cpus=1)
        made.add()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="session")
def engine(nodes: Nodes) -> Iterator[RayEngine]:
    """An engine with two replicas, one on each node."""
    deploy(nodes, APPLICATION, {"num_replicas": 2})
    made = RayEngine(nodes.address)
    yield made
    made.close()
    import ray

    ray.shutdown()


def deploy(nodes: Nodes, name: str, options: dict[str, Any]) -> None:
    """Deploy an application as a server does that finds none.

    In a process of its own: types are checked while tests run, and what checks them cannot be sent to the cluster.
    """
    program = (
        f"from llm_core.engine.cluster import connect; connect({nodes.address!r}, {name!r}, {{'options': {options}}})"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.fixture(scope="session")
def ref(tiny_folder: Callable[[str], Path]) -> Callable[[str], ModelRef]:
    """A function that gives a tiny random model as tasks name it."""
    return lambda name: ModelRef(llm_core.find_model(tiny_folder(name)))
