"""What the Generation page says while a model writes, searches and fills masks is what the library alone does.

The sentences of the picture are read from its own code: ``frontend/generation/said.ts`` prints them for the packets
that the page sends.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import llm_core
from llm_core import GenerationSettings
from llm_core.generation.shown import MEAN
from pages.shared.generation import beam_parts, mask_parts, words
from pages.shared.generation.packet import generation_packet
from pages.shared.generation.store import Branch, Growth
from tests import asked
from tests.reader import generation as reader
from tests.reader.library import TEXTS, from_folder, some
from tests.tiny_models import RECIPES

SAID = Path(__file__).parents[2] / "frontend" / "generation" / "said.ts"
NODE = Path(sys.executable).with_name("node")

PLAIN = GenerationSettings(max_new_tokens=4, temperature=0)
SETTINGS = {
    "greedy": PLAIN,
    "greedy, penalised": replace(PLAIN, repetition_penalty=1.6),
    "drawn": replace(PLAIN, temperature=1.0),
    "hot, top-p": replace(PLAIN, temperature=1.3, top_p=0.8, seed=3),
    "top-k": replace(PLAIN, temperature=0.8, top_k=5, seed=1),
    "min-p": replace(PLAIN, temperature=1.0, min_p=0.1, seed=2),
    "typical, penalised": replace(PLAIN, temperature=0.9, typical_p=0.7, repetition_penalty=1.3, seed=5),
    "all": replace(PLAIN, temperature=0.7, top_k=20, top_p=0.9, min_p=0.02, repetition_penalty=1.1, seed=4),
}
TINY = ("gpt2", "llama", "gemma3", "gpt-oss", "bart", "t5")
CASES = [(name, TEXTS[place], how) for name in TINY for place, how in enumerate(SETTINGS)]
CASES += [("t5-mini-en-fr", TEXTS[3 + place], how) for place, how in enumerate(SETTINGS)]
CASES += [("smollm2-135m", TEXTS[4], "greedy, penalised"), ("smollm2-135m", TEXTS[12], "hot, top-p")]
if some(()):
    ways = tuple(SETTINGS)
    CASES = [
        (name, text, ways[place % len(ways)])
        for name in (*TINY, "t5-mini-en-fr", "smollm2-135m")
        for place, text in enumerate(TEXTS)
    ]


def options(settings: GenerationSettings) -> dict:
    """The settings in the words of the library."""
    more = {
        "temperature": settings.temperature,
        "top_k": settings.top_k,
        "top_p": settings.top_p,
        "min_p": settings.min_p,
        "typical_p": settings.typical_p,
    }
    return {
        "do_sample": settings.temperature > 0,
        "max_new_tokens": settings.max_new_tokens,
        "repetition_penalty": settings.repetition_penalty,
        **(more if settings.temperature else {}),
    }


class Told:
    """A text that both wrote, and what the page says of each step."""

    def __init__(self, model, library, prompt: str, settings: GenerationSettings) -> None:
        self.settings, self.library = settings, library
        steps = asked.written(model, prompt, settings)
        self.growth = Growth((), [Branch(steps, settings)])
        self.theirs = reader.write(library, prompt, settings.seed, **options(settings))
        self.table = words.table(self.growth)
        self.packets = []
        for place, step in enumerate(steps):
            self.growth.step = place
            self.growth.looking = {
                stack: (layers[place % len(layers)], MEAN if place % 3 == 2 else place % step.heads(stack, layers[0]))
                for stack in step.stacks
                for layers in [step.attention_layers(stack)]
            }
            self.packets.append((generation_packet(asked.facts(model), self.growth), dict(self.growth.looking)))


@pytest.fixture(scope="module")
def told(model, library, tmp_path_factory):
    """Every case with its sentences, asked of Node at once."""
    folder = tmp_path_factory.mktemp("packets")
    texts = {case: Told(model(case[0]), library(case[0]), case[1], SETTINGS[case[2]]) for case in CASES}
    files = []
    for text in texts.values():
        for packet, _ in text.packets:
            files.append(folder / f"{len(files)}.packet")
            files[-1].write_bytes(packet)
    done = subprocess.run([NODE, SAID, *files], capture_output=True, check=True, text=True)
    sentences = iter(json.loads(done.stdout))
    for text in texts.values():
        text.said = [next(sentences) for _ in text.packets]
    return texts


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}, {case[2]}")
def test_the_verdict_names_what_the_library_chose_and_from_how_many(told, case):
    text = told[case]
    assert [step.token.id for step in text.growth.branch.steps] == [step.chosen for step in text.theirs]
    for place, (said, theirs) in enumerate(zip(text.said, text.theirs, strict=True)):
        verdict, chosen = said["verdict"], theirs.chosen
        assert verdict.startswith(f"<{chosen}> was ")
        count = int(re.search(r"([\d,]+) tokens? can be chosen", verdict)[1].replace(",", ""))
        assert count == (theirs.kept if text.settings.samples else 1)
        assert count == text.table["can be chosen"][place]
        by_model, *others = re.findall(r"(?:< )?[\d.]+ %", verdict)
        assert text.table["by the model"][place] in [by_model, *others]
        if text.settings.samples:
            assert " was drawn: " in verdict
            assert reader.stands_for(by_model, theirs.before[chosen])
            if others:
                assert reader.stands_for(others[0], theirs.after[chosen], noise=1e-4)
        elif "By the model alone" in verdict:
            leader = int(re.search(r"and <(\d+)> has most", verdict)[1])
            assert theirs.before[leader] == pytest.approx(theirs.before.max(), rel=1e-5)
            assert theirs.before[leader] > theirs.before[chosen]
            assert reader.stands_for(by_model, theirs.after[chosen], noise=1e-4)
            assert reader.stands_for(others[0], theirs.before[chosen])
            assert reader.stands_for(others[1], theirs.before[leader])
        else:
            assert theirs.before[chosen] >= theirs.before.max() * (1 - 1e-5)
            assert reader.stands_for(by_model, theirs.before[chosen])
            assert ("repetition penalty" in verdict) == (text.settings.repetition_penalty != 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}, {case[2]}")
def test_candidates_have_the_librarys_probabilities_and_only_what_was_cut_off_is_said_to_be(told, case):
    text = told[case]
    for said, theirs in zip(text.said, text.theirs, strict=True):
        for token, sentence in said["candidates"]:
            before, rest = re.search(r"((?:< )?[\d.]+ %) by the model, (.*)$", sentence).groups()
            assert reader.stands_for(before, theirs.before[token])
            assert rest.endswith("; written") == (token == theirs.chosen)
            if not text.settings.samples:
                assert rest.startswith("taken" if token == theirs.chosen else "not taken")
            elif rest.startswith("cut off"):
                assert theirs.after[token] == 0
            else:
                assert reader.stands_for(rest.split(" after")[0], theirs.after[token], noise=1e-4)
        cut = sum(
            int(found.replace(",", "")) for found in re.findall(r"cuts off ([\d,]+) tokens?", str(said["stages"]))
        )
        assert cut == (len(theirs.before) - theirs.kept if text.settings.samples else 0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}, {case[2]}")
def test_what_it_looks_at_most_is_what_the_librarys_attention_says(told, case):
    text = told[case]
    for said, theirs, (_, looking) in zip(text.said, text.theirs, text.packets, strict=True):
        beginning = f"While writing <{theirs.chosen}>, "
        assert said["looked"].startswith(beginning)
        parts = said["looked"].removeprefix(beginning).removesuffix(".").split("; ")
        stacks = [stack for stack in ("cross", "decoder") if stack in looking]
        assert len(parts) == len(stacks)
        for part, stack in zip(parts, stacks, strict=True):
            layer, head = looking[stack]
            weights = theirs.attention[stack][layer]
            assert f"layer {layer}" in part
            assert (f"head {head} of" in part) == (head != MEAN)
            keys = theirs.read if stack == "decoder" else source_of(text)
            row = weights.mean(axis=0) if head == MEAN else weights[head]
            check_looked(part, reader.of_all(row, len(keys)), keys, text.library)


def source_of(text: Told) -> list[int]:
    prompt = text.growth.branch.steps[0].prompt.text
    return text.library.tokenizer(prompt).input_ids


def check_looked(part: str, row, keys: list[int], library) -> None:
    """A sentence on where a head looks, against its weights and the numbers of the tokens that they are for."""
    noise = 2e-4
    if len(keys) == 1:
        assert f"at nothing but <{keys[0]}>" in part
        return
    if "hardly anything" in part:
        assert row.max() < 0.001
        return
    named = re.search(r"most at (<.*?) \(((?:< )?[\d.]+ %)( each)?\)", part)
    alike = re.search(r"at (?:all )?(\d+) tokens alike \(([\d.]+ %) each\)", part)
    assert reader.stands_for((named or alike)[2], float(row.max()), noise)
    if alike:
        assert 3 < int(alike[1]) <= int((row > row.max() - noise).sum())
        top = [place for place, share in enumerate(row) if share > row.max() - noise]
    else:
        top = []
        for number, position in re.findall(r"<(\d+)>(?: at position (\d+))?", named[1]):
            places = [int(position)] if position else [at for at, key in enumerate(keys) if key == int(number)]
            assert all(keys[place] == int(number) for place in places)
            top.append(max(places, key=lambda place: row[place]))
    assert all(row[place] >= row.max() - noise for place in top)
    of_words = {place: row[place] for place, key in enumerate(keys) if reader.is_word(library, key)}
    if any(place in of_words for place in top) or not of_words:
        assert "of the words" not in part
    elif "at hardly any of the words" in part:
        assert max(of_words.values()) < 0.0005 + noise
    else:
        number, position, share = re.search(
            r"of the words at <(\d+)>(?: at position (\d+))? \(([\d.]+ %)\)", part
        ).groups()
        best = max(of_words.values())
        assert best >= 0.0005 - noise
        assert reader.stands_for(share, best, noise)
        places = [int(position)] if position else [at for at, key in enumerate(keys) if key == int(number)]
        assert max(row[place] for place in places) >= best - noise


def test_the_cache_is_as_large_as_its_keys_and_values_and_counts_each_layer_once(told):
    checked = set()
    for (name, _, _), text in told.items():
        if name in {"gemma3", "gpt-oss"}:  # sliding windows
            continue
        if not text.theirs[0].cached:
            assert all(said["cache"].startswith("This model keeps no cache") for said in text.said)
            continue
        checked.add(name)
        config = text.library.model.config
        encodes = text.library.family == "encoder-decoder"
        layers = getattr(config, "decoder_layers" if name == "bart" else "num_decoder_layers", config.num_hidden_layers)
        for said, theirs in zip(text.said, text.theirs, strict=True):
            own = reader.cache_bytes(text.library, layers, len(theirs.read))
            tokens = f"{len(theirs.read)} token{'s' if len(theirs.read) > 1 else ''}"
            beginning = f"{reader.bytes_in_words(own)} for {tokens}"
            if encodes:
                source = len(source_of(text))
                other = reader.bytes_in_words(reader.cache_bytes(text.library, layers, source))
                beginning += f" of the target and {other} for {source} tokens of the source"
            assert said["cache"].startswith(f"{beginning}, in {layers} layers")
    assert {"gpt2", "llama", "t5-mini-en-fr", "smollm2-135m"} <= checked


def test_what_a_models_files_rule_out_is_counted_as_the_library_counts_it(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder("gpt2"), tmp_path / "model")
    reader.with_settings_in_its_files(folder, {"no_repeat_ngram_size": 1})
    library, model = from_folder(folder, RECIPES["gpt2"][0]), llm_core.load_model(folder)
    for how in ("greedy", "top-k"):
        settings = replace(SETTINGS[how], max_new_tokens=6)
        text = Told(model, library, TEXTS[0], settings)
        assert [step.token.id for step in text.growth.branch.steps] == [step.chosen for step in text.theirs]
        expected = [step.kept if settings.samples else 1 for step in text.theirs]
        assert text.table["can be chosen"] == expected
        files = [tmp_path / f"{place}.packet" for place in range(len(text.packets))]
        for file, (packet, _) in zip(files, text.packets, strict=True):
            file.write_bytes(packet)
        done = subprocess.run([NODE, SAID, *files], capture_output=True, check=True, text=True)
        for said, step in zip(json.loads(done.stdout), text.theirs, strict=True):
            assert "no repeat" in said["stages"][1][0]
            out = len(set(step.read))
            assert f"cuts off {out} tokens" in said["stages"][1][1]
            if not settings.samples:
                alone = step.before.argmax() == step.chosen
                assert ("likeliest token by the model" in said["verdict"]) == alone


SEARCHES = [
    {"beams": 3, "most": 6},
    {"beams": 2, "most": 12, "power": 2.0, "early": True},
    {"beams": 2, "most": 10, "power": -0.5, "early": "never"},
    {"beams": 3, "most": 10, "early": "never"},
    {"beams": 3, "most": 8, "power": 0.0, "penalty": 1.5},
]
SEARCHED = [
    (name, how)
    for place, name in enumerate(("gpt2", "llama", "bart", "t5", "t5-mini-en-fr"))
    for how in range(len(SEARCHES))
    if name == "gpt2" or (place + how) % 2 == 0
]


@pytest.mark.parametrize(("name", "how"), SEARCHED)
def test_a_beam_search_is_told_as_it_went(model, library, name, how):
    wanted = SEARCHES[how]
    prompt = TEXTS[(3, 5, 6, 4, 0)[how]]
    theirs = reader.search(library(name), prompt, **wanted)
    settings = GenerationSettings(
        max_new_tokens=wanted["most"],
        num_beams=wanted["beams"],
        length_penalty=wanted.get("power", 1.0),
        early_stopping=wanted.get("early", False),
        repetition_penalty=wanted.get("penalty", 1.0),
    )
    tree = llm_core.beam_search(model(name), prompt, settings)
    assert [tuple(token.id for token in text.tokens) for text in tree.texts] == [text for text, _ in theirs.found]
    score = float(re.search(r"score of (−?[\d.]+)", beam_parts.headline(tree))[1].replace("−", "-"))
    assert score == pytest.approx(theirs.found[0][1], abs=6e-4)
    found = {text for text, _ in theirs.found}
    table = beam_parts._table(tree)
    for node in tree.nodes:
        branch = theirs.columns[node.depth - 1][node.rank]
        assert tuple(one.token.id for one in tree.path(node.number)) == branch.tokens
        assert float(table["sum"][node.number].replace("−", "-")) == pytest.approx(branch.score, abs=2e-3)
        assert float(table["log-probability"][node.number].replace("−", "-")) == pytest.approx(
            reader.np.log(branch.probability), abs=1e-3
        )
        assert float(table["adds"][node.number].replace("−", "-")) == pytest.approx(branch.adds, abs=1e-3)
        check_fate(table["what became of it"][node.number], branch, found, theirs, wanted)
    assert len(tree.nodes) == sum(map(len, theirs.columns))
    changed = any(
        abs(branch.adds - reader.np.log(branch.probability)) > 1e-6 for one in theirs.columns for branch in one
    )
    assert ("changes that logarithm" in beam_parts._explanation(tree)) == changed


def check_fate(said: str, branch, found, theirs, wanted) -> None:
    number = str(wanted["beams"])
    if branch.fate == "finished":
        assert said.startswith("finished: one of the texts found" if branch.tokens in found else "finished, but")
        if branch.tokens not in found:
            mine = branch.score / len(branch.tokens) ** wanted.get("power", 1.0)
            assert sum(score > mine for _, score in theirs.found) == int(number)
    elif branch.fate == "stopped":
        assert "the search stopped here" in said
        assert ("texts had finished" in said) == (theirs.why == "full")
        assert ("could score higher" in said) == (theirs.why == "hopeless" and wanted.get("early") == "never")
    else:
        beginning = {
            "goes on": "kept:",
            "too late": "ends here, but",
            "let go": f"let go: {number} others score higher",
        }
        assert said.startswith(beginning[branch.fate])


FILLED = [(name, place) for name in ("minilm-l6-mlm", "bert", "roberta", "distilbert") for place in range(4)]


@pytest.mark.parametrize(("name", "place"), FILLED)
def test_masks_are_filled_with_what_the_library_finds_likeliest(model, library, name, place):
    there = library(name)
    mask = there.tokenizer.mask_token
    text = ("The {} sat on the {}.", "Paris is the {} of {} and {}.", "She drank a cup of {}.", "The {} {} {} sat.")[
        place
    ]
    text = text.format(*[mask] * text.count("{}"))
    for iterative in (False, True):
        filling = llm_core.fill_masks(model(name), text, iterative=iterative)
        ids = there.tokenizer(text).input_ids
        first = reader.masks(there, ids)
        surest = max(first, key=lambda one: one.shares.max())
        said = mask_parts.headline(name, filling)
        best = [number for number, one in enumerate(first, 1) if one.shares.max() > surest.shares.max() - 1e-4]
        assert reader.stands_for(re.search(r"\(((?:< )?[\d.]+ %)\)", said)[1], surest.shares.max())
        if len(first) > 1:
            assert f"fills {len(first)} masks" in said
            assert int(re.search(r"in mask (\d+)\.$", said)[1]) in best
        table = mask_parts._table(filling)
        rows = list(zip(*table.values(), strict=True))
        for reading in range(1, len(filling.passes) + 1):
            now = reader.masks(there, ids)
            assert {row[1] for row in rows if row[0] == reading} == {
                1 + [one.position for one in first].index(one.position) for one in now
            }
            for one in now:
                mine = [row for row in rows if row[0] == reading and row[2] == one.position]
                shares = sorted(one.shares, reverse=True)[: len(mine)]
                assert all(reader.stands_for(row[4], share) for row, share in zip(mine, shares, strict=True))
            for position in filling.passes[reading - 1].filled:
                shares = next(one.shares for one in now if one.position == position)
                ids[position] = (
                    filling.passes[reading - 1].fillings[[one.position for one in now].index(position)].token.id
                )
                assert shares[ids[position]] >= shares.max() - 1e-6
