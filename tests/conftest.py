"""Fixtures that every test shares: tiny random models in folders, made here, never downloaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from jaxtyping import config

import llm_core
from tests.chromium import browser, pytest_collection_modifyitems
from tests.far_device import pytest_addoption, pytest_configure
from tests.scheduling import pytest_xdist_make_scheduler
from tests.tiny_models import write_tiny_model

# The same examples in every run: what a test finds by chance would be lost again by chance.
settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")

# One worker for each process that runs tests, with what the test asks for and nothing else.
os.environ.setdefault("ATTENTION_WORKERS", "1")
os.environ.setdefault("ATTENTION_PRELOAD", "0")

__all__ = [
    "browser",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_xdist_make_scheduler",
]


@pytest.fixture
def unchecked_types() -> Iterator[None]:
    """Annotations are not checked: for a test that hands over what they forbid, to see what its caller is told."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one run of the tests share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def tiny_folder(run_folder: Path) -> Callable[[str], Path]:
    """A function that gives the folder of a tiny random model by its name in tests/tiny_models.py."""
    base = run_folder / "tiny-models"
    base.mkdir(exist_ok=True)

    def folder(name: str) -> Path:
        path = base / name
        with FileLock(base / f"{name}.lock"):
            if not path.exists():
                scratch = base / f"{name}.unfinished"
                write_tiny_model(name, scratch)
                scratch.rename(path)
        return path

    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder: Callable[[str], Path]) -> Callable[[str], llm_core.LoadedModel]:
    """A function that gives a loaded tiny random model by its name in tests/tiny_models.py."""
    loaded: dict[str, llm_core.LoadedModel] = {}

    def load(name: str) -> llm_core.LoadedModel:
        if name not in loaded:
            loaded[name] = llm_core.load_model(tiny_folder(name))
        return loaded[name]

    return load


@pytest.fixture(scope="session")
def minilm() -> llm_core.LoadedModel:
    return llm_core.load_model("minilm-l6")


@pytest.fixture(scope="session")
def mask_filler() -> llm_core.LoadedModel:
    return llm_core.load_model("minilm-l6-mlm")


@pytest.fixture(scope="session")
def translator() -> llm_core.LoadedModel:
    return llm_core.load_model("t5-mini-en-fr")


@pytest.fixture(scope="session")
def smollm2() -> llm_core.LoadedModel:
    return llm_core.load_model("smollm2-135m")
