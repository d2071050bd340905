"""What is said on the Generation page of a text that is being written, and its numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llm_core.applications.translation import TRANSLATOR
from llm_core.engine.facts import ModelFacts
from llm_core.generation.step import GenerationStep
from llm_core.numbers import counted, decimal, percent
from pages.shared.generation.store import Growth
from pages.shared.literal import literal


def text_of(steps: Sequence[GenerationStep]) -> str:
    """What was written, as display-safe text."""
    return "".join((" " if step.token.leading_space else "") + step.token.text for step in steps)


def headline_in_words(model: ModelFacts, growth: Growth) -> str:
    """What was written, of how many tokens, and how surprising they were on average."""
    steps = growth.branch.steps
    verb = "answers" if growth.branch.settings.chat else "goes on with"
    if model.family == "encoder-decoder":
        verb = "translates this as" if model.name == TRANSLATOR else "writes"
    bits = decimal(sum(step.surprise for step in steps) / len(steps), 1)
    shown = text_of([step for step in steps if not step.token.is_special]).strip()
    shown = shown if len(shown) <= 90 else shown[:89] + "…"
    what = f"{verb} “{shown}”" if shown else "writes nothing that can be seen"
    each = f"on average {bits} bits of surprise" if len(steps) > 1 else f"{bits} bits of surprise"
    return f"{model.name} {what}: {counted(len(steps), 'token')}, {each}."


def in_short(model: ModelFacts, growth: Growth) -> str:
    """What is shown, for the status line."""
    steps = growth.branch.steps
    seconds = sum(step.seconds for step in steps)
    read = len(steps[0].prompt.source or steps[0].prompt.tokens)
    return f"{model.name} · {counted(read, 'token')} read, {len(steps):,} written in {decimal(seconds, 1)} s"


def explanation(model: ModelFacts, growth: Growth) -> str:
    """How to read the page, in the words of the field."""
    step = growth.branch.steps[growth.step]
    template = ""
    if growth.branch.settings.chat:
        template = "\n\nThe model was given your text inside its chat template; you see the whole of it as grey tokens."
    cross = (
        "\n\nThe decoder writes one token after another; at each of them **cross-attention** looks at the source, the "
        "**decoder** at its own tokens so far, and the **encoder** has read the source once before."
        if model.family == "encoder-decoder"
        else ""
    )
    return (
        "At every step the model gives each of its "
        f"{len(step.logits):,} tokens a score (**logit**). The **softmax** turns scores into probabilities: the "
        "outlines. The stages of the pipeline then change them, in this order: repetition penalty, temperature, top-k, "
        "top-p, min-p, typical; what is left is filled, what is cut off is hatched.\n\n"
        "The **draw**: every token has a luck of its own in this step, made from the seed. Probability after the "
        "pipeline times luck decides, and the largest product is written; so a token is written exactly as often as "
        "it is probable then. Other seeds mean other luck: that is why one prompt gives different texts. Move a "
        "slider to see what the same luck would have written; the numbers are computed here, from the scores of the "
        "whole vocabulary. At temperature 0 nothing is drawn: the token with the highest score is written, after the "
        "repetition penalty.\n\n"
        "A token's colour says how surprising it was to the model (its bar: how probable). Surprise and hesitation "
        "(**entropy**) are measured in bits: one bit is one toss of a coin.\n\n"
        "Click a candidate to write it instead: a branch. All branches stay below, and you can go back to any of them."
        f"{template}{cross}{_by_the_files(model)}"
    )


def _by_the_files(model: ModelFacts) -> str:
    """What the model's own files say about writing, and what becomes of it."""
    applied = [f"{one.name} = {one.value}" for one in model.saved_settings if one.applied]
    others = [f"{one.name} = {one.value}" for one in model.saved_settings if not one.applied]
    said = ""
    if applied:
        said += (
            f"\n\nThe model's files ask for {literal(', '.join(applied))}; that is applied, too, as the library does."
        )
    if others:
        said += f"\n\nSet aside, since it changes no scores or is for you to choose: {literal(', '.join(others))}."
    return said


def table(growth: Growth) -> dict[str, list[Any]]:
    """Every step as a row, for people who cannot see the picture."""
    steps = growth.branch.steps
    return {
        "step": [step.index + 1 for step in steps],
        "token": [step.token.label for step in steps],
        "by the model": [percent(step.probability) for step in steps],
        "surprise, bits": [decimal(step.surprise, 1) for step in steps],
        "entropy, bits": [decimal(step.entropy, 1) for step in steps],
        "likeliest other": [_other(step) for step in steps],
        "can be chosen": [step.choosable(samples=growth.settings_at(step.index).samples) for step in steps],
        "cache, bytes": [sum(layer.nbytes for layer in step.cache) for step in steps],
        "ms": [round(1000 * step.seconds) for step in steps],
    }


def _other(step: GenerationStep) -> str:
    other = next((candidate for candidate in step.candidates if candidate.token.id != step.token.id), None)
    return "" if other is None else f"{other.token.label} ({percent(other.before)})"
