"""What the Generation page says of a head that training guided, for the step and the heads that are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_core.engine.facts import ModelFacts
from llm_core.generation.shown import MEAN
from llm_core.heads.guidance import guided_among
from pages.shared.asking import ask, task
from pages.shared.generation.packet import looking_of
from pages.shared.guided import say_guidance

if TYPE_CHECKING:
    from pages.shared.generation.store import Growth


def say_what_was_guided(model: ModelFacts, growth: Growth) -> None:
    """A line for each guided head whose attention is drawn."""
    step = growth.branch.steps[growth.step]
    for stack, (layer, head) in looking_of(growth).items():
        heads = None if head == MEAN else [head]
        if guided_among(model.guided_heads, stack, layer, heads):
            guided = task("heads.guidance:guidance_of_step", model.guided_heads, step, stack, layer, heads)
            say_guidance(ask(guided))
