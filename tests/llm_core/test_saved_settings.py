"""What a model's files say about writing: what changes scores is applied as the library does, the rest is set aside."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import llm_core
from llm_core import GenerationSettings
from llm_core.models.saved_settings import SCORES

TEXT = "The cat sat on the mat because it was tired."
GREEDY = GenerationSettings(max_new_tokens=6, temperature=0.0, seed=0)

KINDS_OF_ANSWERS = {
    "return_dict_in_generate": True,
    "output_scores": True,
    "output_attentions": True,
    "output_hidden_states": True,
    "num_return_sequences": 2,
    "num_beams": 4,
    "length_penalty": 2.0,
    "early_stopping": True,
    "diversity_penalty": 0.5,
    "num_beam_groups": 2,
    "penalty_alpha": 0.6,
    "use_cache": False,
    "cache_implementation": "offloaded",
    "stop_strings": ["cat"],
    "max_time": 1e-9,
    "max_length": 3,
    "prompt_lookup_num_tokens": 2,
    "assistant_confidence_threshold": 0.3,
    "is_assistant": True,
    "low_memory": True,
    "do_sample": True,
    "temperature": 7.0,
    "top_k": 3,
    "token_healing": True,
    "constraints": None,
}
SCORE_CHANGES = {
    "no_repeat_ngram_size": 2,
    "bad_words_ids": [[7], [55]],
    "min_new_tokens": 4,
    "min_length": 20,
    "suppress_tokens": [7, 9],
    "begin_suppress_tokens": [55],
    "sequence_bias": [[[20], 5.0]],
    "forced_bos_token_id": 21,
    "forced_eos_token_id": 3,
    "renormalize_logits": True,
    "encoder_repetition_penalty": 1.3,
    "encoder_no_repeat_ngram_size": 2,
    "exponential_decay_length_penalty": [2, 1.5],
    "remove_invalid_values": True,
    "guidance_scale": 2.5,
}
WITH_SCORES = [
    (name, flag)
    for name in ("bart", "t5", "llama", "gpt2")
    for flag in SCORE_CHANGES
    # The library runs the model on tokens alone for guidance, which no encoder-decoder takes as it should.
    if flag != "guidance_scale" or name in {"llama", "gpt2"}
]


@pytest.fixture(scope="module")
def saying(tiny_folder, tmp_path_factory):
    """A function that gives a model whose files say more about writing, and forgets nothing it has loaded."""
    known = {}

    def load(name, generation=None, config=None):
        key = (name, json.dumps([generation, config], sort_keys=True))
        if key not in known:
            folder = tmp_path_factory.mktemp("saying") / name
            shutil.copytree(tiny_folder(name), folder)
            for file, change in (("generation_config.json", generation), ("config.json", config)):
                path = folder / file
                said = json.loads(path.read_text()) if path.exists() else {}
                path.write_text(json.dumps({**said, **(change or {})}))
            known[key] = llm_core.load_model(folder)
        return known[key]

    return load


def library_tokens(model, generation, count=6):
    """What the library writes greedily with only what changes scores."""
    inputs = dict(model.tokenizer(TEXT, return_tensors="pt"))
    kept = {name: value for name, value in generation.items() if name in SCORES}
    names = {"input_ids", "attention_mask"}
    output = model.model.generate(
        **{name: value for name, value in inputs.items() if name in names},
        **kept,
        do_sample=False,
        num_beams=1,
        max_new_tokens=count,
        # Decoders of these tests are deeper than their encoders, which the library's cache does not take.
        use_cache=False,
    )
    read = 1 if model.family == "encoder-decoder" else inputs["input_ids"].shape[1]
    return output[0, read:].tolist()


def written(model, **more):
    return [step.token.id for step in llm_core.generate(model, TEXT, GREEDY, **more)]


@pytest.mark.parametrize("name", ["bart", "llama"])
@pytest.mark.parametrize("flag", KINDS_OF_ANSWERS)
def test_what_changes_the_kind_of_answer_is_set_aside(tiny, saying, name, flag):
    model = saying(name, {flag: KINDS_OF_ANSWERS[flag]})
    plain = tiny(name)
    assert written(model) == written(plain)
    ours, expected = (llm_core.trace(one, TEXT, max_target_tokens=8) for one in (model, plain))
    assert [t.id for t in ours.target_tokens] == [t.id for t in expected.target_tokens]
    np.testing.assert_array_equal(ours.attention(ours.stacks[0], 1), expected.attention(ours.stacks[0], 1))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "flag"), WITH_SCORES)
def test_what_changes_scores_is_applied_as_the_library_does_and_said(tiny, saying, name, flag):
    value = SCORE_CHANGES[flag]
    model = saying(name, {flag: value})
    assert written(model) == library_tokens(tiny(name), {flag: value})
    said = {setting.name: setting for setting in model.saved_settings}
    assert said[flag].applied
    assert said[flag].value == str(value)


@pytest.mark.filterwarnings("ignore")
@given(
    chosen=st.sets(st.sampled_from(sorted({*KINDS_OF_ANSWERS, *SCORE_CHANGES} - {"guidance_scale"})), max_size=6),
    name=st.sampled_from(["bart", "llama"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_of_them_together_write_what_the_library_writes(tiny, saying, chosen, name):
    generation = {flag: (KINDS_OF_ANSWERS | SCORE_CHANGES)[flag] for flag in sorted(chosen)}
    model = saying(name, generation)
    assert written(model) == library_tokens(tiny(name), generation)
    trace = llm_core.trace(model, TEXT, max_target_tokens=6)
    if name == "bart":
        tokens = library_tokens(tiny(name), generation)
        while tokens and tokens[-1] == 3:
            tokens.pop()
        assert [token.id for token in trace.target_tokens][1:] == tokens


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize(("name", "flag"), [pair for pair in WITH_SCORES if pair[0] != "llama"])
def test_a_text_that_is_gone_on_with_is_the_one_that_nobody_interrupted(saying, name, flag, temperature):
    model = saying(name, {flag: SCORE_CHANGES[flag]})
    chosen = GenerationSettings(max_new_tokens=9, temperature=temperature, seed=5)
    whole = list(llm_core.generate(model, TEXT, chosen))
    numbers = [step.token.id for step in whole]
    for place in sorted({1, len(whole) // 2, len(whole) - 1} - {0, len(whole)}):
        rest = list(llm_core.generate(model, TEXT, chosen, written=numbers[:place]))
        assert [step.token.id for step in rest] == numbers[place:]
        for ours, before in zip(rest, whole[place:], strict=True):
            assert ours.probability == pytest.approx(before.probability, abs=1e-5)
            assert [stage.kept for stage in ours.stages] == [stage.kept for stage in before.stages]


CONFIGS = {
    "return_dict": False,
    "output_attentions": True,
    "output_hidden_states": True,
    "use_cache": False,
    "torchscript": True,
    "num_beams": 3,
    "no_repeat_ngram_size": 2,
    "task_specific_params": {"summarization": {"num_beams": 4}},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["llama", "bert", "bart", "t5", "xlnet"])
@pytest.mark.parametrize("flag", CONFIGS)
def test_a_configuration_that_asks_for_other_answers_changes_no_trace(tiny, saying, name, flag):
    model = saying(name, config={flag: CONFIGS[flag]})
    target = "le chat" if model.family == "encoder-decoder" else None
    ours, expected = (llm_core.trace(one, TEXT, target) for one in (model, tiny(name)))
    for stack in ours.stacks:
        np.testing.assert_array_equal(ours.attention(stack, 1), expected.attention(stack, 1))
    np.testing.assert_array_equal(ours.logits, expected.logits)


@pytest.mark.parametrize("name", ["bart", "t5"])
def test_several_end_tokens_are_all_ends(saying, name):
    ends = {"eos_token_id": [3, 5]}
    model = saying(name, ends, ends)
    given = [token.id for token in llm_core.trace(model, TEXT, "le chat").target_tokens]
    assert given
    assert given[-1] not in (3, 5)
    assert llm_core.trace(model, TEXT, max_target_tokens=4).target_tokens
    tree = llm_core.beam_search(model, TEXT, GenerationSettings(max_new_tokens=4, num_beams=2))
    assert tree.prompt.ends == {3, 5}


BEAMS = [
    {},
    {"renormalize_logits": True},
    {"renormalize_logits": True, "bad_words_ids": [[0]]},
    {"no_repeat_ngram_size": 2, "suppress_tokens": [9]},
    {"sequence_bias": [[[20], 2.0]], "renormalize_logits": True},
    {"min_new_tokens": 5},
    {"forced_eos_token_id": 3},
    {"eos_token_id": [3, 20]},
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("generation", BEAMS, ids=str)
@pytest.mark.parametrize("name", ["marian", "llama"])
@pytest.mark.parametrize("penalty", [1.0, 1.5])
def test_a_tree_of_beams_says_the_librarys_scores_whatever_changes_them(saying, name, generation, penalty):
    model = saying(name, generation)
    wanted = GenerationSettings(max_new_tokens=8, num_beams=3, repetition_penalty=penalty, length_penalty=0.7, seed=0)
    tree = llm_core.beam_search(model, TEXT, wanted)
    inputs = dict(model.tokenizer(TEXT, return_tensors="pt"))
    with torch.inference_mode():
        library = model.model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            max_new_tokens=8,
            num_beams=3,
            num_return_sequences=3,
            repetition_penalty=penalty,
            length_penalty=0.7,
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
        )
    np.testing.assert_allclose([text.score for text in tree.texts], library.sequences_scores.tolist(), atol=1e-4)
    for text in tree.texts:
        assert tree.nodes[text.node].final_score == pytest.approx(text.score, abs=1e-4)
        path = tree.path(text.node)
        assert [node.token.id for node in path] == [token.id for token in text.tokens]
        assert sum(node.added for node in path) == pytest.approx(path[-1].score, abs=1e-3)


@pytest.mark.parametrize("temperature", [1e-39, 5e-324, 1e-38])
def test_a_temperature_too_small_for_the_number_format_is_an_error(temperature):
    with pytest.raises(llm_core.SelectionError, match="temperature"):
        GenerationSettings(temperature=temperature)


def test_a_temperature_that_overflows_this_models_scores_is_an_error(smollm2):
    wanted = GenerationSettings(max_new_tokens=3, temperature=1.2e-38, seed=0)
    with pytest.raises(llm_core.SelectionError, match="temperature"):
        list(llm_core.generate(smollm2, TEXT, wanted))


def test_settings_that_leave_no_token_are_an_error(saying):
    model = saying("llama", {"suppress_tokens": list(range(160))})
    with pytest.raises(llm_core.SelectionError, match="leaves no token"):
        written(model)
