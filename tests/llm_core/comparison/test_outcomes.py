"""What comes out, and what each family is trained to do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import llm_core
from llm_core.comparison.model_profile import as_fields, from_fields, model_profile
from llm_core.comparison.objectives import BLANK, objective
from llm_core.comparison.outcomes import outcome, word_to_hide
from llm_core.measures.geometry import geometry

TEXT = "The cat sat on the mat because it was tired."
CAT = (4, 7)


def test_an_encoder_fills_the_blank_with_what_the_library_gives(tiny):
    model = tiny("bert")
    blank = outcome(model, llm_core.trace(model, TEXT, max_target_tokens=5), CAT).blank
    assert (blank.word, blank.before, blank.after) == ("cat", "The ", " sat on the mat because it was tired.")
    inputs = model.tokenizer("The [MASK] sat on the mat because it was tired.", return_tensors="pt")
    place = inputs["input_ids"][0].tolist().index(model.tokenizer.mask_token_id)
    with torch.inference_mode():
        chances = model.model(input_ids=inputs["input_ids"]).logits[0, place].softmax(-1)
    best = chances.topk(5)
    assert [candidate.token.id for candidate in blank.candidates] == best.indices.tolist()
    assert [candidate.probability for candidate in blank.candidates] == pytest.approx(best.values.tolist(), abs=1e-5)


def test_a_decoder_guesses_the_hidden_word_from_what_stands_before_it(tiny):
    model = tiny("gpt2")
    trace = llm_core.trace(model, TEXT, max_target_tokens=5)
    told = outcome(model, trace, CAT)
    before = model.tokenizer("The", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        chances = model.model(input_ids=before).logits[0, -1].softmax(-1)
    assert told.blank.after == ""
    assert [c.token.id for c in told.blank.candidates] == chances.topk(5).indices.tolist()
    last = torch.from_numpy(trace.logits[-1].copy()).softmax(-1)
    assert [c.probability for c in told.following] == pytest.approx(last.topk(5).values.tolist(), abs=1e-6)


def test_nothing_stands_before_the_first_word_of_a_decoder(tiny):
    model = tiny("gpt2")
    blank = outcome(model, llm_core.trace(model, TEXT, max_target_tokens=5), (0, 3)).blank
    assert blank.candidates == ()
    assert "Nothing stands before" in blank.reason


def test_an_encoder_without_a_head_says_so(tiny):
    model = tiny("bert-headless")
    blank = outcome(model, llm_core.trace(model, TEXT, max_target_tokens=5), CAT).blank
    assert blank.candidates == ()
    assert "without a mask head" in blank.reason
    assert not geometry(model, llm_core.trace(model, TEXT, max_target_tokens=5)).has_head


def test_an_encoder_decoder_tells_how_sure_it_was_of_each_token(tiny):
    model = tiny("t5")
    trace = llm_core.trace(model, TEXT, max_target_tokens=5)
    written = outcome(model, trace).written
    assert [candidate.token for candidate in written] == list(trace.target_tokens[1:])
    # Greedy decoding wrote the most probable token at each place.
    for place, candidate in enumerate(written):
        row = trace.logits[place].astype(np.float64)
        assert candidate.probability == pytest.approx(
            np.exp(row.max() - np.log(np.exp(row - row.max()).sum()) - row.max()), abs=1e-5
        )


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (TEXT, "cat"),
        ("A small elephant drinks.", "small"),
        ("Hello", "Hello"),
        ("Hello there", "there"),
        ("?!", None),
    ],
)
def test_a_word_worth_hiding(text, word):
    span = word_to_hide(text)
    assert (None if span is None else text[slice(*span)]) == word


def test_objectives_are_shown_on_the_text_itself():
    masked = objective("encoder", TEXT, hidden=CAT)
    assert masked.examples[0].given == f"The {BLANK} sat on the mat because it was tired."
    assert masked.examples[0].answer == "cat"
    following = objective("decoder", TEXT).examples
    assert [(e.given, e.answer) for e in following] == [
        ("The", "cat"),
        ("The cat sat on the", "mat"),
        ("The cat sat on the mat because it was", "tired"),
    ]
    both = objective("encoder-decoder", TEXT, target="Le chat")
    assert [(e.given, e.answer) for e in both.examples] == [(TEXT, "Le chat")]
    for family in ("encoder", "decoder", "encoder-decoder"):
        assert objective(family, "?").examples == ()


@pytest.mark.parametrize("name", ["bert", "gpt2", "t5", "bart", "bert-headless", "bloom"])
def test_a_profile_survives_json(tiny, name):
    import json

    model = tiny(name)
    profile = model_profile(model, llm_core.trace(model, TEXT, max_target_tokens=5))
    assert from_fields(json.loads(json.dumps(as_fields(profile)))) == profile


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        ("bert", "learned"),
        ("gpt2", "learned"),
        ("llama", "rotary"),
        ("t5", "relative"),
        ("marian", "fixed"),
        ("gemma3", "rotary"),
    ],
)
def test_geometry_is_read_off_the_model(tiny, name, positions):
    model = tiny(name)
    shape = geometry(model, llm_core.trace(model, TEXT, max_target_tokens=5))
    assert shape.positions == positions
    assert shape.d_model == 32
    assert shape.vocabulary == model.model.get_input_embeddings().weight.shape[0]
    assert set(shape.heads.values()) == {4}
    assert set(shape.key_value_heads.values()) == {2 if name in {"llama", "gemma3"} else 4}
    assert shape.d_feed_forward == (128 if name == "gpt2" else 48)
    if name in {"t5", "marian"}:
        assert dict(shape.layers) == {"encoder": 2, "decoder": 3, "cross": 3}
