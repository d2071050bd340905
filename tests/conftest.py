"""Fixtures that every test shares: tiny random models in folders, made here, never downloaded.

Every annotation of llm_core is checked while the tests run, the shapes of arrays (``Float32[np.ndarray, "head query
key"]``) as well as plain types: before llm_core is imported, an import hook of jaxtyping is installed that has beartype
look at the arguments and the result of each call, and at the fields of each dataclass. An annotation that lies, or code
that breaks its promise, raises ``jaxtyping.TypeCheckError``. Programs that a test starts are not checked. The app has
no such hook, and a visitor who hands over a wrong type meets the checks written in llm_core: a test of those asks for
the fixture ``unchecked_types``.
"""

from __future__ import annotations

import os

from jaxtyping import config, install_import_hook

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# With the numeric tower a whole number may stand for a float, as it may for mypy.
install_import_hook("llm_core", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

from collections.abc import Callable, Iterator  # noqa: E402  (whatever imports llm_core comes after the hook)
from pathlib import Path  # noqa: E402

import pytest  # noqa: E402

import llm_core  # noqa: E402
from tests.chromium import browser, pytest_collection_modifyitems  # noqa: E402
from tests.tiny_models import write_tiny_model  # noqa: E402

__all__ = ["browser", "pytest_collection_modifyitems"]


@pytest.fixture
def unchecked_types() -> Iterator[None]:
    """Annotations are not checked: for a test that hands over what they forbid, to see what its caller is told."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


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
