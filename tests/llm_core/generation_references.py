"""What the library itself writes and sees, to compare with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

import llm_core
from llm_core import GenerationSettings, GenerationStep, LoadedModel
from llm_core.tracing.inputs import encode_text
from llm_core.tracing.trace import trace_encoded

PROMPT = "The cat sat on the mat"


def library_options(settings: GenerationSettings) -> dict[str, Any]:
    options = {
        "do_sample": settings.temperature > 0,
        "num_beams": 1,
        "max_new_tokens": settings.max_new_tokens,
        "repetition_penalty": settings.repetition_penalty,
    }
    if settings.temperature:
        options |= {
            "temperature": settings.temperature,
            "top_k": settings.top_k,
            "top_p": settings.top_p,
            "min_p": settings.min_p,
            "typical_p": settings.typical_p,
        }
    return options


def library_output(model: LoadedModel, settings: GenerationSettings, prompt: str = PROMPT, **more: Any) -> Any:
    """The library's own generate, seeded as it is seeded by everybody: globally."""
    inputs = dict(model.tokenizer(prompt, return_tensors="pt")) | more
    options = library_options(settings) | {
        "return_dict_in_generate": True,
        "output_scores": True,
        "output_logits": True,
    }
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        try:
            return model.model.generate(**inputs, **options)
        except (IndexError, RuntimeError):
            torch.manual_seed(settings.seed)
            return model.model.generate(**inputs, **options, use_cache=False)


def library_tokens(model: LoadedModel, settings: GenerationSettings, prompt: str = PROMPT) -> list[int]:
    read = 1 if model.family == "encoder-decoder" else len(model.tokenizer(prompt)["input_ids"])
    return library_output(model, settings, prompt).sequences[0, read:].tolist()


def numbers(steps: list[GenerationStep]) -> list[int]:
    return [step.token.id for step in steps]


def full_pass(model: LoadedModel, steps: list[GenerationStep], prompt: str = PROMPT) -> llm_core.Trace:
    """One pass without a cache over the finished text."""
    source = encode_text(model, prompt, truncate=False, pad_to=None, max_tokens=None)
    ids = torch.tensor([[token.id for token in steps[0].prompt.tokens] + numbers(steps)])
    if model.family == "encoder-decoder":
        return trace_encoded(model, source, ids)
    tokens = tuple(llm_core.Token(int(number), "", "") for number in ids[0])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    return trace_encoded(model, replace(source, tokens=tokens, inputs=inputs))


def largest_difference(steps: list[GenerationStep], trace: llm_core.Trace) -> float:
    """Of any attention weight of any step from the row of the full pass that belongs to it."""
    worst = 0.0
    for step in steps:
        row = len(step.prompt.tokens) + step.index - 1
        for stack in step.stacks:
            for layer in step.attention_layers(stack):
                ours = step.attention(stack, layer)
                theirs = trace.attention(stack, layer)
                if stack != "encoder":
                    theirs = theirs[:, row : row + 1, : ours.shape[2]]
                worst = max(worst, float(np.abs(ours - theirs).max()))
    return worst
