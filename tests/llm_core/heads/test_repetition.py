"""Repeated random sequences: induction heads are found by them."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.heads.repetition import repeated_sequence


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
    found = llm_core.induction_on_random(tiny(name), length=6, sequences=3)
    assert set(found) == stacks
    for scores in found.values():
        assert scores.triggered["induction"]
        assert scores.roles["induction"].shape[1] == 4
        assert scores.queries["induction"].max() >= 3 * 5


def test_scores_of_several_sequences_are_means_over_all_their_queries(tiny):
    parts = [
        llm_core.induction_on_random(tiny("llama"), length=6, sequences=1, seed=seed)["decoder"] for seed in (0, 1)
    ]
    found = llm_core.induction_on_random(tiny("llama"), length=6, sequences=2)["decoder"]
    for role, means in found.means.items():
        counts = [part.queries[role][:, None] for part in parts]
        if not any(count.any() for count in counts):
            assert np.isnan(means).all()
            continue
        expected = sum(part.means[role] * count for part, count in zip(parts, counts, strict=True)) / sum(counts)
        np.testing.assert_allclose(means, expected, atol=1e-9)
        np.testing.assert_array_equal(found.queries[role], sum(part.queries[role] for part in parts))


@pytest.mark.parametrize("options", [{"length": 1}, {"repeats": 1}, {"length": 100}])
def test_a_length_that_does_not_fit_is_refused(tiny, options):
    with pytest.raises(llm_core.SelectionError, match="Expected"):
        llm_core.induction_on_random(tiny("llama"), **options)


def strongest(scores, role, count):
    """The (layer, head) that score highest."""
    values = scores.roles[role]
    order = np.argsort(-values, axis=None)[:count]
    return [(scores.layers[row], int(head)) for row, head in zip(*np.unravel_index(order, values.shape), strict=True)]


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
