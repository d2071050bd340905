"""How attention varies over the shipped texts is what the library alone finds, and so is what is said of it."""

from __future__ import annotations

import json
import re
from itertools import permutations

import numpy as np
import pytest

import llm_core
from llm_core.comparison.differences import differences
from llm_core.comparison.model_profile import model_profile
from llm_core.comparison.spreads import FILE
from llm_core.comparison.table import side
from tests.reader import comparison as reader
from tests.reader.library import TEXTS, some

STORED = json.loads(FILE.read_text(encoding="utf-8"))
FEW = {"smollm2-135m": 2}
"""Of the largest model only so many texts are read again."""


@pytest.mark.parametrize("name", STORED["models"])
def test_stored_measures_are_the_librarys(name, library):
    assert len(STORED["texts"]) == len(set(STORED["texts"])) >= 8
    for place, text in list(enumerate(STORED["texts"]))[: None if some(()) else FEW.get(name)]:
        written = STORED["written"].get(name)
        done = reader.read(library(name), text, written[place] if written else None)
        for stack, kept in STORED["models"][name].items():
            assert all(len(values) == len(STORED["texts"]) for values in kept.values())
            layers = reader.matrices(done, stack)
            if stack == "cross":
                tokenizer = library(name).tokenizer
                pieces = tokenizer.convert_ids_to_tokens(tokenizer(text).input_ids)
                words = [
                    any(c.isalnum() for c in piece) and piece not in tokenizer.all_special_tokens for piece in pieces
                ]
                expected = {"words": reader.to_words(layers, words)}
            else:
                expected = {
                    "forward": reader.forward(layers),
                    "first token": reader.on_first(layers),
                    "entropy": reader.entropy(layers),
                }
            for measured, value in expected.items():
                assert kept[measured][place] == pytest.approx(value, abs=2e-4), (text, stack, measured)


@pytest.fixture(scope="module")
def side_of(model):
    def make(name):
        trace = llm_core.trace(model(name), TEXTS[0], max_target_tokens=5)
        return side(name, trace, model_profile(model(name), trace))

    return make


@pytest.mark.parametrize(
    "pair", list(permutations(("minilm-l6-mlm", "minilm-l6", "t5-mini-en-fr"), 2)), ids=" and ".join
)
def test_ranges_and_how_often_are_those_of_the_stored_texts(pair, side_of):
    said = {row.name: row.sentence for row in differences([side_of(name) for name in pair])}
    for name in pair:
        stacks = STORED["models"][name]
        for stack, measured, row in (
            ("encoder", "forward", "Attention that goes forward"),
            ("encoder", "first token", "Rests on the first token"),
            ("cross", "words", "Looks at a source"),
        ):
            if stack in stacks and (measured != "first token" or f"{name} rests" in said[row] or "puts" in said[row]):
                values = np.array(stacks[stack][measured])
                between = r"\(([\d.]+) % to ([\d.]+) % on (\d+) shipped texts(?:; this text lies outside)?\)"
                ranges = re.findall(between, said[row])
                wanted = [100 * values.min(), 100 * values.max(), len(values)]
                assert any(np.allclose([float(one) for one in found], wanted, atol=0.051) for found in ranges), row
    told = re.search(
        r"\. (\S+) (.*?)spreads it more widely,? on (all )?(?:(\d+) of )?(\d+)", said["How spread attention is"]
    )
    other = next(name for name in pair if name != told[1])
    wider = [
        one > two
        for one, two in zip(*(STORED["models"][name]["encoder"]["entropy"] for name in (told[1], other)), strict=True)
    ]
    assert int(told[5]) == len(wider)
    assert sum(wider) == (len(wider) if told[3] else int(told[4]))
    assert told[2].strip() == ("" if all(wider) else "usually" if sum(wider) >= 9 else "not always")


def test_no_range_is_given_for_models_that_do_not_ship(side_of):
    assert all("shipped texts" not in row.sentence for row in differences([side_of("bert"), side_of("gpt2")]))
