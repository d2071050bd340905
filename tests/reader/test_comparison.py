"""Every sentence of the Architectures page, over tiny families and the models that ship, held against the library."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import llm_core
from llm_core.comparison.attention import FEWEST_TOKENS
from llm_core.comparison.differences import differences
from llm_core.comparison.model_profile import model_profile
from llm_core.comparison.table import side
from pages.shared.comparison.headline import headline
from tests.reader import comparison as reader
from tests.reader.library import TEXTS, some

TINY = ("bert", "gpt2", "llama", "t5", "bart", "gemma3", "modernbert")
FEW = (TEXTS[0], TEXTS[9])
"""Of the texts these are read with the decoder that ships, whose passes are the slowest; all others read all twenty."""
NAMES = (*TINY, "minilm-l6-mlm", "t5-mini-en-fr", "smollm2-135m")


def over_texts(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a check of one model and text a test for each model, which reads every text and tells all that fail."""

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        def test(name: str, **fixtures: Any) -> None:
            failures = []
            for text in some(FEW) if name == "smollm2-135m" else TEXTS:
                try:
                    check(name=name, text=text, **fixtures)
                except AssertionError as error:
                    failures.append(f"{text}: {error}")
            assert not failures, "\n".join(failures)

        asked = inspect.signature(check)
        told = [parameter for parameter in asked.parameters.values() if parameter.name != "text"]
        test.__signature__ = asked.replace(parameters=told)  # type: ignore[attr-defined]
        test.__name__ = check.__name__
        return pytest.mark.parametrize("name", names)(test)

    return decorate


@pytest.fixture(scope="module")
def read(model, library):
    """A side, and what the library did with the same text, each made once."""
    known = {}

    def make(name, text):
        if (name, text) not in known:
            loaded = model(name)
            target = "Le chat noir" if loaded.family == "encoder-decoder" else None
            trace = llm_core.trace(loaded, text, target=target)
            read_below = [token.id for token in trace.target_tokens] or None
            done = reader.read(library(name), text, read_below)
            known[name, text] = side(name, trace, model_profile(loaded, trace)), done
        return known[name, text]

    return make


@pytest.fixture(scope="module")
def sentences(read):
    """The table's sentences of one side alone, by row."""
    known = {}

    def make(name, text):
        if (name, text) not in known:
            known[name, text] = {row.name: row.sentence for row in differences([read(name, text)[0]])}
        return known[name, text]

    return make


def shares(said: str) -> list[float]:
    """The percentages that a sentence names of this text; "< 0.1 %" as 0.05."""
    found = re.findall(r"(< )?([\d,.]+) %", re.sub(r" \([^()]* shipped texts[^()]*\)", "", said))
    return [0.05 if less else float(number.replace(",", "")) for less, number in found]


CLOSE = 0.06
"""Half of the digit that is written, and what two ways of computing float32 may differ by."""


@over_texts(*NAMES)
def test_attention_goes_where_the_sentences_say(name, text, read, sentences):
    one, done = read(name, text)
    for stack in one.trace.stacks:
        if stack == "cross":
            continue
        layers = reader.matrices(done, stack)
        ahead = any(np.triu(head, 1).any() for layer in layers for head in layer)
        place = name if len(one.trace.stacks) == 1 else f"he {stack} of {name}"
        said = [part for part in sentences(name, text)["Attention that goes forward"].split(". ") if place in part]
        assert len(said) == 1
        if len(layers[0][0]) == 1:
            assert "one token" in said[0]
        elif ahead:
            assert shares(said[0])[0] == pytest.approx(100 * reader.forward(layers), abs=CLOSE)
            assert f"this text of {len(layers[0][0])} tokens" in said[0]
        else:
            assert "cannot look ahead" in said[0]
            assert shares(said[0]) == [0]


@over_texts(*NAMES)
def test_the_masks_are_those_through_which_the_library_looks(name, text, read, sentences):
    one, done = read(name, text)
    said = sentences(name, text)["Shape of the mask"]
    for stack in one.trace.stacks:
        layers = reader.matrices(done, stack)
        if stack == "cross" or len(layers[0][0]) == 1:
            continue
        place = name if len(one.trace.stacks) == 1 else f"the {stack} of {name}"
        (part,) = [part for part in re.split(r"\. (?=In )", said) if place in part]
        opened = [(layer > 0).any(axis=0) for layer in layers]
        count = len(opened[0])
        if any(np.triu(seen, 1).any() for seen in opened):
            assert ("nothing is closed" in part) == all(seen.all() for seen in opened)
        else:
            whole = all(seen[row, : row + 1].all() for seen in opened for row in range(count))
            assert ("a triangle" in part) == whole


