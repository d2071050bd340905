"""A picture never outlives its weights: whoever overwrites a model's files and reloads sees the new model."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from streamlit.testing.v1 import AppTest

from pages.shared.components import Component
from tests.messages import unpack

ROOT = Path(__file__).parents[2]
TEXT = "The cat sat on the mat."
PAGES = {
    "pages/explore/attention.py": {"attention", "head_grid"},
    "pages/explore/inside_a_head.py": {"inside_head"},
    "pages/home/whole_model.py": {"whole_model"},
    "pages/explore/generation.py": {"generation"},
}


@pytest.fixture
def sent(monkeypatch):
    """The last packet that each component was given."""
    packets: dict[str, bytes] = {}
    mount = Component.__call__

    def noting(component, data, **given):
        packets[component.name] = data
        mount(component, data, **given)

    monkeypatch.setattr(Component, "__call__", noting)
    return packets


def settled(app, sent, names):
    """The arrays of some components, once nothing is being worked out for them any more."""
    before = None
    for _ in range(120):
        app.run()
        assert not app.exception, app.exception
        now = {name: unpack(sent[name])[1] for name in names if name in sent}
        shown = {name: {key: array.tobytes() for key, array in arrays.items()} for name, arrays in now.items()}
        if set(shown) == names and shown == before:
            return shown
        before = shown
        time.sleep(0.3)
    raise AssertionError(f"The page never came to rest: {sorted(sent)}")


@pytest.mark.parametrize("page", PAGES)
def test_the_new_weights_are_drawn_after_a_reload(tiny_folder, tmp_path, sent, page):
    folder = shutil.copytree(tiny_folder("llama"), tmp_path / "model")
    names = PAGES[page]

    def visit():
        sent.clear()
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
        app.query_params.update({"model": str(folder), "text": TEXT, "first": str(folder), "second": "none"})
        app.switch_page(page)
        return settled(app, sent, names)

    first = visit()
    again = visit()
    for name in names:
        assert all(again[name][key] == array for key, array in first[name].items() if key in again[name]), name
    weights = {name: tensor * 1.5 + 0.01 for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    second = visit()
    for name in names:
        # A pane of another model may have come to rest meanwhile.
        both = first[name].keys() & second[name].keys()
        assert any(first[name][key] != second[name][key] for key in both), name
