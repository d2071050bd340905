"""Models on graphics cards: what is drawn of one is the same, wherever its weights are."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch

import llm_core
from llm_core.models import placement
from llm_core.models.loading import load
from llm_core.progress import ignore_progress
from llm_core.recording.self_writing import private_copy
from tests.far_device import CARDS, Far

FAMILIES = ["bert", "gpt2", "llama", "gemma2", "bloom", "t5", "bart"]
TEXT = "The cat sat on the mat because it was tired."


@pytest.fixture
def on_cards(tiny_folder, monkeypatch):
    """A function that loads a tiny model with so much room, as shares of its weights, on each of two cards."""

    def on(name, *shares):
        weights = llm_core.load_model(tiny_folder(name)).nbytes
        rooms = {card: int(share * weights) for card, share in zip(CARDS, shares, strict=False)}
        monkeypatch.setattr(placement, "cards", lambda: rooms)
        return load(llm_core.find_model(tiny_folder(name)), "auto", ignore_progress)

    return on


def same(trace, other):
    assert trace.stacks == other.stacks
    assert (trace.logits is None) == (other.logits is None)
    if trace.logits is not None:
        np.testing.assert_allclose(trace.logits, other.logits, atol=1e-5)
    for stack in trace.stacks:
        for layer in trace.layers(stack):
            np.testing.assert_allclose(trace.attention(stack, layer), other.attention(stack, layer), atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("shares", [(2.0,), (0.8, 0.8), (0.6, 0.2)], ids=["one card", "two cards", "cards and memory"])
def test_a_trace_is_the_same_on_cards(on_cards, tiny, name, shares):
    model = on_cards(name, *shares)
    assert set(model.devices) <= {*CARDS, "cpu"}
    assert model.devices != ("cpu",)
    assert model.method == tiny(name).method
    same(llm_core.trace(model, TEXT), llm_core.trace(tiny(name), TEXT))


@pytest.mark.parametrize("name", ["gpt2", "gemma2", "t5"])
@pytest.mark.parametrize("settings", [{"seed": 3}, {"temperature": 0.0}], ids=["drawn", "greedy"])
def test_the_same_tokens_are_written_on_cards(on_cards, tiny, name, settings):
    wanted = llm_core.GenerationSettings(max_new_tokens=6, **settings)
    there, here = (
        list(llm_core.generate(model, "The cat", wanted)) for model in (on_cards(name, 0.6, 0.6), tiny(name))
    )
    assert [step.token.id for step in there] == [step.token.id for step in here]
    np.testing.assert_allclose(there[-1].logits, here[-1].logits, atol=1e-5)


def test_where_a_model_lies_is_told(tiny_folder, monkeypatch):
    monkeypatch.setattr(placement, "cards", lambda: {CARDS[1]: 10**9})
    told = []
    load(llm_core.find_model(tiny_folder("bert")), "auto", told.append)
    assert told[-1].message.endswith(f"is ready on {CARDS[1]}")


def test_what_one_card_holds_lies_there_whole(on_cards):
    assert on_cards("gpt2", 0.5, 1.5).devices == (CARDS[1],)


def test_layers_are_not_taken_apart(on_cards):
    model = on_cards("llama", 0.8, 0.8)
    assert model.devices == CARDS
    for layer in model.model.model.layers:
        assert len({weight.device for weight in layer.parameters()}) == 1


def test_tied_weights_stay_tied(on_cards):
    model = on_cards("gpt2", 2.0)
    assert model.model.lm_head.weight is model.model.transformer.wte.weight
    assert isinstance(model.model.lm_head.weight, Far)


def test_a_copy_calls_its_own_modules(on_cards):
    model = on_cards("gpt2", 2.0)
    copied = private_copy(model.model)
    called = []
    copied.transformer.h[0].register_forward_hook(lambda *_: called.append(True))
    ids = torch.tensor([[1, 2, 3]])
    assert copied(ids).logits.device.type == "cpu"
    assert called == [True]


def test_a_model_that_fails_on_the_card_is_used_without_it(on_cards, monkeypatch, caplog):
    moved = placement.place

    def torn(model, device):
        moved(model, device)
        if device != "cpu":
            next(iter(model.parameters())).near.fill_(float("nan"))

    monkeypatch.setattr("llm_core.models.loading.place", torn)
    with caplog.at_level(logging.WARNING):
        assert on_cards("gpt2", 2.0).devices == ("cpu",)
    assert "without a graphics card" in caplog.text


def test_auto_is_the_processor_where_no_card_is(tiny_folder, monkeypatch):
    monkeypatch.setattr(placement, "cards", dict)
    assert llm_core.load_model(tiny_folder("bert"), device="auto").devices == ("cpu",)


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "cuda:-1", "", "CPU", "cuda:1 "])
def test_another_name_is_refused_at_once(device, tiny_folder):
    with pytest.raises(llm_core.SettingError, match="Expected cpu, auto, cuda"):
        llm_core.load_model(tiny_folder("bert"), device=device)


@pytest.mark.parametrize("there", [{}, {"cuda:0": 10**9}])
def test_a_card_that_is_not_there_is_said(there, tiny_folder, monkeypatch):
    monkeypatch.setattr(placement, "cards", lambda: there)
    with pytest.raises(llm_core.SettingError, match=r"got cuda:7, and here is (none|cuda:0)"):
        llm_core.load_model(tiny_folder("bert"), device="cuda:7")


def test_a_card_by_name_is_the_first_of_its_kind(tiny_folder, monkeypatch):
    monkeypatch.setattr(placement, "cards", lambda: {"cuda:0": 10**9})
    asked = []
    monkeypatch.setattr("llm_core.models.loading.place", lambda model, device: asked.append(device))
    llm_core.load_model(tiny_folder("bert"), device="cuda")
    assert asked == ["cuda"]
