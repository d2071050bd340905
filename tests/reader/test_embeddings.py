"""What the Embeddings page and Inside a head say, against the reader: which tokens, which layer, how many, why.

Shipped models read all twenty texts where a pass takes milliseconds; smollm2-135m reads three, and one in the lens.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
import torch

import llm_core
from llm_core.embeddings.arithmetic import add_words, read_sum, steps_alike
from llm_core.embeddings.cloud_look import look_at_layer
from llm_core.embeddings.cloud_projection import project_at_once
from llm_core.embeddings.likeness import kept_neighbours
from llm_core.embeddings.neighbours import nearest_tokens, rank_of
from llm_core.embeddings.point_cloud import cloud_of_texts, cloud_of_words
from llm_core.embeddings.positions import position_codes
from llm_core.embeddings.sentence_vectors import sentence_vectors
from llm_core.embeddings.token_table import token_table, vector_of, word_pieces
from llm_core.embeddings.word_contexts import word_in_contexts
from llm_core.embeddings.word_examples import WORDS
from llm_core.inside.layer_record import recorded_layer
from llm_core.lens.logit_lens import logit_lens
from llm_core.numbers import decimal, percent
from pages.shared.embeddings import arithmetic, context_words, lens, map_words, neighbours, sentences
from pages.shared.inside.words import sentence as head_sentence
from tests.reader import embeddings as reader
from tests.reader.library import TEXTS, some

ALL = ["minilm-l6", "smollm2-135m", "t5-mini-en-fr", "bert", "gpt2", "llama", "t5"]


def texts_for(name: str) -> tuple[str, ...]:
    """Fewer for the model whose pass takes a second."""
    return some(TEXTS[:1] + TEXTS[8:9] + TEXTS[16:17]) if name == "smollm2-135m" else TEXTS


@pytest.fixture(scope="module")
def table_of(model):
    """The project's table of a model's tokens, made once."""
    return cache(lambda name: token_table(model(name)))


def plain(sentence: str) -> str:
    """Without what keeps Markdown from reading it."""
    return re.sub(r"\\(.)", r"\1", sentence)


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def rows_of(cloud, layer, *, unit=True, centre=True):
    """The vectors of a layer as they are projected."""
    return cloud.rows(unit_length=unit, centre_layers=centre).reshape(cloud.vectors.shape)[layer]


def scene(cloud, layer=0, *, kind="text", unit=True, centre=True):
    scaled = {"unit_length": unit, "centre_layers": centre}
    made = project_at_once(cloud, 2, **scaled)
    places = cloud.points().by_layer(made)[layer]
    look = look_at_layer(cloud, layer, places, **scaled)
    return map_words.Scene(kind, cloud.points(), made, layer, look, places, unit, centre)


@pytest.mark.parametrize("name", ALL)
def test_neighbours_are_those_of_the_table(name, model, library, table_of):
    loaded, plainly, table = model(name), library(name), table_of(name)
    for word in ("cat", "was"):
        ids = reader.ids_of(plainly, word)
        pieces = word_pieces(loaded, word)
        assert list(pieces.ids) == ids
        vector = reader.word_vector(plainly, word)
        near = reader.cosines(plainly, vector)
        expected = reader.nearest(plainly, vector, ids)[:10]
        found = nearest_tokens(table, vector_of(table, pieces), 10, leave_out=ids, one_spelling=True)
        np.testing.assert_allclose(near[found.ids], near[expected[: len(found.ids)]], atol=reader.NOISE)
        said = plain(neighbours.sentence(found, "“it”", "in the token table"))
        assert all(name in said for name in found.names[:3])
        assert f"of {np.isfinite(near).sum() - len(set(ids)):,} tokens" in said
        assert decimal(near[expected[0]], 2) in said
        other = expected[5]
        rank = 1 + int((np.delete(near, ids) > near[other]).sum())
        assert abs(rank_of(table, vector_of(table, pieces), other, leave_out=ids) - rank) <= 1


@pytest.mark.parametrize("name", ["minilm-l6", "smollm2-135m", "t5-mini-en-fr"])
def test_sums_lie_where_the_reader_finds_them_and_their_own_words_are_not_kept_quiet(name, model, library, table_of):
    loaded, plainly, table = model(name), library(name), table_of(name)
    for text, terms in (
        ("king - man + woman", [(1, "king"), (-1, "man"), (1, "woman")]),
        ("Paris - France + Italy", [(1, "Paris"), (-1, "France"), (1, "Italy")]),
        ("cat + cat + dog", [(1, "cat"), (1, "cat"), (1, "dog")]),
    ):
        made = add_words(loaded, table, read_sum(text))
        vector = reader.sum_of(plainly, terms)
        near = reader.cosines(plainly, vector)
        expected = reader.nearest(plainly, vector, sorted(made.ids))[0]
        found = nearest_tokens(table, made.vector, 5, leave_out=made.ids, one_spelling=True)
        assert near[found.ids[0]] == pytest.approx(near[expected], abs=reader.NOISE)
        nearest_of_all = int(np.argmax(near))
        own = nearest_tokens(table, made.vector, 1) if nearest_of_all in made.ids else None
        said = plain(arithmetic.sentence(made, found, own, True))
        assert f"lies nearest to “{found.names[0]}”" in said
        assert ("itself has " + decimal(near[nearest_of_all], 2) in said) is (nearest_of_all in made.ids)
        steps = steps_alike(table, made, expected)
        if len(terms) == 3 and terms[1][0] < 0:
            first, second, third = (reader.unit(reader.word_vector(plainly, word)[None])[0] for _, word in terms)
            step = reader.unit((third - second)[None])[0]
            ways = reader.unit(reader.unit(reader.table(plainly)) - first) @ step
            assert steps.cosine == pytest.approx(ways[expected], abs=reader.NOISE)
            assert steps.median == pytest.approx(np.median(ways), abs=reader.NOISE)
        else:
            assert steps is None


@pytest.mark.parametrize("name", ["minilm-l6", "t5-mini-en-fr", "bert", "gpt2"])
@pytest.mark.parametrize("text", ["cat - cat", "cat + the - cat - the"])
def test_words_that_cancel_out_have_no_neighbour(name, text, model, table_of):
    table = table_of(name)
    made = add_words(model(name), table, read_sum(text))
    found = nearest_tokens(table, made.vector)
    assert (len(found.ids), found.norm, found.compared) == (0, 0, 0)
    assert rank_of(table, made.vector, 5) is None
    assert "no token is nearest to it" in arithmetic.sentence(made, found, None, True)
    assert "no token is nearest to it" in neighbours.sentence(found, "“x”", "after layer 3")
    assert steps_alike(table, made, 5) is None


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("centre", [True, False])
def test_the_pair_most_alike_is_the_readers_and_says_whether_the_mean_was_removed(name, centre, model, library):
    loaded, plainly = model(name), library(name)
    asked = 0
    for text in texts_for(name):
        trace = llm_core.trace(loaded, text, text if loaded.family == "encoder-decoder" else None)
        stack = trace.stacks[0]
        cloud = cloud_of_texts([trace], stack, specials=False, firsts=stack == "encoder")
        seen = reader.states(plainly, text)[:, cloud.positions]
        ids = [trace.tokens[place].id for place in cloud.positions]
        names = [plainly.tokenizer.decode([one]).replace("##", "").strip().casefold() for one in ids]
        words = [place for place, word in enumerate(names) if any(letter.isalnum() for letter in word)]
        if any(not word.isascii() for word in names):
            continue  # A tokenizer's bytes and normalised letters have other names here than there.
        for layer in (0, len(seen) // 2):
            vectors = reader.unit(seen[layer])
            vectors = vectors - vectors.mean(axis=0) if centre else vectors
            vectors[np.linalg.norm(vectors, axis=1) < 1e-5] = 0
            expected = reader.extremes(vectors[words], [names[place] for place in words])
            said = plain(map_words.sentence(scene(cloud, layer, centre=centre)))
            if not expected["pairs"]:
                assert "(cosine" not in said
                assert "nan" not in said
                continue
            if "are most alike (" not in said:
                assert len(set(names)) < 5 or "equally alike" in said or expected["pairs"] == 1
                continue
            asked += 1
            pair, cosine, rest = re.search(r"tokens (.*) are most alike \(cosine (−?\d\.\d\d)(.*)\)$", said).groups()
            one, other = (re.sub(r" \[\d+\]$", "", part) for part in pair.split(" and "))
            spelled = frozenset(part.strip("“”… ").casefold() for part in (one, other))
            assert spelled in expected["highest"], (text, layer, said, expected["highest"])
            assert number(cosine) == pytest.approx(expected["high"], abs=0.006)
            assert ("mean removed" in rest) is centre
            assert (
                f"of {expected['pairs']:,} pairs half have {decimal(expected['median'], 2)}" in rest
                or abs(number(re.search(r"half have (−?\d\.\d\d)", rest)[1]) - expected["median"]) < 0.006
            )
    assert asked >= (3 if name == "smollm2-135m" else 20)


def test_the_share_that_keeps_its_nearest_neighbour_is_counted_and_is_withheld_where_it_is_trivial(minilm):
    cloud = cloud_of_texts([llm_core.trace(minilm, text) for text in TEXTS[:9]], "encoder", specials=False)
    shown, seen = scene(cloud, 3), rows_of(cloud, 3)
    expected = reader.kept(shown.places.astype(np.float64), seen.astype(np.float64))
    count = len(cloud.labels)
    assert count > 61
    found = kept_neighbours(shown.places, seen)
    assert found.share == pytest.approx(expected, abs=1.5 / count)
    said = map_words.caption(shown, "", 0)
    assert f"{percent(found.share)} of {count} points have their nearest neighbour among their 10" in said
    assert f"at random {percent(10 / (count - 1))} would" in said
    for few in (1, 2, 3, 30):
        some = kept_neighbours(shown.places[:few], seen[:few])
        assert some is None
    nowhere = np.zeros((80, 2), np.float32)
    assert kept_neighbours(nowhere, seen[:80]).share == 0  # Drawn in one place, no point has its neighbour.
    assert kept_neighbours(shown.places[:80], np.zeros((80, 4), np.float32)) is None


@pytest.mark.parametrize("name", ["minilm-l6", "t5-mini-en-fr", "bert", "t5"])
def test_sentences_most_and_least_alike_are_the_readers(name, model, library):
    read = [*TEXTS, TEXTS[3], TEXTS[3]]
    made = sentence_vectors(model(name), read)
    assert (made.sentences, made.repeated) == (TEXTS, 2)
    vectors = np.stack([reader.states(library(name), text)[-1].mean(axis=0) for text in TEXTS])
    expected = reader.extremes(vectors, TEXTS)
    said = plain(sentences.sentence(made))
    pairs, high, low, middle = re.search(
        r"^Most alike of (\d+) pairs: .* \((−?\d\.\d\d)\)\. Least: .* \((−?\d\.\d\d)\)\. .* have (−?\d\.\d\d)", said
    ).groups()
    assert int(pairs) == expected["pairs"] == 190
    for told, true in ((high, "high"), (low, "low"), (middle, "median")):
        assert number(told) == pytest.approx(expected[true], abs=0.006)
    assert any(all(text in said for text in pair) for pair in expected["highest"])
    least = re.search(r"Least: sentences (\d+) and (\d+)", said)
    assert frozenset(int(place) - 1 for place in least.groups()) in expected["lowest"]
    assert "2 repeated lines are read once" in sentences.remarks(made, len(read))
    assert ("not trained to compare" in sentences.remarks(made, len(read))) is (name != "minilm-l6")


@pytest.mark.parametrize("name", ["minilm-l6", "t5-mini-en-fr", "bert"])
@pytest.mark.parametrize("word", ["spring", "bat", "bank"])
def test_a_word_in_contexts_has_its_largest_gap_where_the_reader_finds_it(name, word, model, library):
    meanings = WORDS[word]
    gap = reader.gaps(library(name), word, meanings)
    made = word_in_contexts(model(name), word, meanings)
    ours = made.curves(centred=True).gap
    inner = slice(0, len(gap) - 1)  # The last state has been through the final norm in one of the readings.
    np.testing.assert_allclose(ours[inner], gap[inner], atol=2e-3)
    said = plain(context_words.sentence(made))
    told = number(re.search(r"a gap of (−?\d\.\d\d)", said)[1])
    assert told == pytest.approx(float(ours.max()), abs=0.006)
    row = int(ours.argmax())
    where = "before the first layer" if row == 0 else f"{row - 1}"
    assert where in re.search(r"(?:most|largest gap) (.*?): a gap", said)[1]
    # The sentence calls it a split only if no more than one in twenty groupings reaches it.
    reached = [
        reader.gaps_of(made.similarities(centred=True).astype(np.float64), way).max()
        for way in reader.groupings_of_four_and_four()
    ]
    chance = np.mean(np.array(reached) >= told - 0.006)
    split = "splits by meaning" in said or "leans towards" in said
    assert split is bool(chance <= 0.05) or abs(chance - 0.05) < 0.03
    others = sorted(reached)[:-1] if np.isclose(max(reached), ours.max(), atol=1e-4) else sorted(reached)
    assert f"at most {decimal(others[-1], 2)}" in said or "at most" in said
    assert "(12 pairs) and of" in context_words.remarks(made)
    assert "(16 pairs)." in context_words.remarks(made)


LENS = ["smollm2-135m", "minilm-l6-mlm", "t5-mini-en-fr", "gpt2", "llama", "qwen3", "gpt-neox", "bert", "t5"]


@pytest.mark.parametrize("name", LENS)
def test_the_layer_from_which_an_answer_stands_is_the_readers_with_one_final_norm(name, model, library):
    loaded, plainly = model(name), library(name)
    target = "Le chat noir dort." if loaded.family == "encoder-decoder" else None
    asked = 0
    for text in texts_for(name)[: 1 if name == "smollm2-135m" else 6]:
        logits = reader.lens_logits(plainly, text, target)
        trace = llm_core.trace(loaded, text, target)
        found = logit_lens(loaded, trace)
        for column in range(len(found.tokens)):
            if reader.margin(logits, column) < 0.01:
                continue  # Two tokens within the noise of each other.
            answer, first, among = reader.settled(logits, column)
            assert (found.answers[column], found.settled(column)) == (answer, first)
            np.testing.assert_array_equal(found.candidates[:, column, 0], logits[:, column].argmax(axis=1))
            said = plain(lens.sentence(found, column, mask=plainly.tokenizer.mask_token_id))
            if first == 0:
                assert "from the embedding on" in said
            elif first == len(logits) - 1:
                assert "only after the last of" in said
            else:
                assert f"from layer {first - 1} on" in said
            if 0 < among < first:
                assert f"among the first 10 it comes after layer {among - 1}" in said
            chance = torch.from_numpy(logits[-1, column]).softmax(-1)[answer]
            end = number(re.search(r"with (?:< )?(\d+\.\d) % in the end", said)[1])
            assert end == pytest.approx(100 * float(chance), abs=0.11)
            seen = loaded.family == "encoder" and found.tokens[column].id != plainly.tokenizer.mask_token_id
            assert ("which the encoder can see" in said) is seen
            asked += 1
    assert asked >= 8


@pytest.mark.parametrize("name", ["minilm-l6", "smollm2-135m", "t5-mini-en-fr", "bert", "gpt2", "llama", "t5"])
def test_a_heads_sentence_names_the_largest_key_its_share_and_its_rank(name, model, library):
    loaded, plainly = model(name), library(name)
    for place, text in enumerate(texts_for(name)):
        trace = llm_core.trace(loaded, text, text if loaded.family == "encoder-decoder" else None)
        stack = trace.stacks[0]
        layer, query = place % len(trace.layers(stack)), len(trace.tokens) - 1 - place % 2
        head = place % trace.record(stack, layer).heads
        row = reader.attention_row(plainly, text, layer, head, max(query, 0))
        work = llm_core.work_head(None, recorded_layer(trace, stack, layer), head, max(query, 0))
        order = np.argsort(-row, kind="stable")
        best = int(order[0])
        said = head_sentence(work, best)
        open_keys = int((row > 0).sum())
        if open_keys == 1:
            assert "may look at nothing but" in said
            continue
        if row[order[0]] - row[order[1]] > 1e-4 * row[order[0]]:
            assert "next comes" in said, said
            assert f"“{trace.tokens[int(order[1])].text}”" in said.split("next comes")[1]
            share = re.search(r"with (\d+\.\d) %", said)
            assert number(share[1]) == pytest.approx(100 * row[best], abs=0.11)
        else:
            assert "shares the highest score" in said or "next comes" in said
        weakest = int(order[open_keys - 1])
        if row[weakest] < row[order[0]] * 0.99:
            rank = 1 + int((row > row[weakest] * (1 + 1e-4)).sum())
            assert f"number {rank} of {open_keys} keys by score" in head_sentence(work, weakest)


def test_a_t5_head_says_whether_match_or_distance_makes_the_score_the_highest(model, library):
    told = set()
    for name in ("t5-mini-en-fr", "t5"):
        loaded, plainly = model(name), library(name)
        for place, text in enumerate(TEXTS):
            trace = llm_core.trace(loaded, text, text)
            layer, head = place % len(trace.layers("encoder")), place % 4
            query = len(trace.tokens) // 2
            match, distance = reader.t5_match_and_distance(plainly, text, layer, head, query)
            scores = match + distance
            best = int(scores.argmax())
            others = np.delete(np.arange(len(scores)), best)
            if not len(others) or scores[best] - scores[others].max() < 1e-3:
                continue
            by_match, by_distance = match[best] - match[others].max(), distance[best] - distance[others].max()
            if min(abs(by_match), abs(by_distance)) < 1e-3 and by_distance:
                continue
            reason = {
                (True, True): "match best, and the distance adds most",
                (True, False): "because their query and key match best: ",
                (False, True): "because of the distance, not because",
                (False, False): "because match and distance together",
            }[(bool(by_match > 0), bool(by_distance > 0))]
            work = llm_core.work_head(None, recorded_layer(trace, "encoder", layer), head, query)
            assert reason in head_sentence(work, best)
            told.add(reason)
    assert len(told) >= 3


@pytest.mark.parametrize("name", ["t5-mini-en-fr", "t5", "bert", "gpt2"])
def test_positions_are_described_by_their_own_numbers(name, model, library):
    from pages.shared.embeddings.places import bias_sentence, table_sentence

    for code in position_codes(model(name)):
        if hasattr(code, "bias"):
            stack = library(name).model.encoder if code.stack == "encoder" else library(name).model.decoder
            attention = stack.block[0].layer[0].SelfAttention
            with torch.inference_mode():
                square = attention.compute_bias(65, 65)[0].numpy()
            reach = 64 if code.stack == "encoder" else 0
            curves = [
                np.array([square[head, max(0, -d), max(0, d)] for d in range(-64, reach + 1)])
                for head in range(len(square))
            ]
            widest = int(np.argmax([np.ptp(curve) for curve in curves]))
            said = bias_sentence(code, list(range(len(curves))))
            assert f"ead {widest} of the {code.stack} cares most about distance" in said
            assert f"{np.ptp(curves[widest]):.1f} above" in said
            peaks = np.flatnonzero(curves[widest] >= curves[widest].max() - 1e-6) - 64
            assert list(code.peaks(widest)) == list(peaks)
            for peak in {abs(int(peaks.min())), abs(int(peaks.max()))} - {0, 64}:
                assert str(peak) in said
        else:
            module = library(name).model.get_submodule(
                {"bert": "bert.embeddings.position_embeddings", "gpt2": "transformer.wpe"}[name]
            )
            rows = reader.unit(module.weight.detach().double().numpy()[:128])
            similar = rows @ rows.T
            beside = np.mean([similar[place, place + 1] for place in range(len(rows) - 1)])
            further = np.mean([similar[a, b] for a in range(len(rows)) for b in range(a + 2, len(rows))])
            said = table_sentence(code, name)
            told = re.search(r"cosine (−?\d\.\d\d) against (−?\d\.\d\d)", said)
            assert number(told[1]) == pytest.approx(beside, abs=0.006)
            assert number(told[2]) == pytest.approx(further, abs=0.006)
            assert ("hardly more alike" in said) is bool(beside - further < 0.1)


@pytest.mark.parametrize("name", ["minilm-l6", "t5-mini-en-fr", "bert", "t5"])
def test_unknown_words_are_left_out_and_repeated_ones_are_one_point(name, model, library, table_of):
    table = table_of(name)
    lines = [["cat", "cat", "the", "was"], ["a", "cat"], ["🜁", "ქართული漢"]]
    known = {word: reader.ids_of(library(name), word) for line in lines for word in line}
    cloud = cloud_of_words(model(name), table, lines)
    expected = {tuple(ids) for ids in known.values() if ids}
    assert len(cloud.labels) == len(expected)
    assert set(cloud.unknown) == {word for word, ids in known.items() if ids is None}
    shown = scene(cloud, kind="words", centre=False)
    said = map_words.caption(shown, "", 0)
    assert "2 repeated words are drawn once" in said
    assert ("Left out" in said) is bool(cloud.unknown)
