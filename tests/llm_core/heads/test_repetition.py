"""A repeated random sequence: induction heads are found by it, and copying breaks without them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import llm_core
from llm_core.heads.random_heads import random_heads
from llm_core.heads.repetition import repeated_sequence
from llm_core.recorder import Site


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("llama", ["[CLS]"], []), ("bert", ["[CLS]"], ["[SEP]"]), ("t5", [], ["[SEP]"])],
)
def test_the_sequence_stands_twice_between_the_special_tokens_of_its_model(tiny, name, before, after):
    model = tiny(name)
    tokens = repeated_sequence(model, length=6, repeats=2, seed=0).tokens
    words = tokens[len(before) : len(tokens) - len(after)]
    assert [token.raw for token in tokens[: len(before)]] == before
    assert [token.raw for token in tokens[len(tokens) - len(after) :]] == after
    assert len(words) == 12
    ids = [token.id for token in words]
    assert ids[:6] == ids[6:]
    assert len(set(ids)) == 6
    assert all(token.is_word for token in words)


def test_the_seed_decides_the_sequence(tiny):
    drawn = [repeated_sequence(tiny("llama"), length=6, repeats=2, seed=seed).text for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_vocabulary_with_too_few_words_repeats_some(tiny):
    source = repeated_sequence(tiny("llama"), length=63, repeats=2, seed=0)
    assert len(source.tokens) == 127


def test_whole_words_are_drawn_where_the_vocabulary_has_them(smollm2):
    tokens = repeated_sequence(smollm2, length=25, repeats=2, seed=0).tokens[1:]
    assert all(token.leading_space and token.text.isalpha() for token in tokens)


@pytest.mark.parametrize(
    ("name", "stacks"), [("llama", {"decoder"}), ("bert", {"encoder"}), ("t5", {"encoder", "decoder"})]
)
def test_every_stack_of_self_attention_is_scored(tiny, name, stacks):
    found = llm_core.induction_on_random(tiny(name), length=6)
    assert set(found) == stacks
    for scores in found.values():
        assert scores.triggered["induction"]
        assert scores.roles["induction"].shape[1] == 4


@pytest.mark.parametrize("options", [{"length": 1}, {"repeats": 1}, {"length": 100}])
def test_a_length_that_does_not_fit_is_refused(tiny, options):
    with pytest.raises(llm_core.SelectionError, match="Expected"):
        llm_core.induction_on_random(tiny("llama"), **options)


@pytest.mark.parametrize("name", ["bert", "t5"])
def test_copying_needs_a_decoder(tiny, name):
    with pytest.raises(llm_core.SelectionError, match="Choose a decoder"):
        llm_core.copying(tiny(name))


def test_copying_is_the_loss_of_the_second_half(tiny):
    model = tiny("gpt2")
    found = llm_core.copying(model, length=5, seed=2)
    source = repeated_sequence(model, length=5, repeats=2, seed=2)
    with torch.inference_mode():
        logits = model.model(**source.inputs).logits[0].double().log_softmax(-1).numpy()
    ids = [token.id for token in source.tokens]
    expected = [-logits[place - 1, ids[place]] / np.log(2) for place in range(7, 11)]
    assert found.tokens == 4
    assert found.loss == pytest.approx(np.mean(expected), abs=1e-4)


def strongest(scores, role, count):
    """The (layer, head) that score highest."""
    values = scores.roles[role]
    order = np.argsort(-values, axis=None)[:count]
    return [(scores.layers[row], int(head)) for row, head in zip(*np.unravel_index(order, values.shape), strict=True)]


def by_site(heads):
    sites = {}
    for layer, head in heads:
        sites.setdefault(("decoder", layer), []).append(head)
    return {site: tuple(sorted(some)) for site, some in sites.items()}


@pytest.fixture(scope="module")
def known(smollm2):
    return llm_core.induction_on_random(smollm2, seed=1)["decoder"]


def test_the_shipped_decoder_has_induction_heads_and_heads_that_look_at_the_token_before(smollm2, known):
    best = strongest(known, "induction", 4)
    assert {(17, 4), (18, 6)} <= set(best)
    assert known.roles["induction"][17, 4] > 0.6
    layer, head = strongest(known, "previous token", 1)[0]
    assert known.roles["previous token"][layer, head] > 0.8
    on_text = llm_core.head_scores(llm_core.trace(smollm2, "The cat sat on the mat because it was tired."), "decoder")
    assert not on_text.triggered["induction"]
    assert on_text.best_role(layer, head) == "previous token"


def test_without_its_induction_heads_the_shipped_decoder_copies_far_worse_than_without_random_ones(smollm2, known):
    chosen = by_site(strongest(known, "induction", 4))
    sites = {Site(*site): heads for site, heads in chosen.items()}
    control = random_heads(sites, {Site("decoder", layer): 9 for layer in known.layers}, 3, seed=0)
    whole = llm_core.copying(smollm2, seed=2)
    without = llm_core.copying(smollm2, chosen, seed=2)
    random = [
        llm_core.copying(smollm2, {(site.stack, site.layer): heads for site, heads in some.items()}, seed=2)
        for some in control.sets
    ]
    assert len(random) == 3
    worst = max(one.loss for one in random)
    assert without.loss - whole.loss > 3 * max(worst - whole.loss, 0.5)
    assert whole.accuracy > 0.5
    assert without.accuracy < 0.3
    assert min(one.accuracy for one in random) > without.accuracy
