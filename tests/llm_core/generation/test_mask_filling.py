"""An encoder fills masks with the candidates that its own output layer gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import llm_core

ONE = "The cat sat on the [MASK]."
TWO = "The [MASK] sat on the [MASK]."


def library_probabilities(model, ids):
    with torch.inference_mode():
        return model.model(input_ids=torch.tensor([ids])).logits[0].softmax(-1).numpy()


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert", "albert", "modernbert", "electra", "deberta"])
def test_candidates_are_the_librarys(tiny, name):
    model = tiny(name)
    filling = llm_core.fill_masks(model, ONE, candidates=5)
    (one,) = filling.passes[0].fillings
    expected = library_probabilities(model, [token.id for token in filling.passes[0].trace.tokens])[one.position]
    np.testing.assert_allclose([share for _, share in one.candidates], np.sort(expected)[::-1][:5], atol=1e-5)
    assert one.token.id == expected.argmax()
    assert one.entropy == pytest.approx(-(expected * np.log2(expected)).sum(), abs=1e-3)
    assert filling.tokens[one.position].id == one.token.id


def test_at_once_every_mask_is_filled_from_one_reading(tiny):
    filling = llm_core.fill_masks(tiny("bert"), TWO)
    assert not filling.iterative
    assert len(filling.passes) == 1
    assert filling.passes[0].filled == (2, 6)
    assert [filling.tokens[place].id for place in (2, 6)] == [one.token.id for one in filling.passes[0].fillings]


def test_one_after_another_the_surest_goes_first_and_the_next_reads_it(tiny):
    model = tiny("bert")
    filling = llm_core.fill_masks(model, TWO, iterative=True)
    first, second = filling.passes
    surest = max(first.fillings, key=lambda one: one.probability)
    assert first.filled == (surest.position,)
    ids = [token.id for token in first.trace.tokens]
    ids[surest.position] = surest.token.id
    assert [token.id for token in second.trace.tokens] == ids
    (left,) = second.fillings
    assert left.token.id == library_probabilities(model, ids)[left.position].argmax()
    assert filling.tokens[left.position].id == left.token.id


def test_a_mask_may_be_written_as_people_write_it(tiny):
    for written in ("[MASK]", "<mask>", "[mask]"):
        assert len(llm_core.fill_masks(tiny("bert"), f"The {written} sat.").passes[0].fillings) == 1


def test_attention_of_the_reading_comes_with_it(tiny):
    reading = llm_core.fill_masks(tiny("bert"), ONE).passes[0].trace
    assert reading.attention("encoder", 0).shape == (4, len(reading.tokens), len(reading.tokens))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bert-headless", "no output layer.*Choose an encoder that was trained to, such as .*bert-base-uncased"),
        ("gpt2", "writes from left to right"),
        ("t5", "of the family “encoder-decoder”"),
    ],
)
def test_models_that_cannot_fill_masks_say_which_can(tiny, name, says):
    with pytest.raises(llm_core.UnsupportedModelError, match=says):
        llm_core.fill_masks(tiny(name), ONE)


def test_the_sentence_encoder_that_ships_has_no_head(minilm):
    with pytest.raises(llm_core.UnsupportedModelError, match=r"minilm-l6 has no output layer"):
        llm_core.fill_masks(minilm, ONE)


def test_a_text_without_a_mask_is_refused_with_how_to_write_one(tiny):
    with pytest.raises(llm_core.SelectionError, match=r"written \[MASK\], got none"):
        llm_core.fill_masks(tiny("bert"), "The cat sat.")
    with pytest.raises(llm_core.EmptyTextError):
        llm_core.fill_masks(tiny("bert"), " ")
    with pytest.raises(llm_core.SelectionError, match="candidates"):
        llm_core.fill_masks(tiny("bert"), ONE, candidates=0)


def test_one_candidate_is_enough(tiny):
    filling = llm_core.fill_masks(tiny("bert"), ONE, candidates=1)
    assert len(filling.passes) == 1
    assert llm_core.fill_masks(tiny("bert"), ONE, candidates=2).tokens == filling.tokens


def test_a_mask_filled_with_the_mask_token_is_filled(tiny_folder):
    model = llm_core.load_model(tiny_folder("bert"))
    with torch.no_grad():
        model.model.cls.predictions.bias[model.tokenizer.mask_token_id] += 1000
    filling = llm_core.fill_masks(model, TWO, iterative=True)
    assert sorted(reading.filled for reading in filling.passes) == [(2,), (6,)]
    assert [one.token.id for one in filling.passes[1].fillings] == [model.tokenizer.mask_token_id]
