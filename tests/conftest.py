"""Fixtures that every test shares: tiny random models in folders, made here, never downloaded."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Callable
from pathlib import Path

import pytest

import llm_core
from tests.chromium import browser, pytest_collection_modifyitems
from tests.tiny_models import write_tiny_model

__all__ = ["browser", "pytest_collection_modifyitems"]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function that gives the folder of a tiny random model by its name in tests/tiny_models.py."""
    base = tmp_path_factory.mktemp("models")

    def folder(name: str) -> Path:
        path = base / name
        if not path.exists():
            write_tiny_model(name, path)
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
