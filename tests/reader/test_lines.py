"""Headline, foot, table, packet and saved page tell one number, and guided heads stand beside the best unguided one."""

from __future__ import annotations

import re
from math import inf

import numpy as np
import pytest

import llm_core
from llm_core.figures.windows import window_of
from llm_core.heads.guidance import guidance
from pages.shared.attention.packet import attention_packet
from pages.shared.attention.parts import table, what_they_do
from pages.shared.looking import Looking
from tests.messages import unpack
from tests.reader.library import TEXTS, some
from tests.reader.lines import (
    GUIDED,
    aligned,
    attention_of,
    best_aligned,
    best_on_link,
    given_by_place,
    given_to_first,
    mean_row,
    words_among,
)

FEW = some([TEXTS[place] for place in (0, 1, 9, 15, 18)])
MODELS = {"minilm-l6": TEXTS, "minilm-l6-mlm": TEXTS, "t5-mini-en-fr": TEXTS, "bert": FEW, "llama": FEW, "gemma3": FEW}
MODELS |= {"smollm2-135m": some(FEW[:3])}
"""The large one reads three texts, which are enough for its many heads."""

LONG = " ".join(TEXTS)
TARGET = "Le chat noir dort sous la table"
PAIRS = (
    ("The black cat is sleeping under the white table.", "Le chat noir dort sous la table blanche."),
    ("My brother has a small blue car.", "Mon frère a une petite voiture bleue."),
    ("She bought a green dress.", "Elle a acheté une robe verte."),
    ("The cat sat on the mat because it was tired.", "Le chat s'est assis sur le tapis parce qu'il était fatigué."),
)
ABOUT_FIRST = "the first token"
NEIGHBOURS = {"the token before": -1, "the token after": 1, "the token itself": 0}


def looking(trace, stack, layer, heads, query=None) -> Looking:
    rows, columns = (window_of(None, len(tokens)) for tokens in (trace.query_tokens(stack), trace.key_tokens(stack)))
    return Looking(stack=stack, layer=layer, heads=tuple(heads), query=query, key=None, rows=rows, columns=columns)


def target_of(name):
    return TARGET if name == "t5-mini-en-fr" else None


def percent_in(said: str) -> float:
    (found,) = re.findall(r"(\d+\.\d) %", said)
    return float(found) / 100


def close(printed: float, exact: float) -> bool:
    """True if a number printed to a tenth of a percent is the exact one."""
    return abs(printed - exact) <= 0.0005 + 2e-6


@pytest.mark.parametrize("name", MODELS)
def test_what_a_token_looks_at_most_is_the_plain_mean_of_the_heads(name, model, library):
    for text in MODELS[name]:
        trace, done = llm_core.trace(model(name), text, target_of(name)), library(name).read(text, target_of(name))
        stack = trace.stacks[-1]
        layers = attention_of(done, stack)
        keys = trace.key_tokens(stack)
        for layer in (0, len(layers) - 1):
            for heads in ([0], [1, 2], list(range(min(12, len(layers[layer]))))):
                query = len(trace.query_tokens(stack)) // 2
                row = mean_row(layers[layer], heads, query)
                place = looking(trace, stack, layer, heads, query)
                said = re.search(r"looks most at “(.*)”(?: \[(\d+)\])? \((.+) %\)\.$", what_they_do(trace, place))
                token, position, share = said.groups()
                alone = [one.text.strip() for one in keys].count(token.strip("\u2068\u2069").strip()) == 1
                assert alone == (position is None)
                assert position is None or row[int(position)] > row.max() - 1e-5
                assert row[[one.text for one in keys].index(token.strip("\u2068\u2069"))] <= row.max() + 1e-6
                assert close(float(share) / 100, row.max())
                alike = [one.text for one, weight in zip(keys, row, strict=True) if weight > row.max() - 1e-5]
                assert token.strip("\u2068\u2069") in alike
                shown = table(trace, place)
                column = "weight" if len(heads) == 1 else f"mean of {len(heads)} heads"
                for key, said in zip(shown["at position"], shown[column], strict=True):
                    assert said == "< 0.1 %" or close(percent_in(said), row[key])


@pytest.mark.parametrize("name", MODELS)
def test_the_picture_is_sent_the_weights_that_are_printed(name, model, library):
    for text in MODELS[name][:6]:
        trace, done = llm_core.trace(model(name), text, target_of(name)), library(name).read(text, target_of(name))
        stack = trace.stacks[-1]
        place = looking(trace, stack, 0, [0])
        header, arrays = unpack(attention_packet(trace, place, more_seconds=inf))
        cells = arrays["cells"].astype(np.float64)
        layer = attention_of(done, stack)[0]
        opened = cells >= 0
        np.testing.assert_allclose(cells[opened], layer[header["heads"]["heads"]][opened], atol=1e-5)
        if stack != "cross" and len(trace.tokens) > 1:
            for head, share in zip(header["heads"]["heads"], header["heads"]["weightsOnFirst"], strict=True):
                assert share == pytest.approx(given_to_first(layer, [head]), abs=1e-5)


