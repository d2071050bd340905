"""One word in several contexts: cosines by hand, and what the shipped models make of "spring"."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core.embeddings.groupings import groupings
from llm_core.embeddings.word_contexts import WordInContexts, WordUse, word_in_contexts
from llm_core.embeddings.word_examples import SPRING

TEXTS = {"animal": ["The cat sat on the mat.", "It was a cat."], "tool": ["A cat of steel, the cat."]}


def by_hand(**changes):
    """Two meanings at right angles after a large common part is taken away."""
    common = np.array([10.0, 0.0, 0.0])
    own = np.array([[0, 1, 0], [0, 2, 0], [0, 0, 1], [0, 0, 3]], float)
    uses = tuple(WordUse(f"s{place}", place // 2, (1,), (), first=False) for place in range(4))
    fields = {
        "model_name": "hand",
        "word": "w",
        "stack": "encoder",
        "meanings": ("one", "other"),
        "uses": uses,
        "vectors": (common + own)[None].astype(np.float32),
        "means": common[None].astype(np.float32),
        "random": np.zeros((2, 1), np.float32),
    }
    return WordInContexts(**{**fields, **changes})


def test_curves_by_hand():
    made = by_hand()
    centred = made.curves(centred=True)
    assert centred.same.tolist() == [1]
    assert centred.different.tolist() == [0]
    assert centred.gap.tolist() == [1]
    raw = made.curves(centred=False)
    lengths = [101**0.5, 104**0.5, 101**0.5, 109**0.5]
    same = (102 / (lengths[0] * lengths[1]) + 103 / (lengths[2] * lengths[3])) / 2
    different = np.mean([100 / (one * other) for one in lengths[:2] for other in lengths[2:]])
    assert raw.same[0] == pytest.approx(same, abs=1e-5)
    assert raw.different[0] == pytest.approx(different, abs=1e-5)
    assert raw.gap[0] < 0.05


def test_without_a_pair_there_is_no_similarity():
    uses = tuple(WordUse(f"s{place}", place, (1,), (), first=False) for place in range(4))
    assert np.isnan(by_hand(uses=uses).curves(centred=True).same).all()
    uses = tuple(WordUse(f"s{place}", 0, (1,), (), first=False) for place in range(4))
    assert np.isnan(by_hand(uses=uses).curves(centred=True).different).all()


@pytest.mark.usefixtures("unchecked_types")
def test_records_check_their_shapes():
    with pytest.raises(ValueError, match="layer"):
        by_hand(means=np.zeros((2, 3), np.float32))


@pytest.mark.parametrize("name", ["bert", "llama", "t5", "bart", "gpt2", "bloom"])
def test_the_vector_is_the_mean_of_the_words_tokens_at_every_layer(tiny, name):
    model = tiny(name)
    made = word_in_contexts(model, "Cat", TEXTS)
    stack = "decoder" if model.family == "decoder" else "encoder"
    assert [use.meaning for use in made.uses] == [0, 0, 1]
    for place, use in enumerate(made.uses):
        target = "x" if model.family == "encoder-decoder" else None
        trace = llm_core.trace(model, use.sentence, target)
        tokens = [
            token for token in trace.tokens if token.start is not None and token.start < use.sentence.index("cat") + 3
        ]
        covered = [token for token in tokens if token.end > use.sentence.index("cat")]
        assert use.tokens == tuple(covered)
        positions = [trace.tokens.index(token) for token in covered]
        expected = trace.residual_stream(stack)[:, positions].mean(axis=1)
        np.testing.assert_allclose(made.vectors[:, place], expected, atol=1e-4)


def test_the_mean_leaves_out_first_tokens(tiny):
    model = tiny("llama")
    made = word_in_contexts(model, "cat", TEXTS)
    states = [
        llm_core.trace(model, text).residual_stream("decoder")[:, 1:] for texts in TEXTS.values() for text in texts
    ]
    np.testing.assert_allclose(made.means, np.concatenate(states, axis=1).mean(axis=1), atol=1e-4)


def test_a_word_at_the_beginning_is_told(tiny):
    made = word_in_contexts(tiny("llama"), "the", {"m": ["The cat sat", "on the mat"]})
    assert [use.first for use in made.uses] == [True, False]


def test_random_pairs_are_the_same_each_time(tiny):
    one, other = (word_in_contexts(tiny("bert"), "cat", TEXTS) for _ in range(2))
    np.testing.assert_array_equal(one.random, other.random)
    assert (np.abs(one.random) <= 1).all()


@pytest.mark.parametrize(
    ("word", "texts", "error", "says"),
    [
        ("", TEXTS, llm_core.TextError, "Expected a word"),
        (None, TEXTS, llm_core.TextError, "Expected a word"),
        ("dog", TEXTS, llm_core.TextError, "does not hold it as a word"),
        ("ca", TEXTS, llm_core.TextError, "does not hold it as a word"),
        ("cat", {"one": ["The cat."]}, llm_core.SelectionError, "at least two different sentences"),
        ("cat", {"one": ["The cat.", " "]}, llm_core.SelectionError, "at least two different sentences"),
        ("cat", {"one": ["The cat."] * 20}, llm_core.SelectionError, "got 1"),
        ("cat", {}, llm_core.SelectionError, "at least two different sentences"),
    ],
)
@pytest.mark.usefixtures("unchecked_types")
def test_what_cannot_be_compared_is_refused(tiny, word, texts, error, says):
    with pytest.raises(error, match=says):
        word_in_contexts(tiny("bert"), word, texts)


def test_spring_splits_by_context_near_the_top_of_the_decoder(smollm2):
    made = word_in_contexts(smollm2, "spring", SPRING)
    gap = made.curves(centred=True).gap
    raw = made.curves(centred=False)
    assert gap[0] == pytest.approx(0, abs=1e-3)
    assert gap.max() > 0.55
    assert gap.argmax() >= 25
    assert raw.gap.max() < 0.4
    assert raw.random[1:].mean() > 0.3
    assert np.abs(made.curves(centred=True).random).max() < 0.15


def test_spring_splits_less_in_the_sentence_encoder(minilm, smollm2):
    weak, strong = (
        word_in_contexts(model, "spring", SPRING).curves(centred=True).gap.max() for model in (minilm, smollm2)
    )
    assert 0.15 < weak < strong


def test_a_sentence_without_the_word_is_left_out_and_a_repeated_one_read_once(tiny):
    made = word_in_contexts(
        tiny("bert"), "cat", {"a": ["the cat sat", "the mat"], "b": ["the cat sat", "it was a cat"]}
    )
    assert [(use.sentence, use.meaning) for use in made.uses] == [("the cat sat", 0), ("it was a cat", 1)]
    assert (made.repeated, made.without_word) == (1, ("the mat",))


def test_a_word_of_a_script_without_spaces_is_found_within_others(minilm):
    made = word_in_contexts(minilm, "春", {"season": ["春が来た", "暖かい春です"]})
    assert [use.tokens[0].text for use in made.uses] == ["春", "春"]


def test_groupings_by_hand():
    found = groupings(by_hand())
    # Four uses in two groups of two: three ways, of which only the given one puts like with like.
    assert (found.count, found.tried) == (3, 3)
    assert found.as_good == pytest.approx(1 / 3)
    assert found.best_other == pytest.approx(-0.5)
    uses = tuple(WordUse(f"s{place}", 0, (1,), (), first=False) for place in range(4))
    assert groupings(by_hand(uses=uses)) is None


def test_many_groupings_are_drawn_and_a_word_without_context_never_stands_out():
    chooser = np.random.default_rng(0)
    uses = tuple(WordUse(f"s{place}", place % 2, (1,), (), first=False) for place in range(16))
    vectors = chooser.normal(size=(3, 16, 8)).astype(np.float32)
    made = by_hand(uses=uses, vectors=vectors, means=np.zeros((3, 8), np.float32), random=np.zeros((2, 3), np.float32))
    found = groupings(made)
    assert (found.count, found.tried) == (6435, 1000)
    same = groupings(
        by_hand(
            uses=uses,
            vectors=np.ones((3, 16, 8), np.float32),
            means=np.zeros((3, 8), np.float32),
            random=np.zeros((2, 3), np.float32),
        )
    )
    assert same.as_good == 1
