"""How well a decoder copies, and that copying breaks without its induction heads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import llm_core
from llm_core.heads.copying import copying_beside, possible_test
from llm_core.heads.random_heads import random_heads
from llm_core.heads.repetition import repeated_sequence
from llm_core.intervals import mean_interval, share_interval
from llm_core.recording.recorder import Site


@pytest.mark.parametrize("name", ["bert", "t5"])
def test_copying_needs_a_decoder(tiny, name):
    with pytest.raises(llm_core.SelectionError, match="Choose a decoder"):
        llm_core.copying(tiny(name))


def test_one_sequence_tells_too_little(tiny):
    with pytest.raises(llm_core.SelectionError, match="2 sequences or more"):
        llm_core.copying(tiny("llama"), sequences=1)


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma2"])
def test_copying_is_how_the_second_half_of_each_sequence_is_predicted(tiny, name):
    model = tiny(name)
    found = llm_core.copying(model, length=5, sequences=3, seed=2)
    assert found.tokens == 4
    for place in range(3):
        source = repeated_sequence(model, length=5, repeats=2, seed=2 + place)
        with torch.inference_mode():
            logits = model.model(**source.inputs).logits[0].double().log_softmax(-1).numpy()
        ids = [token.id for token in source.tokens]
        expected = [-logits[at - 1, ids[at]] / np.log(2) for at in range(7, 11)]
        assert found.losses[place] == pytest.approx(np.mean(expected), abs=1e-4)
        assert found.right[place] == np.mean([logits[at - 1].argmax() == ids[at] for at in range(7, 11)])
    assert found.accuracy == pytest.approx(found.right.mean())
    assert found.loss == pytest.approx(found.losses.mean())


@pytest.mark.parametrize("ablation", ["zero", "mean"])
@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_without_heads_it_is_what_traces_without_them_say(tiny, name, ablation):
    from llm_core.tracing.trace import trace_encoded

    model, sets = tiny(name), [{("decoder", 1): (0, 2)}, {("decoder", 0): (3,), ("decoder", 1): (1,)}]
    test = llm_core.copying_test(model, length=5, sequences=3)
    alone = llm_core.copying_without(model, test, sets[:1], ablation=ablation)
    turns = llm_core.copying_without(model, test, sets, ablation=ablation)
    for place, heads in enumerate((sets[0], sets[1], sets[0])):
        source = repeated_sequence(model, length=5, repeats=2, seed=place)
        trace = trace_encoded(model, source, edits=llm_core.Edits(heads, ablation))
        ids = [token.id for token in trace.tokens]
        likely = torch.tensor(trace.logits).double().log_softmax(-1).numpy()
        loss = np.mean([-likely[at - 1, ids[at]] / np.log(2) for at in range(7, 11)])
        assert turns.losses[place] == pytest.approx(loss, abs=1e-3)
    np.testing.assert_allclose(turns.losses[[0, 2]], alone.losses[[0, 2]], atol=1e-4)
    again = llm_core.copying(model, sets[0], ablation=ablation, length=5, sequences=3)
    np.testing.assert_allclose(again.losses, alone.losses, atol=1e-6)


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma2", "gemma3", "qwen3", "gpt-oss", "gpt-neox"])
def test_a_pass_that_begins_in_the_middle_gives_what_the_whole_one_gives(tiny, name):
    model = tiny(name)
    test = llm_core.copying_test(model, length=5, sequences=3)
    assert test.layers is not None
    assert len(test.layers.outputs) == 3
    for layer in range(3):
        off = [{("decoder", layer): (1, 2)}]
        resumed = llm_core.copying_without(model, test, off)
        whole = llm_core.copying_without(model, replace(test, layers=None), off)
        np.testing.assert_allclose(resumed.losses, whole.losses, atol=1e-5)
        assert np.abs(resumed.losses - test.before.losses).max() > 1e-4
        again = llm_core.copying_without(model, test, off)
        np.testing.assert_array_equal(again.losses, resumed.losses)


def test_heads_that_do_not_exist_are_refused(tiny):
    test = llm_core.copying_test(tiny("llama"), length=5, sequences=2)
    with pytest.raises(llm_core.SelectionError, match="from 0 to 3"):
        llm_core.copying_without(tiny("llama"), test, [{("decoder", 0): (4,)}])


def test_an_interval_narrows_with_more_values_and_holds_their_mean():
    values = np.random.default_rng(3).normal(0.5, 0.2, 200)
    few, many = mean_interval(values[:8]), mean_interval(values)
    assert few[0] < values[:8].mean() < few[1]
    assert many[0] < values.mean() < many[1]
    assert many[1] - many[0] == pytest.approx(2 * 1.96 * values.std() / np.sqrt(200), rel=0.1)
    assert few[1] - few[0] > 2 * (many[1] - many[0])
    assert mean_interval(np.full(8, 0.25)) == (0.25, 0.25)


def strongest(scores, role, count):
    """The (layer, head) that score highest, by layer."""
    values = scores.roles[role]
    order = np.argsort(-values, axis=None)[:count]
    sites = {}
    for row, head in zip(*np.unravel_index(order, values.shape), strict=True):
        sites.setdefault(("decoder", scores.layers[row]), []).append(int(head))
    return {site: tuple(sorted(some)) for site, some in sites.items()}


def test_without_its_induction_heads_the_shipped_decoder_copies_far_worse_than_without_random_ones(smollm2):
    known = llm_core.induction_on_random(smollm2, seed=50, sequences=4)["decoder"]
    chosen = strongest(known, "induction", 4)
    sites = {Site(*site): heads for site, heads in chosen.items()}
    controls = random_heads(sites, {Site("decoder", layer): 9 for layer in known.layers}, 8, seed=0).sets
    test = llm_core.copying_test(smollm2)
    without = llm_core.copying_without(smollm2, test, [chosen])
    random = llm_core.copying_without(
        smollm2, test, [{(site.stack, site.layer): heads for site, heads in some.items()} for some in controls]
    )
    low, high = mean_interval(random.right - without.right)
    assert 0.05 < low < high
    assert without.interval[1] < test.before.interval[0]
    assert without.loss - test.before.loss > 3 * max(random.loss - test.before.loss, 0.5)


@pytest.mark.parametrize("name", ["bloom", "gptj", "mpt"])
def test_models_whose_attention_does_not_pass_through_the_recorder_are_tested_whole(tiny, name):
    test = llm_core.copying_test(tiny(name), length=5, sequences=3)
    assert test.layers is None
    assert test.before.right.shape == (3,)


def test_no_set_and_no_sequence_are_refused(tiny):
    test = llm_core.copying_test(tiny("llama"), length=5, sequences=2)
    with pytest.raises(llm_core.SelectionError, match="one set of heads or more"):
        llm_core.copying_without(tiny("llama"), test, [])
    with pytest.raises(llm_core.SelectionError, match="one sequence or more"):
        llm_core.induction_on_random(tiny("llama"), sequences=0)


def test_shares_that_are_all_alike_are_not_certain():
    assert share_interval(np.zeros(12)) == (0.0, pytest.approx(1 - 0.05 ** (1 / 12)))
    assert share_interval(np.ones(12)) == (pytest.approx(0.05 ** (1 / 12)), 1.0)
    low, high = share_interval(np.array([0.0, 0.0, 0.1, 0.2, 0.1]))
    assert low == 0.0
    assert high < 1.0


def test_nineteen_of_twenty_intervals_hold_what_is_true():
    generator = np.random.default_rng(1)
    drawn = generator.binomial(15, 0.8, (2000, 12)) / 15
    held = np.mean([low <= 0.8 <= high for low, high in map(share_interval, drawn)])
    assert 0.93 < held < 0.97


def test_what_is_copied_beside_random_heads_is_what_each_of_them_leaves(tiny):
    model, heads, controls = tiny("llama"), {("decoder", 1): (0,)}, [{("decoder", 1): (2,)}, {("decoder", 1): (3,)}]
    test = possible_test(model)
    found = copying_beside(model, test, heads, controls)
    assert found.before is test.before
    np.testing.assert_array_equal(found.after.losses, llm_core.copying_without(model, test, [heads]).losses)
    np.testing.assert_array_equal(found.random.losses, llm_core.copying_without(model, test, controls).losses)
    assert copying_beside(model, test, heads, []).random is None


def test_what_cannot_copy_is_not_tested(tiny):
    model = tiny("bert")
    assert possible_test(model) is None
    assert copying_beside(model, None, {("encoder", 1): (0,)}, []) is None
