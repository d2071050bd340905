"""What switching heads off does to the output equals what two traces say, beside random heads."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import llm_core
from llm_core.heads.effects import DistributionEffect, TextEffect, VectorEffect
from llm_core.tracing.inputs import encode_text
from llm_core.tracing.trace import trace_encoded

TEXT = "The cat sat on the mat because it was tired."
HEADS = {("decoder", 1): (0, 2)}


def log_softmax(logits):
    wide = np.asarray(logits, np.float64)
    return (
        wide - np.log(np.exp(wide - wide.max(-1, keepdims=True)).sum(-1, keepdims=True)) - wide.max(-1, keepdims=True)
    )


def divergence(before, after):
    return (np.exp(before) * (before - after)).sum(-1) / np.log(2)


@pytest.mark.parametrize("ablation", ["zero", "mean"])
@pytest.mark.parametrize("position", [None, 3])
@pytest.mark.parametrize("name", ["llama", "gpt2", "gemma2"])
def test_a_decoders_next_token_before_and_after_is_that_of_its_traces(tiny, name, position, ablation):
    model = tiny(name)
    effect = llm_core.effect_of_ablation(model, TEXT, HEADS, ablation=ablation, position=position, draws=0).chosen
    plain = llm_core.trace(model, TEXT)
    edited = llm_core.trace(model, TEXT, edits=llm_core.Edits(HEADS, ablation))
    row = len(plain.tokens) - 1 if position is None else position
    before, after = log_softmax(plain.logits[row]), log_softmax(edited.logits[row])
    assert isinstance(effect, DistributionEffect)
    assert effect.heads == HEADS
    assert effect.position == row
    assert effect.masked is None
    assert effect.kl == effect.size == pytest.approx(divergence(before, after), abs=1e-5)
    answer = int(before.argmax())
    assert effect.answer.token.id == answer
    assert effect.answer_change == pytest.approx((after[answer] - before[answer]) / np.log(2), abs=1e-4)
    named = {candidate.token.id for candidate in effect.candidates}
    assert named == {*np.argsort(-before)[:8].tolist(), *np.argsort(-after)[:8].tolist()}
    assert effect.candidates[0].token.id == answer
    for candidate in effect.candidates:
        assert candidate.before == pytest.approx(np.exp(before[candidate.token.id]), abs=1e-5)
        assert candidate.after == pytest.approx(np.exp(after[candidate.token.id]), abs=1e-5)


def masked_logits(model, tokens, row):
    ids = torch.tensor([[token.id for token in tokens]])
    ids[0, row] = model.tokenizer.mask_token_id
    with torch.inference_mode():
        return model.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, row].numpy()


@pytest.mark.parametrize("position", [None, 2])
def test_an_encoder_is_asked_for_a_word_that_is_masked_for_it(tiny, position):
    model = tiny("bert")
    effect = llm_core.effect_of_ablation(model, TEXT, {("encoder", 1): (0,)}, position=position, draws=0).chosen
    tokens = llm_core.trace(model, TEXT).tokens
    row = max(place for place, token in enumerate(tokens) if token.is_word) if position is None else position
    assert effect.position == row
    assert effect.masked == tokens[row]
    before = log_softmax(masked_logits(model, tokens, row))
    assert effect.answer.before == pytest.approx(np.exp(before.max()), abs=1e-5)
    assert effect.answer.token.id == before.argmax()
    assert effect.kl > 0


def test_a_mask_in_the_text_is_what_is_asked_for(tiny):
    model = tiny("bert")
    text = "The cat [MASK] on the mat."
    effect = llm_core.effect_of_ablation(model, text, {("encoder", 1): (0,)}, draws=0).chosen
    trace = llm_core.trace(model, text)
    assert trace.tokens[effect.position].raw == "[MASK]"
    assert effect.masked is None
    assert effect.answer.before == pytest.approx(np.exp(log_softmax(trace.logits[effect.position]).max()), abs=1e-5)


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_what_an_encoder_decoder_writes_before_and_after_is_that_of_its_traces(tiny, name):
    model = tiny(name)
    heads = {("cross", 1): (0, 1, 2), ("encoder", 0): (3,)}
    effect = llm_core.effect_of_ablation(model, TEXT, heads, draws=0, max_target_tokens=8).chosen
    plain = llm_core.trace(model, TEXT, max_target_tokens=8)
    edited = llm_core.trace(model, TEXT, max_target_tokens=8, edits=llm_core.Edits(heads))
    assert isinstance(effect, TextEffect)
    for said, trace in ((effect.text_before, plain), (effect.text_after, edited)):
        written = [token.id for token in trace.target_tokens]
        assert said == model.tokenizer.decode(written, skip_special_tokens=True).strip()
    ids = [token.id for token in plain.target_tokens]
    source = encode_text(model, TEXT, truncate=False, pad_to=None, max_tokens=None)
    forced = trace_encoded(model, source, torch.tensor([ids]), edits=llm_core.Edits(heads))
    for said, trace in ((effect.log_probability_before, plain), (effect.log_probability_after, forced)):
        likely = log_softmax(trace.logits)[np.arange(len(ids) - 1), ids[1:]].sum() / np.log(2)
        assert said == pytest.approx(likely, abs=1e-3)
    assert effect.log_probability_after != pytest.approx(effect.log_probability_before, abs=1e-3)
    assert effect.size == effect.kl > 0


@pytest.mark.parametrize("position", [None, 1])
def test_a_given_target_is_read_with_and_without_the_heads(tiny, position):
    model = tiny("t5")
    heads = {("decoder", 2): (1, 2)}
    effect = llm_core.effect_of_ablation(model, TEXT, heads, "le chat noir", position=position, draws=0).chosen
    plain = llm_core.trace(model, TEXT, "le chat noir")
    edited = llm_core.trace(model, TEXT, "le chat noir", edits=llm_core.Edits(heads))
    before, after = log_softmax(plain.logits), log_softmax(edited.logits)
    following = [token.id for token in plain.target_tokens[1:]]
    rows = np.arange(len(following))
    assert effect.text_before == "le chat noir"
    assert effect.text_after is None
    assert effect.log_probability_after == pytest.approx(after[rows, following].sum() / np.log(2), abs=1e-3)
    every = divergence(before, after)
    assert effect.kl == pytest.approx(every.mean(), abs=1e-5)
    assert effect.at.position == (every.argmax() if position is None else position)
    assert effect.at.kl == pytest.approx(every[effect.at.position], abs=1e-5)


def cosine(one, other):
    return (one * other).sum(-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1)


def test_an_encoder_without_a_head_is_asked_for_its_vectors(tiny):
    model = tiny("bert-headless")
    heads = {("encoder", 1): (0, 1)}
    effect = llm_core.effect_of_ablation(model, TEXT, heads, draws=0).chosen
    plain = llm_core.trace(model, TEXT).hidden_states("encoder")[-1].astype(np.float64)
    edited = llm_core.trace(model, TEXT, edits=llm_core.Edits(heads)).hidden_states("encoder")[-1].astype(np.float64)
    assert isinstance(effect, VectorEffect)
    np.testing.assert_allclose(effect.token_changes, 1 - cosine(plain, edited), atol=1e-5)
    assert effect.size == pytest.approx(1 - cosine(plain.mean(0), edited.mean(0)), abs=1e-5)
    assert effect.size > 1e-4


@pytest.mark.parametrize("ablation", ["zero", "mean"])
def test_random_heads_are_as_many_and_their_effect_is_their_own(tiny, ablation):
    model = tiny("llama")
    found = llm_core.effect_of_ablation(model, TEXT, HEADS, ablation=ablation, draws=3, seed=1)
    assert found.ablation == ablation
    assert "no more different" in found.drawn  # of two heads beside two others there is one draw only
    (control,) = found.controls
    assert control.heads == {("decoder", 1): (1, 3)}
    alone = llm_core.effect_of_ablation(model, TEXT, control.heads, ablation=ablation, draws=0).chosen
    assert control.size == pytest.approx(alone.size, abs=1e-7)
    assert found.stronger_than == int(control.size < found.chosen.size)


def test_random_heads_may_come_from_other_layers(tiny):
    every = {("decoder", 1): (0, 1, 2)}
    found = llm_core.effect_of_ablation(tiny("llama"), TEXT, every, ablation="mean", draws=4)
    assert len(found.controls) == 4
    assert {sum(map(len, control.heads.values())) for control in found.controls} == {3}
    assert "other layers" in found.drawn


def test_the_same_seed_gives_the_same_controls(tiny):
    one, other = (llm_core.effect_of_ablation(tiny("llama"), TEXT, {("decoder", 0): (0,)}, draws=2) for _ in "ab")
    assert [control.size for control in one.controls] == [control.size for control in other.controls]


def test_a_mean_over_one_token_has_no_effect(tiny):
    heads = {("decoder", 1): (0, 1, 2, 3)}
    assert llm_core.effect_of_ablation(tiny("llama"), "a", heads, ablation="mean", draws=0).chosen.size < 1e-6
    assert llm_core.effect_of_ablation(tiny("llama"), "a", heads, draws=0).chosen.size > 1e-3


@pytest.mark.parametrize(
    ("heads", "options", "said"),
    [
        ({}, {}, "at least one head"),
        ({("decoder", 0): ()}, {}, "at least one head"),
        ({("decoder", 0): (4,)}, {}, "from 0 to 3"),
        ({("decoder", 0): (4,)}, {"draws": 0}, "from 0 to 3"),
        ({("decoder", 0): (-1,)}, {"ablation": "mean"}, "from 0 to 3"),
        ({("decoder", 0): ("a",)}, {}, "from 0 to 3"),
        ({("cross", 0): (0,)}, {}, "cross"),
        (HEADS, {"position": 99}, "position from 0 to"),
        (HEADS, {"position": -1}, "position from 0 to"),
        (HEADS, {"position": "1"}, "position from 0 to"),
        (HEADS, {"ablation": "none"}, "“zero” or “mean”"),
        (HEADS, {"target": "le chat"}, "Leave the target out"),
    ],
)
@pytest.mark.usefixtures("unchecked_types")
def test_what_cannot_be_asked_is_refused(tiny, heads, options, said):
    with pytest.raises(llm_core.SelectionError, match=said):
        llm_core.effect_of_ablation(tiny("llama"), TEXT, heads, **options)


def test_a_position_beyond_what_was_written_is_refused(tiny):
    with pytest.raises(llm_core.SelectionError, match="position from 0 to"):
        llm_core.effect_of_ablation(tiny("bart"), TEXT, {("cross", 0): (0,)}, position=50, max_target_tokens=4)


def test_a_model_that_is_not_recorded_is_refused(tiny):
    with pytest.raises(llm_core.UnsupportedModelError, match="switched off"):
        llm_core.effect_of_ablation(tiny("bloom"), TEXT, {("decoder", 0): (0,)})


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("name", ["llama", "bart", "bert"])
def test_progress_goes_on_to_the_end_and_can_stop_the_work(tiny, name):
    stack = tiny(name).family if name != "bart" else "cross"
    told = []
    heads = {(stack, 0): (0,)}
    llm_core.effect_of_ablation(
        tiny(name), TEXT, heads, ablation="mean", draws=2, max_target_tokens=4, progress=told.append
    )
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1

    def stop(progress):
        if progress.fraction > 0.5:
            raise StoppedError

    with pytest.raises(StoppedError):
        llm_core.effect_of_ablation(tiny(name), TEXT, heads, draws=2, max_target_tokens=4, progress=stop)