@pytest.mark.parametrize("name", ["minilm-l6", "minilm-l6-mlm", "bert", "llama", "gemma3", "smollm2-135m"])
def test_headline_and_foot_say_the_same_of_the_first_token(name, model, library):
    said_of_first = 0
    texts = [*MODELS[name][:6], *([LONG] if name.startswith("minilm") else [])]
    for text in texts:
        trace, done = llm_core.trace(model(name), text, truncate=True), library(name)
        layers = attention_of(done.read(text), trace.stacks[0]) if not trace.tokens_cut else None
        if layers is None or len(trace.tokens) < 3:
            continue
        for layer, weights in enumerate(layers):
            for heads in ([0], [len(weights) - 1], [0, 1, 2]):
                place = looking(trace, trace.stacks[0], layer, heads)
                said = what_they_do(trace, place)
                given = {name: given_by_place(weights, heads, by) for name, by in NEIGHBOURS.items()}
                given[ABOUT_FIRST] = given_by_place(weights, heads, None)
                # A habit is said from 40 % on, of five tokens or more, and twice what even attention gives.
                clear = {n: g.share for n, g in given.items() if g.queries >= 5 and g.share >= max(0.4, 2 * g.even)}
                habit = re.search(
                    r"each token looks at (the .*) with (.*) of its attention on average "
                    r"\(over (\d+) tokens; in a random network (.*)\)",
                    said,
                )
                if habit is None:
                    assert all(share < max(0.4, 2 * given[name].even) + 1e-5 for name, share in clear.items())
                    continue
                found = given[habit[1]]
                assert found.share >= max(clear.values(), default=0) - 1e-5
                assert close(percent_in(habit[2]), found.share)
                assert int(habit[3]) == found.queries
                assert close(percent_in(habit[4]), found.even)
                if habit[1] == ABOUT_FIRST:
                    said_of_first += 1
                    header, _ = unpack(attention_packet(trace, place, more_seconds=0))
                    order = header["heads"]["heads"]
                    foot = np.mean([header["heads"]["weightsOnFirst"][order.index(head)] for head in heads])
                    assert f"{100 * foot:.1f} %" == habit[2]
    if name == "smollm2-135m":
        assert said_of_first > 5


def test_the_best_unguided_head_for_it_and_cat(model, library):
    trace, done = llm_core.trace(model("minilm-l6-mlm"), TEXTS[0]), library("minilm-l6-mlm")
    words = done.tokenizer.tokenize(TEXTS[0])
    query, key = words.index("it") + 1, words.index("cat") + 1
    layers = attention_of(done.read(TEXTS[0]), "encoder")
    taught = {(layer, head) for _, layer, head in GUIDED["minilm-l6-mlm"]}
    best = best_on_link(layers, taught, query, key)
    (said,) = guidance(trace, "encoder", 3, [1], query)
    assert (said.best.layer, said.best.head) == (best.layer, best.head)
    assert said.best.share == pytest.approx(best.share, abs=1e-5)
    assert said.share == pytest.approx(float(layers[3][1, query, key]), abs=1e-5)
    text = str(said)
    assert "This project's training guided layer 3, head 1" in text
    assert f"layer {best.layer}, head {best.head} does it best" in text
    assert close(float(re.search(r"on this text: (\d+\.\d) %", text)[1]) / 100, best.share)


@pytest.mark.parametrize("text", TEXTS)
def test_a_guided_head_stands_beside_the_best_other_on_any_text(text, model, library):
    trace, done = llm_core.trace(model("minilm-l6-mlm"), text), library("minilm-l6-mlm").read(text)
    layers = attention_of(done, "encoder")
    query = len(trace.tokens) // 2
    key = int(layers[3][1, query].argmax())
    best = best_on_link(layers, {(3, 1)}, query, key)
    (said,) = guidance(trace, "encoder", 3, [0, 1, 2], query)
    assert said.best.share == pytest.approx(best.share, abs=1e-5)
    assert layers[said.best.layer][said.best.head, query, key] == pytest.approx(best.share, abs=1e-5)
    assert guidance(trace, "encoder", 3, [0, 2], query) == ()


@pytest.mark.parametrize("pair", PAIRS, ids=[pair[0][:12] for pair in PAIRS])
def test_the_best_unguided_head_for_alignment(pair, model, library):
    text, target = pair
    trace, done = llm_core.trace(model("t5-mini-en-fr"), text, target), library("t5-mini-en-fr")
    tokenizer = done.tokenizer
    keys = words_among(tokenizer, tokenizer(text).input_ids)
    start = done.model.config.decoder_start_token_id
    queries = words_among(tokenizer, [start, *tokenizer(text_target=target).input_ids[:-1]])
    layers = attention_of(done.read(text, target), "cross")
    best = best_aligned(layers, {(2, 0)}, queries, keys)
    (said,) = guidance(trace, "cross", 2, [0])
    assert said.best.share == pytest.approx(best.share, abs=1e-5)
    assert (said.best.layer, said.best.head) == (best.layer, best.head)
    assert said.share == pytest.approx(aligned(layers[2][0], queries, keys), abs=1e-5)
    assert "guided cross-attention layer 2, head 0" in str(said)


def test_only_what_the_cards_name_is_guided(model):
    for name in ("minilm-l6", "minilm-l6-mlm", "smollm2-135m", "t5-mini-en-fr", "bert"):
        found = {(one.stack, one.layer, one.head) for one in model(name).guided_heads}
        assert found == GUIDED.get(name, set())
