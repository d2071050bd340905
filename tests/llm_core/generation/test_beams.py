"""The tree of a beam search is the library's own search, and its scores add up."""

from __future__ import annotations

import itertools

import pytest

import llm_core
from llm_core import GenerationSettings
from tests.llm_core.generation_references import PROMPT

SETTINGS = [
    GenerationSettings(num_beams=4, max_new_tokens=8),
    GenerationSettings(num_beams=3, max_new_tokens=14, length_penalty=2.0, early_stopping=True),
    GenerationSettings(num_beams=2, max_new_tokens=14, length_penalty=-0.5, early_stopping="never"),
    GenerationSettings(num_beams=3, max_new_tokens=10, repetition_penalty=1.5, length_penalty=0.0),
]


def library_search(model, settings, prompt):
    options = {
        "num_beams": settings.num_beams,
        "num_return_sequences": settings.num_beams,
        "length_penalty": settings.length_penalty,
        "early_stopping": settings.early_stopping,
        "max_new_tokens": settings.max_new_tokens,
        "repetition_penalty": settings.repetition_penalty,
        "do_sample": False,
        "return_dict_in_generate": True,
        "output_scores": True,
    }
    inputs = model.tokenizer(prompt, return_tensors="pt")
    try:
        return model.model.generate(**inputs, **options)
    except (IndexError, RuntimeError):
        return model.model.generate(**inputs, **options, use_cache=False)


def check(model, settings, prompt):
    tree = llm_core.beam_search(model, prompt, settings)
    theirs = library_search(model, settings, prompt)
    read = len(tree.prompt.tokens)
    assert len(tree.texts) == settings.num_beams
    for text, sequence, score in zip(tree.texts, theirs.sequences, theirs.sequences_scores, strict=True):
        written = [token.id for token in text.tokens]
        assert sequence[read : read + len(written)].tolist() == written
        assert text.score == pytest.approx(float(score), abs=1e-6)
        assert tree.nodes[text.node].finished
        assert tree.nodes[text.node].final_score == pytest.approx(float(score), rel=1e-5)
        path = tree.path(text.node)
        assert [node.token for node in path] == list(text.tokens)
        assert [node.survived for node in path] == [True] * (len(path) - 1) + [False]
    return tree


@pytest.mark.parametrize("settings", SETTINGS, ids=["plain", "long", "short", "repetition"])
@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma3", "bloom", "t5", "bart", "t5gemma"])
def test_texts_and_scores_are_the_librarys(tiny, name, settings):
    check(tiny(name), settings, PROMPT)


@pytest.mark.parametrize("settings", SETTINGS[:3], ids=["plain", "long", "short"])
def test_the_translator_searches_as_the_library_does(translator, settings):
    check(translator, settings, "The black cat sat on the table.")


def test_the_chat_model_searches_as_the_library_does(smollm2):
    check(smollm2, SETTINGS[0], "The capital of France is")


def test_scores_add_up_along_the_tree(translator):
    tree = llm_core.beam_search(translator, "The black cat sat on the table.", SETTINGS[1])
    assert any(node.finished for node in tree.nodes)
    for node in tree.nodes:
        before = 0.0 if node.parent is None else tree.nodes[node.parent].score
        assert node.score == pytest.approx(before + node.log_probability, abs=1e-4)
        assert node.depth == len(tree.path(node.number))
        if node.finished:
            assert node.final_score == pytest.approx(node.score / node.depth**2)
            assert not node.survived


def test_exactly_as_many_beams_survive_as_were_asked_for(translator):
    tree = llm_core.beam_search(translator, "The black cat sat on the table.", SETTINGS[0])
    assert tree.depth > 3
    for depth in range(1, tree.depth):
        candidates = [node for node in tree.nodes if node.depth == depth]
        assert sum(node.survived for node in candidates) == 4
        assert [node.rank for node in candidates] == list(range(8))
        assert all(one.score >= other.score for one, other in itertools.pairwise(candidates))
        assert all(node.parent is None or tree.nodes[node.parent].survived for node in candidates)


def test_progress_stops_the_search(tiny):
    class StopError(Exception):
        pass

    def stop(progress):
        if progress.fraction > 0.4:
            raise StopError

    with pytest.raises(StopError):
        llm_core.beam_search(tiny("bart"), PROMPT, SETTINGS[0], progress=stop)


def test_one_beam_is_no_search(tiny):
    with pytest.raises(llm_core.SelectionError, match=r"Use llm_core\.generate"):
        llm_core.beam_search(tiny("gpt2"), PROMPT, GenerationSettings())


def test_an_encoder_does_not_search(minilm):
    with pytest.raises(llm_core.UnsupportedModelError, match="does not write"):
        llm_core.beam_search(minilm, PROMPT, SETTINGS[0])
