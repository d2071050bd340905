"""The numbers that the browser's sampling is held against are the library's, and those the app samples with."""

from __future__ import annotations

import json

import pytest

import llm_core
from llm_core import GenerationSettings
from tests.sampling_reference import FILE, OFF, processors, sampling_reference


def test_recorded_numbers_are_what_the_library_computes():
    recorded = json.loads(FILE.read_text(encoding="utf-8"))
    for step, expected in zip(recorded, sampling_reference(), strict=True):
        assert {name: step[name] for name in ("name", "logits", "context", "luck")} == {
            name: expected[name] for name in ("name", "logits", "context", "luck")
        }
        for case, computed in zip(step["cases"], expected["cases"], strict=True):
            # Single precision differs from processor to processor in its last digits.
            shares = [stage.pop("share") for stage in case["stages"]]
            assert shares == pytest.approx([stage.pop("share") for stage in computed["stages"]], abs=1e-5)
            assert case.pop("shares") == pytest.approx(computed.pop("shares"), abs=1e-5)
            assert case.pop("entropy") == pytest.approx(computed.pop("entropy"), abs=1e-4)
            assert case == computed


@pytest.mark.parametrize(
    ("settings", "given"),
    [
        ({}, {}),
        (
            {"temperature": 0.8, "top_k": 12, "top_p": 0.9, "min_p": 0.02, "typical_p": 0.9, "repetition_penalty": 1.3},
            {"temperature": 0.8, "topK": 12, "topP": 0.9, "minP": 0.02, "typicalP": 0.9, "penalty": 1.3},
        ),
        (
            {"temperature": 0.0, "top_k": 12, "repetition_penalty": 1.3},
            {"temperature": 0.0, "topK": 12, "penalty": 1.3},
        ),
    ],
)
def test_the_app_chains_the_same_processors(tiny, settings, given):
    step = next(iter(llm_core.generate(tiny("gpt2"), "The cat sat", GenerationSettings(**settings))))
    expected = processors(OFF | given, greedy=given.get("temperature") == 0)
    assert [stage.name for stage in step.stages] == [name for name, _ in expected]
