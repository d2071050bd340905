"""The reader's models: those that ship and tiny ones, each loaded once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import llm_core
from tests.other_recipes import OTHER_RECIPES
from tests.reader.library import Library, from_folder, shipped
from tests.tiny_models import RECIPES


@pytest.fixture(scope="session")
def library(request: pytest.FixtureRequest, tiny_folder: Callable[[str], Path]) -> Callable[[str], Library]:
    """A function that gives a shipped or tiny model by its name, as the library alone loads it."""
    loaded: dict[str, Library] = {}

    def load(name: str) -> Library:
        if name not in loaded:
            recipe = {**OTHER_RECIPES, **RECIPES}.get(name)
            if recipe:
                loaded[name] = from_folder(tiny_folder(name), recipe[0])
            else:
                decoder = request.getfixturevalue("smollm2").tokenizer.name_or_path if name == "smollm2-135m" else None
                loaded[name] = shipped(name, decoder)
        return loaded[name]

    return load


@pytest.fixture(scope="session")
def model(request: pytest.FixtureRequest, tiny: Callable[[str], llm_core.LoadedModel]) -> Callable:
    """A function that gives the same model as the project loads it."""
    fixtures = {
        "minilm-l6": "minilm",
        "minilm-l6-mlm": "mask_filler",
        "smollm2-135m": "smollm2",
        "t5-mini-en-fr": "translator",
    }

    def load(name: str) -> llm_core.LoadedModel:
        return request.getfixturevalue(fixtures[name]) if name in fixtures else tiny(name)

    return load
