"""What a model writes step by step is what the library writes, and what is told of each step is true."""

from __future__ import annotations

import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

import llm_core
from llm_core import GenerationSettings
from llm_core.generation.choosing import luck
from tests.llm_core.generation_references import (
    PROMPT,
    full_pass,
    largest_difference,
    library_output,
    library_tokens,
    numbers,
)

GREEDY = GenerationSettings(max_new_tokens=12, temperature=0)
SAMPLED = GenerationSettings(
    max_new_tokens=12,
    temperature=0.9,
    top_k=60,
    top_p=0.95,
    min_p=0.001,
    typical_p=0.98,
    repetition_penalty=1.3,
    seed=5,
)
DECODERS = [
    "gpt2",
    "llama",
    "gemma3",
    "gpt-oss",
    "mistral",
    "gpt-neox",
    "deepseek-v3",
    "jamba",
    "llama4",
    "bloom",
    "falcon",
]
ENCODER_DECODERS = ["t5", "bart", "marian", "t5gemma", "bert2bert"]
"""The tiny T5 has more decoder than encoder layers, which the library's cache does not fit; bloom is eager."""


@pytest.fixture(params=[*DECODERS, *ENCODER_DECODERS])
def writer(request, tiny):
    return tiny(request.param)


@pytest.mark.parametrize("settings", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_tokens_are_the_librarys(writer, settings):
    steps = list(llm_core.generate(writer, PROMPT, settings))
    assert numbers(steps) == library_tokens(writer, settings)
    assert [step.index for step in steps] == list(range(len(steps)))


@pytest.mark.parametrize(
    ("name", "prompt"),
    [("smollm2", "The capital of France is"), ("translator", "The black cat is sleeping under the white table.")],
)
@pytest.mark.parametrize("settings", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_shipped_models_write_what_the_library_writes(name, prompt, settings, request):
    model = request.getfixturevalue(name)
    steps = list(llm_core.generate(model, prompt, settings))
    assert numbers(steps) == library_tokens(model, settings, prompt)
    assert largest_difference(steps, full_pass(model, steps, prompt)) < 1e-4


def test_attention_recorded_with_the_cache_is_that_of_a_full_pass(writer):
    steps = list(llm_core.generate(writer, PROMPT, GREEDY))
    assert largest_difference(steps, full_pass(writer, steps)) < 1e-4
    for step in steps:
        for stack in step.stacks:
            weights = step.attention(stack, step.attention_layers(stack)[0])
            assert weights.shape[1:] == (len(step.query_tokens(stack)), len(step.key_tokens(stack)))


def test_attention_of_one_head_is_a_row_of_the_layer(tiny):
    step = list(llm_core.generate(tiny("llama"), PROMPT, GREEDY))[3]
    everything = step.attention("decoder", 1)
    assert everything.shape == (4, 1, len(step.prompt.tokens) + 3)
    np.testing.assert_array_equal(step.attention("decoder", 1, heads=[2]), everything[2:3])
    np.testing.assert_allclose(everything.sum(axis=-1), 1, atol=1e-5)
    with pytest.raises(llm_core.SelectionError, match=r"layer of the decoder with attention \(0, 1, 2\), got 9"):
        step.attention("decoder", 9)
    with pytest.raises(llm_core.SelectionError, match="'decoder', got 'cross'"):
        step.attention("cross", 0)


def test_logits_are_the_librarys(writer):
    steps = list(llm_core.generate(writer, PROMPT, GREEDY))
    theirs = library_output(writer, GREEDY).logits
    for step, logits in zip(steps, theirs, strict=True):
        np.testing.assert_allclose(step.logits, logits[0].numpy(), atol=1e-4)


def processors_by_hand(settings):
    return LogitsProcessorList(
        [
            RepetitionPenaltyLogitsProcessor(settings.repetition_penalty),
            TemperatureLogitsWarper(settings.temperature),
            TopKLogitsWarper(settings.top_k),
            TopPLogitsWarper(settings.top_p),
            MinPLogitsWarper(settings.min_p),
            TypicalLogitsWarper(settings.typical_p),
        ]
    )


@pytest.mark.parametrize("name", ["smollm2", "translator"])
def test_probabilities_after_each_stage_are_those_of_the_librarys_processors_by_hand(name, request):
    model = request.getfixturevalue(name)
    for step in llm_core.generate(model, "The cat and the dog and the", SAMPLED):
        ids = torch.tensor([[token.id for token in step.prompt.tokens + step.written]])
        scores = torch.from_numpy(np.array(step.logits))[None]
        places = [candidate.token.id for candidate in step.candidates]
        expected = scores.double().softmax(-1)[0]
        np.testing.assert_allclose([c.before for c in step.candidates], expected[places], atol=1e-6)
        for number, processor in enumerate(processors_by_hand(SAMPLED)):
            left = processor(ids, scores)
            lost = torch.isneginf(left[0]) & ~torch.isneginf(scores[0])
            stage = step.stages[number]
            assert stage.excluded == int(lost.sum())
            assert stage.kept == int(torch.isfinite(left).sum())
            scores, expected = left, left.softmax(-1)[0]
            np.testing.assert_allclose([c.after[number] for c in step.candidates], expected[places], atol=1e-6)
        assert step.stages[-1].kept >= 1
    assert [stage.name for stage in step.stages] == [
        "repetition penalty",
        "temperature",
        "top-k",
        "top-p",
        "min-p",
        "typical",
    ]
    assert [stage.setting for stage in step.stages] == pytest.approx([1.3, 0.9, 60, 0.95, 0.001, 0.98])


def test_the_draw_is_told_as_it_was(tiny):
    steps = list(llm_core.generate(tiny("gpt2"), PROMPT, SAMPLED))
    assert len(steps) == SAMPLED.max_new_tokens
    for step in steps:
        final = {candidate.token.id: candidate.probability for candidate in step.candidates}
        everyone = luck(step.draw, len(step.logits))
        products = {number: final[number] * everyone[number] for number in final}
        assert max(products, key=products.__getitem__) == step.token.id


def test_half_precision_would_change_what_top_k_keeps(smollm2):
    """Why logits are kept as float32: with two bytes a token, ties at the border keep more than k."""
    kept = []
    for step in llm_core.generate(smollm2, "Once upon a time", GenerationSettings(max_new_tokens=8, temperature=0)):
        below = (step.logits - step.logits.max()).astype(np.float16)
        for k in (20, 50, 200, 500):
            assert (step.logits >= np.sort(step.logits)[-k]).sum() == k
            kept.append((below >= np.sort(below)[-k]).sum() - k)
    assert max(kept) > 0


def test_other_seeds_write_other_texts_and_the_same_seed_the_same(tiny):
    model = tiny("gpt2")
    texts = {tuple(numbers(list(llm_core.generate(model, PROMPT, GenerationSettings(seed=seed))))) for seed in range(5)}
    assert len(texts) == 5
    assert tuple(numbers(list(llm_core.generate(model, PROMPT, GenerationSettings(seed=3))))) in texts


def test_sampling_leaves_the_global_generator_alone(tiny):
    before = torch.random.get_rng_state()
    list(llm_core.generate(tiny("gpt2"), PROMPT, SAMPLED))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("at", [0, 1, 5])
def test_a_branch_goes_on_as_generation_from_its_prefix(writer, at):
    steps = list(llm_core.generate(writer, PROMPT, GREEDY))[: at + 1]
    at = len(steps) - 1  # a text that ends sooner is branched at its end
    other = next(candidate for candidate in steps[at].candidates[1:] if candidate.token.id > 3)
    picked = steps[at].pick(other)
    assert picked.picked
    prefix = [*numbers(steps[:at]), picked.token.id]
    branch = list(llm_core.generate(writer, PROMPT, GREEDY, written=prefix))
    read = [token.id for token in steps[0].prompt.tokens] + prefix
    if writer.family == "decoder":
        ids = torch.tensor([read])
        more = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    else:
        more = {"decoder_input_ids": torch.tensor([read])}
    rest = GenerationSettings(max_new_tokens=12 - len(prefix), temperature=0)
    assert numbers(branch) == library_output(writer, rest, **more).sequences[0, len(read) :].tolist()
    assert [step.index for step in branch] == list(range(at + 1, at + 1 + len(branch)))
    assert largest_difference(branch, full_pass(writer, [*steps[:at], picked, *branch])) < 1e-4


def test_a_sampled_branch_has_the_luck_of_its_steps(tiny):
    model = tiny("gpt2")
    steps = list(llm_core.generate(model, PROMPT, SAMPLED))
    same = list(llm_core.generate(model, PROMPT, SAMPLED, written=numbers(steps[:4])))
    assert numbers(same) == numbers(steps[4:])
    np.testing.assert_array_equal(same[0].draw.state, steps[4].draw.state)


def test_closing_the_iterator_stops_the_writing(tiny):
    told = []
    steps = llm_core.generate(tiny("gpt2"), PROMPT, GREEDY, progress=told.append)
    next(steps)
    next(steps)
    steps.close()
    assert len(told) == 2
    assert next(steps, None) is None


def test_progress_can_stop_between_tokens(tiny):
    class StopError(Exception):
        pass

    def stop(progress):
        if progress.fraction > 0.2:
            raise StopError

    for name in ("llama", "t5"):
        steps = llm_core.generate(tiny(name), PROMPT, GREEDY, progress=stop)
        assert [next(steps).index for _ in range(3)] == [0, 1, 2]
        with pytest.raises(StopError):
            next(steps)


def test_steps_can_be_sent_to_another_process(tiny):
    steps = list(llm_core.generate(tiny("bart"), PROMPT, SAMPLED))
    again = pickle.loads(pickle.dumps(steps))
    for step, copy in zip(steps, again, strict=True):
        np.testing.assert_array_equal(step.attention("cross", 1), copy.attention("cross", 1))
        np.testing.assert_array_equal(step.attention("decoder", 0), copy.attention("decoder", 0))


def test_steps_share_keys_and_values_instead_of_copying_them(smollm2):
    steps = list(llm_core.generate(smollm2, "Once upon a time", GenerationSettings(max_new_tokens=8, temperature=0)))
    layers = [step.layers["decoder"][7] for step in steps]
    assert len({id(layer.memory) for layer in layers}) == 1
    one_token = 2 * 3 * 64 * 4 * 30
    queries = 9 * 64 * 4 * 30
    assert steps[-1].nbytes == 49152 * 4 + one_token + queries


@pytest.mark.parametrize(("name", "factor"), [("llama", 2), ("gpt2", 1)])
def test_the_cache_is_measured(tiny, name, factor):
    model = tiny(name)
    steps = list(llm_core.generate(model, PROMPT, GREEDY))
    assert len(steps) == GREEDY.max_new_tokens
    for step in steps:
        assert [layer.layer for layer in step.cache] == [0, 1, 2]
        for layer in step.cache:
            assert layer.tokens == len(step.key_tokens("decoder"))
            assert layer.nbytes == 2 * layer.key_value_heads * layer.tokens * 8 * 4
            assert layer.heads == factor * layer.key_value_heads


def test_a_sliding_window_keeps_the_cache_small_and_shows_the_whole_row(tiny):
    step = list(llm_core.generate(tiny("mistral"), PROMPT, GREEDY))[-1]
    assert {layer.tokens for layer in step.cache} == {5}
    weights = step.attention("decoder", 0)
    assert weights.shape[2] == len(step.key_tokens("decoder"))
    assert not weights[:, :, :-6].any()
    assert (weights[:, :, -6:] > 0).all()


def test_the_cache_of_an_encoder_decoder_has_the_source_in_it(tiny):
    step = list(llm_core.generate(tiny("bart"), PROMPT, GREEDY))[4]
    by_stack = {stack: [layer.tokens for layer in step.cache if layer.stack == stack] for stack in ("decoder", "cross")}
    assert by_stack == {"decoder": [5, 5, 5], "cross": [len(step.prompt.source)] * 3}


def test_a_model_whose_cache_does_not_fit_writes_without_one(tiny):
    assert [step.cache for step in llm_core.generate(tiny("t5"), PROMPT, GREEDY)] == [()] * GREEDY.max_new_tokens


def test_surprise_and_entropy_are_in_bits(tiny):
    steps = list(llm_core.generate(tiny("gpt2"), PROMPT, SAMPLED))
    assert len(steps) == SAMPLED.max_new_tokens
    for step in steps:
        logits = step.logits.astype(np.float64)
        shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        assert step.entropy == pytest.approx(-(shares * np.log2(shares)).sum(), abs=1e-4)
        assert step.surprise == pytest.approx(-np.log2(shares[step.token.id]), abs=1e-4)


def test_a_token_whose_probability_rounds_to_nothing_still_surprises_by_a_number_of_bits(tiny):
    step = next(iter(llm_core.generate(tiny("gpt2"), PROMPT, GREEDY)))
    logits = np.zeros_like(step.logits)
    logits[step.token.id] = -1000.0
    unlikely = replace(step, logits=logits, probability=0.0)
    assert unlikely.surprise == pytest.approx((1000 + np.log(len(logits) - 1)) / np.log(2))


def test_top_k_bounds_the_entropy_that_is_left(tiny):
    steps = list(llm_core.generate(tiny("gpt2"), PROMPT, GenerationSettings(top_k=4, max_new_tokens=12)))
    assert len(steps) == 12
    for step in steps:
        assert step.final_entropy <= 2 < step.entropy


def test_writing_ends_at_an_end_token_at_the_length_and_at_the_models_limit(tiny, translator):
    steps = list(llm_core.generate(translator, "The cat sat.", GenerationSettings(max_new_tokens=40, temperature=0)))
    assert steps[-1].finish == "end"
    assert steps[-1].token.is_special
    model = tiny("gpt2")
    assert [step.finish for step in llm_core.generate(model, PROMPT, GREEDY)] == [""] * 11 + ["length"]
    words = "cat " * 200
    fits = next(
        words[:end] for end in range(len(words), 0, -1) if len(model.tokenizer(words[:end])["input_ids"]) == 126
    )
    limited = list(llm_core.generate(model, fits, GREEDY))
    assert [step.finish for step in limited] == ["", "", "limit"]
    assert largest_difference(limited[:2], full_pass(model, limited[:2], fits)) < 1e-4


def test_a_branch_into_an_end_token_is_over(translator):
    steps = list(llm_core.generate(translator, "The cat sat.", GREEDY))
    end = next(candidate for candidate in steps[-1].candidates if candidate.token.id in steps[-1].prompt.ends)
    assert steps[-1].pick(end).finish == "end"
    assert list(llm_core.generate(translator, "The cat sat.", GREEDY, written=numbers(steps))) == []


def test_a_chat_prompt_is_put_into_the_models_template(smollm2):
    steps = list(llm_core.generate(smollm2, "Name one fruit.", GenerationSettings(chat=True, temperature=0)))
    conversation = [{"role": "user", "content": "Name one fruit."}]
    ids = smollm2.tokenizer.apply_chat_template(
        conversation, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )["input_ids"]
    assert [token.id for token in steps[0].prompt.tokens] == ids[0].tolist()
    assert steps[0].prompt.read.startswith("<|im_start|>system")
    out = smollm2.model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=20)
    assert numbers(steps) == out[0, ids.shape[1] :].tolist()


def test_threads_share_a_model(tiny):
    model = tiny("llama")
    seeds = {seed: GenerationSettings(seed=seed) for seed in range(4)}
    expected = {seed: numbers(list(llm_core.generate(model, PROMPT, settings))) for seed, settings in seeds.items()}
    found = {}

    def write(seed):
        steps = list(llm_core.generate(model, PROMPT, seeds[seed]))
        found[seed] = (numbers(steps), largest_difference(steps, full_pass(model, steps)))

    threads = [threading.Thread(target=write, args=(seed,)) for seed in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {seed: tokens for seed, (tokens, _) in found.items()} == expected
    assert max(difference for _, difference in found.values()) < 1e-4


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("bert", llm_core.UnsupportedModelError, "is an encoder.*smollm2-135m, t5-mini-en-fr"),
        ("xlnet", llm_core.UnsupportedModelError, "While .* writes, it hands out no attention"),
    ],
)
def test_models_that_cannot_are_refused(tiny, name, error, says):
    with pytest.raises(error, match=says):
        list(llm_core.generate(tiny(name), PROMPT, GREEDY))


