"""What the Generation component is told: every step in short, one step in full, attention of the chosen heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import UInt32

import llm_core
from llm_core.engine.facts import ModelFacts
from llm_core.generation.shown import StepNumbers
from llm_core.generation.step import GenerationStep
from llm_core.shapes import Stack
from pages.shared.asking import ask, task
from pages.shared.asking import model as model_named
from pages.shared.components.generation import (
    CachedLayer,
    GenerationArrays,
    GenerationHeader,
    SamplingSettings,
    TextBranch,
    WrittenToken,
)
from pages.shared.components.packing import exact, pack, token_fields

if TYPE_CHECKING:
    from pages.shared.generation.store import Branch, Growth

SHOWN_PROMPT = 240
"""Of a longer prompt, only so many of its last tokens are drawn."""


def generation_packet(model: ModelFacts, growth: Growth, *, standalone: bool = False) -> bytes:
    """Everything the component draws, as one packet.

    Args:
        model: The model that wrote.
        growth: The branches of a prompt, and which step of which is looked at.
        standalone: True for a page of its own, which cannot ask for anything.
    """
    branch = growth.branch
    steps = branch.steps
    shown = steps[growth.step]
    looking = looking_of(growth)
    numbers: StepNumbers = ask(task("generation.shown:step_numbers", model_named(model.name), shown))
    header: GenerationHeader = {
        "model": model.name,
        "family": model.family,
        "number": growth.number,
        "step": growth.step,
        "branch": growth.current,
        "standalone": standalone,
        "prompt": token_fields(shown.prompt.tokens[-SHOWN_PROMPT:]),
        "promptHidden": max(0, len(shown.prompt.tokens) - SHOWN_PROMPT),
        "source": token_fields(shown.prompt.source),
        "steps": [_step(step) for step in steps],
        "settings": _sliders(growth.settings_at(growth.step)),
        "ownStages": [stage.name for stage in shown.stages if stage.own],
        "named": token_fields(numbers.named),
        "branches": [_branch(number, one) for number, one in enumerate(growth.branches)],
        "looking": {stack: {"layer": layer, "head": head} for stack, (layer, head) in looking.items()},
        "layers": {
            stack: [(layer, shown.heads(stack, layer)) for layer in shown.attention_layers(stack)]
            for stack in shown.stacks
        },
        "cache": _cache_layers(steps),
    }
    return pack(header, _arrays(steps, shown, numbers, looking), ruling_out=("logits", "ownScores"))


def _arrays(
    steps: Sequence[GenerationStep],
    shown: GenerationStep,
    numbers: StepNumbers,
    looking: Mapping[Stack, tuple[int, int]],
) -> GenerationArrays:
    tokens, sizes = _cache_growth(steps)
    arrays: GenerationArrays = {
        "logits": numbers.logits,
        "luck": numbers.luck,
        "context": np.array([token.id for token in shown.prompt.tokens + shown.written], np.int32),
        "cacheTokens": tokens,
        "cacheBytes": sizes,
    }
    if numbers.own_scores is not None:
        arrays["ownScores"] = numbers.own_scores
    for stack in steps[0].stacks:
        rows = ask(task("generation.shown:attention_rows", steps, stack, *looking[stack]))
        arrays[_ATTENTION[stack]] = exact(rows)
    return arrays


_ATTENTION: Mapping[Stack, Literal["encoderAttention", "decoderAttention", "crossAttention"]] = {
    "encoder": "encoderAttention",
    "decoder": "decoderAttention",
    "cross": "crossAttention",
}


def looking_of(growth: Growth) -> Mapping[Stack, tuple[int, int]]:
    """The layer and head looked at in each stack; at first, the head that says most."""
    steps = growth.branch.steps
    if not set(steps[0].stacks) <= set(growth.looking):
        growth.looking = {**ask(task("generation.shown:opening_heads", steps)), **growth.looking}
    return growth.looking


def _step(step: GenerationStep) -> WrittenToken:
    return {
        **token_fields([step.token])[0],
        "probability": step.probability,
        "surprise": step.surprise,
        "entropy": step.entropy,
        "seconds": step.seconds,
        "finish": step.finish,
        "picked": step.picked,
    }


def _sliders(used: llm_core.GenerationSettings) -> SamplingSettings:
    return {
        "temperature": used.temperature,
        "topK": used.top_k,
        "topP": used.top_p,
        "minP": used.min_p,
        "typicalP": used.typical_p,
        "penalty": used.repetition_penalty,
    }


def _branch(number: int, branch: Branch) -> TextBranch:
    return {
        "number": number,
        "parent": branch.parent,
        "at": branch.at,
        "tokens": token_fields([step.token for step in branch.steps[branch.at :]]),
        "note": settings_in_words(branch.settings),
    }


def settings_in_words(used: llm_core.GenerationSettings) -> str:
    """Every setting that does something, in the order of the pipeline: temperature 0.8, top-p 0.95, seed 0."""
    penalty = [] if used.repetition_penalty == 1 else [f"repetition penalty {used.repetition_penalty:g}"]
    if not used.samples:
        return ", ".join([*penalty, "temperature 0"])
    stages = (("top-k", used.top_k, 0), ("top-p", used.top_p, 1), ("min-p", used.min_p, 0))
    more = [f"{name} {value:g}" for name, value, off in (*stages, ("typical", used.typical_p, 1)) if value != off]
    return ", ".join([*penalty, f"temperature {used.temperature:g}", *more, f"seed {used.seed}"])


def _cache_layers(steps: Sequence[GenerationStep]) -> list[CachedLayer]:
    return [
        {
            "stack": layer.stack,
            "layer": layer.layer,
            "heads": layer.heads,
            "keyValueHeads": layer.key_value_heads,
        }
        for layer in steps[-1].cache
    ]


def _cache_growth(
    steps: Sequence[GenerationStep],
) -> tuple[UInt32[np.ndarray, "step layer"], UInt32[np.ndarray, "step layer"]]:
    """How many tokens and bytes each layer holds after each step."""
    layers = [(layer.stack, layer.layer) for layer in steps[-1].cache]
    held = [{(layer.stack, layer.layer): layer for layer in step.cache} for step in steps]
    tokens = [[step[name].tokens if name in step else 0 for name in layers] for step in held]
    sizes = [[step[name].nbytes if name in step else 0 for name in layers] for step in held]
    shape = (len(steps), len(layers))
    return np.array(tokens, np.uint32).reshape(shape), np.array(sizes, np.uint32).reshape(shape)
