"""Sessions share one model: what each of them sees is what it would see alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import llm_core

TEXTS = [
    "The cat sat on the mat.",
    "Attention is all you need, or so they say: 1, 2, 3.",
    "Two springs: a spring of water and a spring of steel.",
    "tired",
    "The mat sat on the cat because the cat was tired of the mat.",
    "Le chat noir s'est assis sur la table.",
    "a a a a a a a a",
    "The cat sat on the bat.",
]
ABLATED = llm_core.Edits(ablate_heads={("decoder", 1): (0, 2), ("decoder", 2): (1,)})


def everything_in(trace):
    weights = [trace.attention(stack, layer) for stack in trace.stacks for layer in trace.layers(stack)]
    return [*weights, trace.hidden_states(trace.stacks[0]), *([] if trace.logits is None else [trace.logits])]


def assert_same(trace, alone):
    assert trace.tokens == alone.tokens
    assert trace.target_tokens == alone.target_tokens
    for ours, expected in zip(everything_in(trace), everything_in(alone), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-6)


def trace_at_once(jobs, rounds):
    """Every job by every thread in an order of its own, eight at a time."""
    alone = [job() for job in jobs]

    def thread(number):
        for step in range(rounds):
            place = (number + step * 3) % len(jobs)
            assert_same(jobs[place](), alone[place])
        return rounds

    with ThreadPoolExecutor(8) as threads:
        return sum(threads.map(thread, range(8))), alone


@pytest.mark.parametrize(("name", "rounds"), [("llama", 40), ("t5", 8), ("gemma2", 20)])
def test_threads_that_share_a_model_never_mix(tiny, name, rounds):
    model = tiny(name)
    target = "le chat" if name == "t5" else None
    jobs = [lambda text=text: llm_core.trace(model, text, target) for text in TEXTS]
    traced, _ = trace_at_once(jobs, rounds)
    assert traced == 8 * rounds


def test_threads_that_share_the_real_encoder_never_mix(minilm):
    traced, _ = trace_at_once([lambda text=text: llm_core.trace(minilm, text) for text in TEXTS], 12)
    assert traced == 96


def test_a_head_switched_off_in_one_thread_stays_on_in_the_others(tiny):
    model = tiny("llama")
    jobs = [
        lambda text=text, edits=edits: llm_core.trace(model, text, edits=edits)
        for text in TEXTS[:4]
        for edits in (None, ABLATED)
    ]
    _, alone = trace_at_once(jobs, 40)
    for whole, edited in zip(alone[::2], alone[1::2], strict=True):
        assert np.abs(whole.logits - edited.logits).max() > 1e-3


def test_a_pass_that_is_stopped_in_one_thread_does_not_disturb_the_others(tiny):
    model = tiny("llama")

    def stopped():
        def stop(progress):
            raise InterruptedError

        with pytest.raises(InterruptedError):
            llm_core.trace(model, TEXTS[1], progress=stop)
        return llm_core.trace(model, TEXTS[1])

    jobs = [stopped, *(lambda text=text: llm_core.trace(model, text) for text in TEXTS[:3])]
    traced, _ = trace_at_once(jobs, 30)
    assert traced == 240


def test_models_are_loaded_side_by_side_as_they_are_one_by_one(tiny_folder):
    folders = [tiny_folder(name) for name in ("t5", "bert", "gpt2", "bart", "llama", "t5", "bert", "t5")]

    def traced(model):
        return llm_core.trace(model, TEXTS[0], "le chat" if model.family == "encoder-decoder" else None)

    alone = [traced(llm_core.load_model(folder)) for folder in folders]
    for _ in range(3):
        with ThreadPoolExecutor(max_workers=4) as pool:
            models = list(pool.map(llm_core.load_model, folders))
        for model, trace in zip(models, alone, strict=True):
            assert_same(traced(model), trace)
