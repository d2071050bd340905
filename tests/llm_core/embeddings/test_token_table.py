"""Token tables, neighbours, sums of words and sentence vectors, against hand computation and scikit-learn."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

import llm_core
from llm_core.embeddings.arithmetic import Term, add_words, read_sum
from llm_core.embeddings.neighbours import nearest_tokens, rank_of
from llm_core.embeddings.sentence_vectors import sentence_vectors
from llm_core.embeddings.token_table import TokenTable, token_table, vector_of, word_pieces
from llm_core.text.tokens import Token


@pytest.fixture(scope="module")
def smollm2_table(smollm2):
    return token_table(smollm2)


def hand_table():
    vectors = np.array([[1, 0], [0, 2], [3, 3], [-1, 0], [0, 0]], np.float32)
    words = ("east", "north", "north", "west", "nowhere")
    tokens = tuple(Token(number, word, word, leading_space=number != 2) for number, word in enumerate(words))
    return TokenTable("hand", "input", vectors, np.linalg.norm(vectors, axis=1), tokens, tied=False)


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5", "bart", "albert", "gemma3", "opt"])
def test_the_table_is_the_models_own(tiny, name):
    model = tiny(name)
    table = token_table(model)
    weight = model.model.get_input_embeddings().weight
    assert np.shares_memory(table.vectors, weight.numpy())
    np.testing.assert_allclose(table.norms, weight[: len(table.norms)].norm(dim=1).numpy(), rtol=1e-5)
    assert [token.id for token in table.tokens] == list(range(len(table.tokens)))
    with pytest.raises(ValueError, match="read-only"):
        table.vectors[0, 0] = 1


def test_tied_tables_are_told(tiny, minilm):
    gpt2, neox = tiny("gpt2"), tiny("gpt-neox")
    assert token_table(gpt2).tied
    assert token_table(gpt2, "output").tied
    assert not token_table(neox).tied
    np.testing.assert_array_equal(
        token_table(neox, "output").vectors, neox.model.get_output_embeddings().weight[: len(neox.tokenizer)].numpy()
    )
    with pytest.raises(llm_core.UnsupportedModelError, match="no head"):
        token_table(minilm, "output")


@pytest.mark.usefixtures("unchecked_types")
def test_a_table_that_there_is_not_is_refused(tiny):
    with pytest.raises(llm_core.SelectionError, match="Expected the table"):
        token_table(tiny("gpt2"), "middle")


def test_neighbours_by_hand():
    table = hand_table()
    by_angle = nearest_tokens(table, [1, 1], 5)
    assert by_angle.ids.tolist()[0] == 2
    np.testing.assert_allclose(by_angle.cosine[:3], [1, 2**-0.5, 2**-0.5], rtol=1e-6)
    assert by_angle.norm == pytest.approx(2**0.5)
    by_product = nearest_tokens(table, [1, 1], 2, measure="dot")
    assert by_product.dot.tolist() == [6, 2]
    np.testing.assert_allclose(by_product.norms, [18**0.5, 2], rtol=1e-6)
    assert (by_angle.compared, by_product.compared) == (4, 5)  # A token without length has no direction.


@pytest.mark.parametrize("measure", ["cosine", "dot"])
def test_a_vector_of_length_0_has_no_neighbour(measure):
    table = hand_table()
    nowhere = nearest_tokens(table, [0, 0], 5, measure=measure)
    assert (nowhere.ids.tolist(), nowhere.names, nowhere.norm, nowhere.compared, nowhere.tied) == ([], (), 0, 0, 0)
    assert rank_of(table, [0, 0], 1, measure=measure) is None
    assert rank_of(table, [1, 1], 4) is None
    assert rank_of(table, [1, 1], 4, measure="dot") == 4


def test_tokens_that_share_the_first_place_are_counted():
    assert nearest_tokens(hand_table(), [0, 1], 5).tied == 1
    assert nearest_tokens(hand_table(), [1, 2], 5, leave_out=[2, 3]).tied == 1
    assert nearest_tokens(hand_table(), [1, 1], 5, leave_out=[2]).tied == 2
    assert nearest_tokens(hand_table(), [1, 1], 5, measure="dot", leave_out=[1, 2]).tied == 1


def test_numbers_that_are_none_are_refused():
    with pytest.raises(llm_core.SelectionError, match="finite"):
        nearest_tokens(hand_table(), [np.nan, 1])


def test_ranks_leave_out_what_is_not_counted():
    table = hand_table()
    assert rank_of(table, [0, 1], 2) == 2
    assert rank_of(table, [0, 1], 2, leave_out=[1]) == 1


def test_names_tell_apart_tokens_of_one_spelling():
    table = hand_table()
    assert table.names([0, 1, 3]) == ("east", "north", "west")
    assert table.names([1, 2]) == ("·north", "north")


def test_words_left_out_and_other_spellings_are_not_named():
    table = hand_table()
    assert nearest_tokens(table, [0, 1], 5, leave_out=[1]).ids.tolist() == [2, 0, 3]
    assert nearest_tokens(table, [0, 1], 5, leave_out=[1], one_spelling=True).ids.tolist() == [0, 3]
    assert nearest_tokens(table, [0, 1], 5, one_spelling=True).ids.tolist() == [1, 0, 3]


def test_ranks_by_hand():
    table = hand_table()
    assert [rank_of(table, [0, 1], number) for number in range(4)] == [3, 1, 2, 3]
    assert rank_of(table, [0, 1], 2, measure="dot") == 1
    with pytest.raises(llm_core.SelectionError, match="Expected a token from 0 to 4"):
        rank_of(table, [0, 1], 5)


def test_neighbours_are_those_of_scikit_learn(smollm2_table):
    from sklearn.neighbors import NearestNeighbors

    vectors = smollm2_table.vectors[:8000]
    table = TokenTable("part", "input", vectors, smollm2_table.norms[:8000], smollm2_table.tokens[:8000], tied=True)
    fitted = NearestNeighbors(n_neighbors=10, metric="cosine").fit(vectors)
    distances, ids = fitted.kneighbors(vectors[3000:3001])
    ours = nearest_tokens(table, vectors[3000], 10)
    assert ours.ids.tolist() == ids[0].tolist()
    np.testing.assert_allclose(ours.cosine, 1 - distances[0], atol=1e-5)


def test_all_of_a_large_vocabulary_is_compared_in_under_200_ms(smollm2_table):
    assert smollm2_table.vectors.shape == (49152, 576)
    vector = smollm2_table.vectors[100]
    nearest_tokens(smollm2_table, vector)
    times = []
    for _ in range(7):
        started = time.perf_counter()
        found = nearest_tokens(smollm2_table, vector, one_spelling=True)
        times.append(time.perf_counter() - started)
    assert found.compared == 49152
    assert min(times) < 0.2


@pytest.mark.parametrize(("vector", "says"), [([1.0], "as wide as the table"), (np.ones((2, 2)), "as wide as")])
def test_vectors_of_another_width_are_refused(vector, says):
    with pytest.raises(llm_core.SelectionError, match=says):
        nearest_tokens(hand_table(), vector)


@pytest.mark.parametrize(("options", "says"), [({"count": 0}, "number of neighbours"), ({"measure": "l2"}, "measure")])
@pytest.mark.usefixtures("unchecked_types")
def test_impossible_wishes_are_refused(options, says):
    with pytest.raises(llm_core.SelectionError, match=says):
        nearest_tokens(hand_table(), [1, 1], **options)


@pytest.mark.parametrize("name", ["minilm", "smollm2"])
def test_cat_and_dog_are_near(request, name):
    model = request.getfixturevalue(name)
    table = token_table(model)
    cat, dog, car = (word_pieces(model, word) for word in ("cat", "dog", "stone"))
    found = nearest_tokens(table, vector_of(table, cat), 10, leave_out=cat.ids, one_spelling=True)
    assert "dog" in [table.tokens[number].text for number in found.ids]
    assert rank_of(table, vector_of(table, cat), dog.ids[0]) < 10
    assert rank_of(table, vector_of(table, cat), car.ids[0]) > 100


def test_a_word_is_split_as_inside_a_text(smollm2, minilm, translator):
    assert [token.label for token in word_pieces(smollm2, " cat ").tokens] == ["·cat"]
    assert [token.text for token in word_pieces(minilm, "Cat").tokens] == ["cat"]
    assert [token.label for token in word_pieces(translator, "chat").tokens] == ["·chat"]
    assert len(word_pieces(smollm2, "antidisestablishmentarianism").tokens) > 1


@pytest.mark.parametrize("word", ["", "   ", None, 3])
@pytest.mark.usefixtures("unchecked_types")
def test_no_word_is_refused(minilm, word):
    with pytest.raises(llm_core.TextError, match="Expected a word"):
        word_pieces(minilm, word)


@pytest.mark.parametrize(("name", "word"), [("bert", "漢"), ("t5", "漢"), ("t5", "chat漢"), ("bert", "cat 漢")])
def test_a_word_that_the_tokenizer_does_not_know_in_full_is_refused(tiny, name, word):
    with pytest.raises(llm_core.TextError, match="knows nothing of"):
        word_pieces(tiny(name), word)


def test_the_vector_of_several_tokens_is_their_mean(smollm2, smollm2_table):
    pieces = word_pieces(smollm2, "antidisestablishmentarianism")
    expected = smollm2_table.vectors[list(pieces.ids)].mean(axis=0)
    np.testing.assert_allclose(vector_of(smollm2_table, pieces), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("king - man + woman", [(1, "king"), (-1, "man"), (1, "woman")]),
        ("king-man+woman", [(1, "king"), (-1, "man"), (1, "woman")]),
        ("king −man +woman", [(1, "king"), (-1, "man"), (1, "woman")]),
        ("- cold + well-known", [(-1, "cold"), (1, "well-known")]),
        ("New York – USA", [(1, "New York"), (-1, "USA")]),
        ("cat", [(1, "cat")]),
    ],
)
def test_sums_are_read_with_their_signs(text, terms):
    assert read_sum(text) == tuple(Term(*term) for term in terms)


@pytest.mark.parametrize("text", ["", "  ", None, "king +", "king - + woman", "+"])
@pytest.mark.usefixtures("unchecked_types")
def test_sums_with_a_word_missing_are_refused(text):
    with pytest.raises(llm_core.TextError, match="Expected"):
        read_sum(text)


def test_words_are_added_by_hand(smollm2, smollm2_table):
    made = add_words(smollm2, smollm2_table, read_sum("king - man"), unit_length=False)
    king, man = (smollm2_table.vectors[word_pieces(smollm2, word).ids[0]] for word in ("king", "man"))
    np.testing.assert_allclose(made.vector, king - man, atol=1e-6)
    unit = add_words(smollm2, smollm2_table, read_sum("king - man")).vector
    np.testing.assert_allclose(unit, king / np.linalg.norm(king) - man / np.linalg.norm(man), atol=1e-5)


@pytest.mark.parametrize("name", ["minilm", "smollm2"])
def test_king_minus_man_plus_woman_is_queen(request, name):
    model = request.getfixturevalue(name)
    table = token_table(model)
    made = add_words(model, table, read_sum("king - man + woman"))
    found = nearest_tokens(table, made.vector, 5, leave_out=made.ids, one_spelling=True)
    assert table.tokens[found.ids[0]].text == "queen"
    assert not made.split


def test_words_that_cancel_each_other_out_leave_exactly_nothing(smollm2, smollm2_table):
    for text in ("king - king", "king + man - king - man", "king + cat - cat + man - king - man"):
        for unit_length in (True, False):
            assert not add_words(smollm2, smollm2_table, read_sum(text), unit_length=unit_length).vector.any()
    assert add_words(smollm2, smollm2_table, read_sum("king - man")).vector.any()


def test_words_of_several_tokens_are_told(smollm2, smollm2_table):
    made = add_words(smollm2, smollm2_table, read_sum("antidisestablishmentarianism + cat"))
    assert [pieces.word for pieces in made.split] == ["antidisestablishmentarianism"]


def test_sentence_vectors_are_the_mean_of_all_tokens(minilm):
    sentences = ["A cat sleeps.", "A kitten is asleep on the sofa.", "The stock market fell."]
    made = sentence_vectors(minilm, sentences)
    assert (made.pooling, made.stated) == ("mean", True)
    for place, sentence in enumerate(sentences):
        inputs = minilm.tokenizer(sentence, return_tensors="pt")
        with torch.inference_mode():
            expected = minilm.model(**inputs).last_hidden_state[0].mean(dim=0).numpy()
        np.testing.assert_allclose(made.vectors[place], expected, atol=1e-5)
    from sklearn.metrics.pairwise import cosine_similarity

    np.testing.assert_allclose(made.similarities, cosine_similarity(made.vectors), atol=1e-5)
    assert made.similarities[0, 1] > 0.5 > made.similarities[0, 2]


def test_pooling_that_the_files_name_is_used(tiny_folder, tmp_path):
    import json
    import shutil

    folder = tmp_path / "first"
    shutil.copytree(tiny_folder("bert-headless"), folder)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    model = llm_core.load_model(folder)
    made = sentence_vectors(model, ["The cat sat"])
    assert (made.pooling, made.stated) == ("first", True)
    np.testing.assert_allclose(made.vectors[0], llm_core.trace(model, "The cat sat").states["encoder"][-1][0])


def test_an_encoder_decoder_pools_its_encoder(tiny):
    made = sentence_vectors(tiny("t5"), ["The cat sat", "The cat sat"])
    assert not made.stated
    assert (made.sentences, made.repeated) == (("The cat sat",), 1)


def test_a_sentence_that_cannot_be_read_is_left_out(minilm):
    made = sentence_vectors(minilm, ["A cat sleeps.", "\u200b", "word " * 600, "Rain falls."])
    read = set(made.sentences)
    assert {"A cat sleeps.", "Rain falls."} <= read
    assert [text for text, _ in made.unreadable] == [text for text in ("\u200b", "word " * 600) if text not in read]
    assert made.unreadable
    assert all(reason for _, reason in made.unreadable)


def test_sentence_vectors_of_a_decoder_or_of_nothing_are_refused(tiny, minilm):
    with pytest.raises(llm_core.UnsupportedModelError, match="Choose an encoder"):
        sentence_vectors(tiny("gpt2"), ["The cat"])
    with pytest.raises(llm_core.SelectionError, match="at least one sentence"):
        sentence_vectors(minilm, [])
    with pytest.raises(llm_core.TextError, match="Expected a text"):
        sentence_vectors(minilm, [" "])


def test_all_that_share_the_first_place_are_counted_also_beyond_those_asked_for():
    assert nearest_tokens(hand_table(), [1, 1], 1, leave_out=[2]).tied == 2