@over_texts(*NAMES)
def test_resting_on_the_first_token_is_said_where_it_is_more_than_even(name, text, read, sentences):
    one, done = read(name, text)
    layers = reader.matrices(done, one.own_stack)
    said = sentences(name, text)["Rests on the first token"]
    share, even = reader.on_first(layers), reader.even_on_first(layers)
    if len(layers[0][0]) < FEWEST_TOKENS:
        assert said.startswith("Nothing is said")
    elif abs(share - max(0.25, 2 * even)) > 1e-3:
        rests = share >= max(0.25, 2 * even)
        assert (f"{name} rests" in said) == rests
        if rests:
            assert shares(said) == pytest.approx([100 * share, 100 * even], abs=CLOSE)


@over_texts(*NAMES)
def test_the_spread_of_attention(name, text, read, sentences):
    one, done = read(name, text)
    layers = reader.matrices(done, one.own_stack)
    if len(layers[0][0]) == 1:
        return
    said = sentences(name, text)["How spread attention is"]
    number, count = re.search(r"over ([\d.]+) of (\d+) token", said).groups()
    assert float(number) == pytest.approx(2 ** reader.entropy(layers), abs=0.051)
    assert int(count) == len(layers[0][0])


@over_texts("t5", "bart", "t5-mini-en-fr")
def test_the_look_at_the_source(name, text, read, sentences):
    one, done = read(name, text)
    said = sentences(name, text)["Looks at a source"]
    tokens = one.trace.tokens
    is_word = [not token.is_special and any(c.isalnum() for c in token.text) for token in tokens]
    assert shares(said) == pytest.approx([100 * reader.to_words(reader.matrices(done, "cross"), is_word)], abs=CLOSE)
    wanted = f"all {len(tokens)} source tokens" if len(tokens) > 1 else "1 source token"
    assert wanted in said


@over_texts("bert", "minilm-l6-mlm")
def test_an_encoder_fills_the_blank_with_the_likeliest_token(name, text, read, sentences, library):
    one, _ = read(name, text)
    blank, said = one.profile.outcome.blank, sentences(name, text)["Fills a blank"]
    if not (blank.before + blank.after).strip():
        assert "nothing is left to guess it from" in said
        return
    best, chances = reader.masked_word(library(name), blank.before, blank.after)
    assert "when it must guess" not in said
    assert ("both sides" in said) == bool(blank.before.strip() and blank.after.strip())
    second = np.sort(chances)[-2]
    if chances.max() - second > 1e-4:
        assert blank.candidates[0].token.id == best
    assert shares(said)[0] == pytest.approx(100 * chances.max(), abs=CLOSE)
    own = library(name).tokenizer(blank.word, add_special_tokens=False).input_ids
    if len(own) == 1 and "gets" in said and library(name).tokenizer.decode(own).strip().lower() == blank.word.lower():
        assert shares(said)[1] == pytest.approx(100 * chances[own[0]], abs=CLOSE)


@over_texts("gpt2", "llama", "smollm2-135m")
def test_a_decoder_guesses_from_what_stands_before(name, text, read, sentences, library):
    one, done = read(name, text)
    blank, said = one.profile.outcome.blank, sentences(name, text)["Fills a blank"]
    if blank.reason:
        assert "Nothing stands before this word" in said
        return
    after = text[text.index(blank.word, len(blank.before)) + len(blank.word) :]
    assert ("does not reach it" in said) == bool(after.strip())
    offsets = library(name).tokenizer(text, return_offsets_mapping=True).offset_mapping
    place = next(n for n, (start, end) in enumerate(offsets) if start < len(blank.before) + 1 <= end)
    chances = np.exp(done.logits[0, place - 1].double().numpy())
    chances /= chances.sum()
    if np.diff(np.sort(chances)[-2:]) > 1e-4:
        assert blank.candidates[0].token.id == chances.argmax()
    assert shares(said)[0] == pytest.approx(100 * chances.max(), abs=CLOSE)


@pytest.mark.parametrize("name", [*TINY, "minilm-l6-mlm", "t5-mini-en-fr", "smollm2-135m"])
def test_counts_are_those_of_the_library(name, read, sentences, library):
    one, done = read(name, FEW[0])
    said, config = sentences(name, FEW[0]), library(name).model.config
    matrices = sum(len(layer) for stack in one.trace.stacks for layer in reader.matrices(done, stack))
    assert f"{name} has {matrices:,} attention matri" in said["Layers × heads"]
    plain = sum(1 for token in one.trace.tokens if not token.is_special)
    characters = float(
        re.search(r"stands for ([\d.]+) characters", said["Tokens, and the vocabulary they come from"])[1]
    )
    assert characters == pytest.approx(len(FEW[0]) / plain, abs=0.051)
    assert one.profile.parameters.total == reader.parameters(library(name))
    needs = re.search(r"needs ([\d.]+) ([kM])B", said["Memory"])
    assert float(needs[1]) * {"k": 1e3, "M": 1e6}[needs[2]] == pytest.approx(
        4 * reader.parameters(library(name)), rel=6e-3
    )
    tied = bool(getattr(config, "tie_word_embeddings", False)) and one.trace.logits is not None
    assert ("multiplied once more" in said["Parameters"]) == tied