@pytest.mark.parametrize(
    ("prompt", "error"),
    [("  ", llm_core.EmptyTextError), ("cat " * 400, llm_core.TextTooLongError), ("\ud800", llm_core.InvalidTextError)],
)
def test_bad_prompts_are_refused_before_the_first_step(tiny, prompt, error):
    with pytest.raises(error):
        llm_core.generate(tiny("gpt2"), prompt, GREEDY)


def test_what_does_not_fit_the_model_is_refused_before_the_first_step(tiny):
    model = tiny("gpt2")
    with pytest.raises(llm_core.SelectionError, match=r"no chat template"):
        llm_core.generate(model, PROMPT, GenerationSettings(chat=True))
    with pytest.raises(llm_core.SelectionError, match=r"written tokens as numbers from 0 to 159, got \[999\]"):
        llm_core.generate(model, PROMPT, GREEDY, written=[999])
    with pytest.raises(llm_core.SelectionError, match=r"Use llm_core.beam_search"):
        llm_core.generate(model, PROMPT, GenerationSettings(num_beams=2))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_new_tokens", 0),
        ("max_new_tokens", 2.5),
        ("max_new_tokens", True),
        ("temperature", -0.1),
        ("temperature", float("nan")),
        ("temperature", "hot"),
        ("top_k", -1),
        ("top_p", 0),
        ("top_p", 1.5),
        ("min_p", 2),
        ("typical_p", 0.0),
        ("repetition_penalty", 0),
        ("seed", -1),
        ("seed", None),
        ("chat", 1),
        ("candidates", 0),
        ("num_beams", 0),
        ("length_penalty", float("inf")),
        ("early_stopping", "soon"),
    ],
)
@pytest.mark.usefixtures("unchecked_types")
def test_settings_that_mean_nothing_are_refused_with_what_was_expected(setting, value):
    with pytest.raises(llm_core.SelectionError, match=f"Expected {setting} as .*, got "):
        GenerationSettings(**{setting: value})
