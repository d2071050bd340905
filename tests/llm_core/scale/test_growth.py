"""Measuring attention as the text grows."""

from __future__ import annotations

import pytest

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.scale.attention_growth import _added, _eager, _first_call, _recorded, measure_growth
from llm_core.scale.growth import LONGEST, lengths_up_to

FLOAT = 4


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5", "bart", "qwen3", "gemma2", "gpt-oss", "modernbert"])
def test_both_ways_compute_the_same_output(tiny, name):
    import torch

    model = tiny(name)
    call = _first_call(model, 24)
    with torch.inference_mode():
        recorded, _ = _recorded(model, call)()
        eager, weights = _eager(model, call)()
    assert weights.shape[-2:] == (24, 24)
    torch.testing.assert_close(recorded, eager, atol=2e-5, rtol=1e-4)


def test_a_causal_mask_is_added_as_lowest_numbers(tiny):
    call = _first_call(tiny("llama"), 3)
    added = _added(call)
    assert (added[0, 0] < -1e30).tolist() == [[False, True, True], [False, False, True], [False, False, False]]


def test_eager_memory_is_that_of_its_matrices_and_recorded_memory_grows_with_the_text(tiny):
    growth = measure_growth(tiny("bert"), [32, 64, 128])
    heads, d_head = 4, 8
    for point in growth.points:
        inputs = 3 * heads * point.tokens * d_head * FLOAT
        matrices = heads * point.tokens**2 * FLOAT
        assert point.eager_bytes >= inputs + 2 * matrices
        assert point.eager_bytes <= 2 * inputs + 3 * matrices
        assert point.recorded_bytes < 2 * inputs + matrices
        assert point.recorded_seconds > 0
        assert point.eager_seconds > 0
    first, last = growth.points[0], growth.points[-1]
    assert last.recorded_bytes == pytest.approx(4 * first.recorded_bytes, rel=0.3)
    assert last.eager_bytes > 8 * first.eager_bytes
    assert (growth.heads, growth.stack) == (heads, "encoder")


def test_what_the_callback_raises_stops_the_work(tiny):
    class StoppedError(Exception):
        pass

    seen = []

    def stop_at_the_second(progress):
        assert 0 <= progress.fraction <= 1
        seen.append(progress.message)
        if "16 tokens" in progress.message:
            raise StoppedError

    with pytest.raises(StoppedError):
        measure_growth(tiny("gpt2"), [8, 16, 32], progress=stop_at_the_second)
    assert set(seen) == {"Measuring attention over 8 tokens", "Measuring attention over 16 tokens"}


def test_the_model_is_as_before(tiny):
    import llm_core

    model = tiny("llama")
    before = llm_core.trace(model, "The cat sat").attention("decoder", 0)
    measure_growth(model, [8, 16])
    assert (llm_core.trace(model, "The cat sat").attention("decoder", 0) == before).all()


def test_lengths_beyond_the_model_are_refused(tiny):
    with pytest.raises(SelectionError, match="128"):
        measure_growth(tiny("gpt2"), [64, 256])
    with pytest.raises(SelectionError):
        measure_growth(tiny("gpt2"), [])


def test_a_model_that_cannot_be_recorded_is_refused_with_a_sentence(tiny):
    with pytest.raises(UnsupportedModelError, match="Choose another model"):
        measure_growth(tiny("bloom"), [8])


def test_lengths_double_up_to_what_the_model_and_memory_bear():
    assert lengths_up_to(1024, heads=9) == (128, 256, 512, 1024)
    assert lengths_up_to(10**9, heads=9)[-1] == LONGEST
    assert lengths_up_to(4096, heads=12, token_limit=512) == (128, 256, 512)
    assert lengths_up_to(4096, heads=8, token_limit=128) == (16, 32, 64, 128)
    assert lengths_up_to(4096, heads=8, token_limit=1) == (1,)
    assert lengths_up_to(4096, heads=128)[-1] == 1024