@pytest.mark.parametrize(
    "name", ["gpt2", "llama", "t5", "bart", "t5-mini-en-fr", "smollm2-135m", "deepseek-v3", "gpt-bigcode"]
)
def test_what_is_kept_of_a_token_is_what_the_librarys_cache_grows_by(name, read, library):
    one, _ = read(name, FEW[0])
    (row,) = [row for row in differences([one]) if row.name == "Keys and values kept while writing"]
    own, source = reader.kept_a_token(library(name), FEW[0])
    numbers = [
        float(n.replace(",", "")) * {"": 1, "k": 1e3, "M": 1e6}[u]
        for n, u in re.findall(r"([\d,.]+) ([kM]?)B", row.values[0])
    ]
    assert numbers == pytest.approx([own, source] if source else [own], rel=6e-3)
    shared = one.trace.key_value_heads("decoder", one.trace.layers("decoder")[0])
    heads = one.trace.heads("decoder", one.trace.layers("decoder")[0])
    assert ("and so keeps" in row.sentence) == (shared < heads)


def number_of(name, read):
    return read(name, FEW[0])[0]


@pytest.mark.parametrize(
    "pair", [("bert", "gpt2"), ("gpt2", "bert"), ("minilm-l6-mlm", "smollm2-135m"), ("t5", "llama")]
)
def test_of_two_models_the_larger_is_named_as_larger(pair, read, library):
    sides = [number_of(name, read) for name in pair]
    said = {row.name: row.sentence for row in differences(sides)}
    totals = {name: reader.parameters(library(name)) for name in pair}
    large, small = max(totals, key=totals.get), min(totals, key=totals.get)
    ratio = re.search(r"(\S+) has ([\d,.]+) times the parameters of (\S+?)\.(?: |$)", said["Parameters"])
    if f"{totals[large] / totals[small]:.1f}" != "1.0":
        assert (ratio[1], ratio[3]) == (large, small)
        assert float(ratio[2].replace(",", "")) == pytest.approx(totals[large] / totals[small], abs=0.051)
    counts = {one.name: sum(not token.is_special for token in one.trace.tokens) for one in sides}
    tokens = said["Tokens, and the vocabulary they come from"]
    fewest, most = min(counts, key=counts.get), max(counts, key=counts.get)
    if counts[fewest] != counts[most]:
        assert tokens.startswith(f"A token of {fewest} ")
        if "takes" in tokens:
            assert f"takes {counts[most]:,} tokens instead of {counts[fewest]:,}" in tokens
    limits = {one.name: one.profile.geometry.token_limit for one in sides}
    known = {name: limit for name, limit in limits.items() if limit is not None}
    if known:
        longest = [name for name, limit in known.items() if limit == max(known.values())]
        assert all(name in said["Longest text"] for name in longest)
        assert f"{max(known.values()):,} token" in said["Longest text"]


def test_two_models_of_one_size_are_not_told_apart(read):
    sides = [number_of("gpt2", read), number_of("gpt2", read)]
    said = {row.name: row.sentence for row in differences(sides)}
    assert "times the parameters" not in said["Parameters"]
    assert "gpt2 takes up to 128 tokens" in said["Longest text"]
    assert "over as many" in said["How spread attention is"] or "one of" not in said["How spread attention is"]


@pytest.mark.parametrize("text", TEXTS)
def test_the_headline_says_who_looks_where(text, read):
    names = ("minilm-l6-mlm", "gpt2", "llama", "t5")
    sides, ahead = [], {}
    for name in names:
        one, done = read(name, text)
        layers = reader.matrices(done, one.own_stack)
        sides.append(one)
        ahead[name] = None if len(layers[0][0]) == 1 else any(np.triu(h, 1).any() for layer in layers for h in layer)
    said = headline(sides).replace("\N{NO-BREAK SPACE}", " ").split("; ")
    for name in names:
        (part,) = [part for part in said if name in part and "the decoder of" not in part]
        wanted = {True: "both ways", False: "only back (0.0 % forward)", None: "one token"}[ahead[name]]
        assert wanted in part
    source = len(sides[3].trace.tokens)
    assert f"also looks at {f'all {source} tokens' if source > 1 else 'the one token'} of its source" in said[-1]
