"""One engine of two worker processes for each process that runs tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import llm_core
from llm_core.engine.local import LocalEngine
from llm_core.engine.task import ModelRef


@pytest.fixture(scope="session")
def engine() -> Iterator[LocalEngine]:
    """Two workers that load nothing before they are asked."""
    made = LocalEngine(2)
    yield made
    made.close()


@pytest.fixture(scope="session")
def ref(tiny_folder: Callable[[str], Path]) -> Callable[[str], ModelRef]:
    """A function that gives a tiny random model as tasks name it."""
    return lambda name: ModelRef(llm_core.find_model(tiny_folder(name)))
