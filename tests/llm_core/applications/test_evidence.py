"""What an answer rests on: the parts of the prompt and the attention they got."""

from __future__ import annotations

import numpy as np
import pytest

import llm_core
from llm_core import GenerationSettings, SelectionError
from llm_core.applications.evidence import LookedAt, Part, looked_at, parts_of
from llm_core.applications.translation import aligning_head, alignment, new_words

PROMPT = "The cat sat on the mat because the cat was tired."
GREEDY = GenerationSettings(max_new_tokens=40, temperature=0, literal=True)


def test_parts_are_found_in_their_order(tiny):
    step = next(llm_core.generate(tiny("llama"), PROMPT, GREEDY))
    first, second, third = parts_of(step.prompt, {"one": "the mat", "two": "the cat", "three": " tired "})
    for part, text in ((first, "the mat"), (second, "the cat"), (third, "tired")):
        assert PROMPT[part.tokens[0].start : part.tokens[-1].end].strip() == text
    assert first.positions < second.positions < third.positions
    assert parts_of(step.prompt, {"gone": "a dog", "empty": " "}) == ()


def test_the_first_token_a_decoder_reads_is_no_part_since_attention_is_parked_there(tiny, translator):
    step = next(llm_core.generate(tiny("llama"), PROMPT, GREEDY))
    (part,) = parts_of(step.prompt, {"all": PROMPT})
    assert part.positions == tuple(range(1, len(step.prompt.tokens)))
    (read,) = parts_of(next(llm_core.generate(translator, PROMPT, GREEDY)).prompt, {"all": PROMPT})
    assert read.positions[0] == 0


def test_a_word_that_stands_in_the_task_as_well_is_found_where_it_was_typed(tiny):
    text = "The mat because mat sat"
    step = next(llm_core.generate(tiny("llama"), text, GREEDY))
    task, typed = parts_of(step.prompt, {"first": "mat", "second": "mat"})
    assert [text[part.tokens[0].start : part.tokens[-1].end].strip() for part in (task, typed)] == ["mat", "mat"]
    assert task.tokens[0].start < typed.tokens[0].start
    (alone,) = parts_of(step.prompt, {"typed": "mat"})
    assert alone == Part("typed", typed.positions, typed.tokens)


def test_looking_is_the_mean_over_all_heads_of_all_layers(tiny):
    steps = list(llm_core.generate(tiny("llama"), PROMPT, GenerationSettings(max_new_tokens=3, temperature=0)))
    texts = {"a": "The cat", "b": "mat"}
    parts = parts_of(steps[0].prompt, texts)
    looked = looked_at(steps, texts)
    assert looked.parts == parts
    positions = [*parts[0].positions, *parts[1].positions]
    for row, step in zip(looked.weights, steps, strict=True):
        heads = np.concatenate([step.attention("decoder", layer)[:, 0] for layer in step.attention_layers("decoder")])
        np.testing.assert_allclose(row, heads[:, positions].mean(axis=0), atol=1e-6)
    assert [token.text for token in looked.read] == [token.text for part in parts for token in part.tokens]


def test_steps_of_two_texts_or_with_a_gap_have_no_evidence(tiny):
    settings = GenerationSettings(max_new_tokens=3, temperature=0)
    one = list(llm_core.generate(tiny("llama"), PROMPT, settings))
    other = list(llm_core.generate(tiny("llama"), "The cat sat on the", settings))
    for mixed in ([], [*one[:2], other[2]], [one[0], one[2]], [*one, one[-1]], one[1:]):
        with pytest.raises(SelectionError, match=r"at least one token|in their order"):
            looked_at(mixed, {"a": "The cat"})


def test_the_strongest_link_stands_out_from_its_average(tiny):
    step = next(llm_core.generate(tiny("llama"), PROMPT, GREEDY))
    (part,) = parts_of(step.prompt, {"a": "The cat sat"})
    width = len(part.tokens)
    weights = np.full((3, width), 0.1, np.float32)
    word = next(place for place, token in enumerate(part.tokens) if token.is_word)
    weights[1, word] = 0.4
    looked = LookedAt((part,), weights)
    assert looked.strongest([part.tokens[word]] * 3) == (1, word)
    assert looked.compared[1, word] == pytest.approx(2.0)
    with pytest.raises(ValueError, match="shape"):
        LookedAt((part,), weights[:, :1])


def test_the_alignment_of_a_translation_is_the_traces_own(translator):
    text = "My sister has two small white rabbits."
    steps = list(llm_core.generate(translator, text, GREEDY))
    aligning = aligning_head(steps, translator.guided_heads)
    looked = alignment(steps, aligning.layer, aligning.head)
    target = translator.tokenizer.decode([step.token.id for step in steps], skip_special_tokens=True)
    trace = llm_core.trace(translator, text, target)
    rows = trace.attention("cross", layer=aligning.layer, heads=[aligning.head])[0]
    written = [step.token.id for step in steps[:-1]]
    # The trace's first row is the start token's, which was not written.
    assert [token.id for token in trace.target_tokens[1:]] == written
    positions = list(looked.parts[0].positions)
    np.testing.assert_allclose(looked.weights[:-1], rows[1:, positions], atol=1e-5)
    assert not looked.weights[-1].any()
    read, best = [token.text for token in looked.read], looked.weights.argmax(axis=1)
    pairs = {step.token.text: read[best[place]] for place, step in enumerate(steps)}
    assert pairs["blancs"] == "white"
    assert pairs["lapins"] == "rabbits"


def test_the_head_that_aligns_is_said_to_be_guided_beside_the_best_other(translator):
    steps = list(llm_core.generate(translator, "My sister has two small white rabbits.", GREEDY))
    aligning = aligning_head(steps, translator.guided_heads)
    assert (aligning.layer, aligning.head) == (2, 0)
    found = aligning.guidance
    assert (found.best.layer, found.best.head) != (2, 0)
    assert 0 < found.best.share < found.share <= 1
    assert "This project's training guided cross-attention layer 2, head 0" in str(found)
    # Of a model of which nothing is known the best head aligns, and nothing is said.
    other = aligning_head(steps, ())
    assert other.guidance is None
    assert (other.layer, other.head) in {(2, 0), (found.best.layer, found.best.head)}


def test_words_and_signs_that_the_vocabulary_does_not_have_are_named(translator):
    def named(text: str) -> tuple[str, ...]:
        return new_words(next(llm_core.generate(translator, text, GREEDY)).prompt)

    assert named("My sister has two small white rabbits.") == ()
    assert named("I don't like fish.") == ()
    assert named("The engineer repaired the quantum spectrometer.") == ("quantum", "spectrometer")
    assert named("The cat 😀 sat.") == ("😀",)
