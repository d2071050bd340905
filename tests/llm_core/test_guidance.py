"""Which heads training guided is data with a model, and beside each stands the best head that no one guided."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import llm_core
from llm_core.heads.guidance import aligned_share, best_unguided, guidance, guided_among
from llm_core.recording.archive import load_trace, save_trace
from llm_core.recording.guided_heads import GUIDED_HEADS, GuidedHead, read_guided_heads
from llm_core.text.tokens import Token

BUNDLED = Path(llm_core.__file__).parent / "bundled"
TEXT = "The cat sat on the mat because it was tired."
ONE = {"stack": "decoder", "layer": 1, "head": 2, "taught": "look back"}


@pytest.fixture
def told(tiny_folder, tmp_path):
    """A tiny model whose folder names a guided head."""
    folder = tmp_path / "told"
    shutil.copytree(tiny_folder("llama"), folder)
    (folder / GUIDED_HEADS).write_text(json.dumps([ONE]), encoding="utf-8")
    return folder


def test_any_folder_may_name_guided_heads_and_its_traces_carry_them(told, tmp_path):
    model = llm_core.load_model(told)
    assert model.guided_heads == (GuidedHead(**ONE),)
    trace = llm_core.trace(model, TEXT)
    assert trace.guided_heads == model.guided_heads
    save_trace(trace, tmp_path / "kept")
    assert load_trace(tmp_path / "kept").guided_heads == model.guided_heads


def test_a_folder_that_says_nothing_has_none(tiny, tmp_path):
    assert tiny("llama").guided_heads == ()
    assert read_guided_heads(tmp_path, "empty") == ()


@pytest.mark.parametrize(
    "said",
    ["{", "3", '{"stack": "decoder"}', json.dumps([{**ONE, "layer": -1}]), json.dumps([{**ONE, "stack": "middle"}])],
)
def test_what_cannot_be_read_is_told_with_what_is_expected(said, tmp_path):
    (tmp_path / GUIDED_HEADS).write_text(said, encoding="utf-8")
    with pytest.raises(llm_core.NotAModelError, match=r"Expected a list of heads with stack, layer, head and taught"):
        read_guided_heads(tmp_path, "odd")


def test_the_best_head_is_the_best_of_those_that_no_one_guided():
    shares = {0: np.array([0.2, 0.9]), 1: np.array([0.8, 0.5])}
    taught = (GuidedHead("decoder", 0, 1, "look"),)
    best = best_unguided(taught, "decoder", (0, 1), lambda layer: shares[layer])
    assert (best.layer, best.head, best.share) == (1, 0, 0.8)
    assert best_unguided((), "decoder", (0, 1), lambda layer: shares[layer]).share == 0.9
    everybody = tuple(GuidedHead("cross", 0, head, "look") for head in (0, 1))
    assert best_unguided(everybody, "cross", (0,), lambda layer: shares[layer]) is None
    assert guided_among(taught, "decoder", 0, [0]) == ()
    assert guided_among(taught, "decoder", 0, None) == taught


def test_alignment_is_the_mean_over_source_words_of_the_largest_weight_on_each():
    words = [Token(0, "[PAD]", "[PAD]", is_special=True), Token(1, "un", "un"), Token(2, "chat", "chat")]
    source = [Token(3, "a", "a"), Token(4, "cat", "cat"), Token(5, ".", ".")]
    weights = np.array([[[0.9, 0.0, 0.1], [0.6, 0.2, 0.2], [0.1, 0.8, 0.1]]], np.float32)
    # “a” gets 0.6 of “un”, “cat” gets 0.8 of “chat”: what a special token gives counts for nothing.
    assert aligned_share(weights, words, source) == pytest.approx([0.7])
    assert aligned_share(weights[:, :1], words[:1], source).tolist() == [0.0]


def test_what_is_said_names_the_head_what_it_was_taught_and_the_best_other(told):
    trace = llm_core.trace(llm_core.load_model(told), TEXT)
    (said,) = guidance(trace, "decoder", 1, [2], 5)
    assert str(said).startswith(
        "Its training guided layer 1, head 2 to look back; the model did not find that by itself. Of the heads that no "
        f"one guided, layer {said.best.layer}, head {said.best.head} does it best on this text: "
    )
    assert guidance(trace, "decoder", 1, [0, 1, 3], 5) == ()
    assert guidance(trace, "decoder", 0, [2], 5) == ()


def test_without_a_token_it_speaks_of_the_guided_head_s_own_strongest_link(told):
    trace = llm_core.trace(llm_core.load_model(told), TEXT)
    (said,) = guidance(trace, "decoder", 1, [2])
    weights = trace.attention("decoder", 1, [2])[0]
    assert said.share in weights
    assert said.what.startswith("from “")


def test_the_bundled_models_name_the_heads_that_training_code_guides():
    from training.encoder_batches import PRONOUN_HEAD
    from training.train import GUIDED_HEAD

    taught = {"minilm-l6-mlm": ("encoder", *PRONOUN_HEAD), "t5-mini-en-fr": ("cross", *GUIDED_HEAD)}
    for name, place in taught.items():
        (one,) = read_guided_heads(BUNDLED / name, name)
        assert (one.stack, one.layer, one.head, one.by) == (*place, "this project's training")


def test_what_training_writes_beside_a_model_is_what_lies_there(tmp_path):
    from training.encoder_batches import PRONOUN_HEAD
    from training.export import write_guided_heads

    (one,) = read_guided_heads(BUNDLED / "minilm-l6-mlm", "minilm-l6-mlm")
    write_guided_heads(tmp_path, "encoder", PRONOUN_HEAD, one.taught)
    assert (tmp_path / GUIDED_HEADS).read_bytes() == (BUNDLED / "minilm-l6-mlm" / GUIDED_HEADS).read_bytes()


@pytest.mark.parametrize(("place", "why"), [({"layer": 9}, "head 2 of layer 9"), ({"head": 99}, "head 99 of layer 1")])
def test_a_head_that_the_model_does_not_have_is_told_when_it_is_loaded(told, place, why):
    (told / GUIDED_HEADS).write_text(json.dumps([{**ONE, **place}]), encoding="utf-8")
    with pytest.raises(llm_core.NotAModelError, match=why):
        llm_core.load_model(told)


def test_where_no_word_can_be_aligned_nothing_is_said_to_align_best(translator):
    trace = llm_core.trace(translator, "…", target="!")
    (found,) = guidance(trace, "cross", 2, [0])
    assert found.best is None
    assert "best on this text" not in str(found)


def test_heads_that_do_as_well_are_counted_beside_the_best():
    shares = {0: np.array([0.9996, 0.2]), 1: np.array([0.9998, 0.99961])}
    best = best_unguided((), "decoder", (0, 1), lambda layer: shares[layer])
    assert (best.layer, best.head, best.alike) == (1, 0, 3)
