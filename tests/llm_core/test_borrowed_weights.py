"""A bundled model may read tensors of a catalog model that is installed anyway."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file

import llm_core
from llm_core.models.borrowed_weights import BORROWED, complete_weights


def _folder(path, **borrowed):
    save_file({"own": torch.ones(2)}, path / "model.safetensors")
    if borrowed:
        (path / BORROWED).write_text(json.dumps(borrowed))
    return path


def test_a_folder_that_borrows_nothing_is_read_as_it_is(tmp_path):
    assert complete_weights(_folder(tmp_path)) is None


def test_missing_tensors_come_from_the_model_that_is_named(tmp_path, minilm):
    wanted = {"here": "embeddings.word_embeddings.weight"}
    tensors = complete_weights(_folder(tmp_path, **{"from": "minilm-l6", "tensors": wanted}))
    assert set(tensors) == {"own", "here"}
    assert torch.equal(tensors["here"], minilm.model.get_input_embeddings().weight)


def test_a_lender_that_is_not_installed_is_said_to_be_missing(tmp_path, monkeypatch):
    folder = _folder(tmp_path, **{"from": "minilm-l6", "tensors": {}})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(llm_core.NotAModelError, match=r"“minilm-l6” is not installed.*make setup"):
        complete_weights(folder)
