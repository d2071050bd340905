"""Where an engine uses models is a setting, which reaches its workers."""

from __future__ import annotations

import pytest
import torch

import llm_core
from llm_core.engine.bench import Workbench
from llm_core.engine.inline import InlineEngine
from llm_core.engine.local import LocalEngine
from llm_core.engine.task import ModelRef, task
from llm_core.models import placement
from llm_core.progress import ignore_progress
from tests.far_device import CARDS


@pytest.mark.parametrize("made", [LocalEngine, InlineEngine])
def test_a_setting_that_names_no_device_is_refused_before_anything_starts(made, monkeypatch):
    monkeypatch.setenv("ATTENTION_DEVICE", "gpu")
    with pytest.raises(llm_core.SettingError, match="Expected cpu, auto, cuda"):
        made()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card here")
def test_a_card_that_is_not_there_is_said_to_whoever_asks(monkeypatch, tiny_folder):
    monkeypatch.setenv("ATTENTION_DEVICE", "cuda:0")
    engine = LocalEngine(1)
    try:
        with pytest.raises(llm_core.SettingError, match="got cuda:0, and here is none that it can use"):
            engine.ask(task("engine.facts:model_facts", ModelRef(llm_core.find_model(tiny_folder("bert")))))
    finally:
        engine.close()


def test_a_workbench_uses_models_where_it_is_told(tiny_folder, monkeypatch):
    monkeypatch.setattr(placement, "cards", lambda: {CARDS[0]: 10**9})
    spec = llm_core.find_model(tiny_folder("bert"))
    assert Workbench(device="auto").model(spec, ignore_progress).devices == (CARDS[0],)
    assert Workbench().model(spec, ignore_progress).devices == ("cpu",)
