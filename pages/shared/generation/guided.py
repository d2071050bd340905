"""What the Generation page says of a head that training guided, for the step and the heads that are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_core.heads.guidance import guidance_of_step
from pages.shared.generation.packet import MEAN, looking_of
from pages.shared.guided import say_guidance

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel
    from pages.shared.generation.store import Growth


def say_what_was_guided(model: LoadedModel, growth: Growth) -> None:
    """A line for each guided head whose attention is drawn."""
    step = growth.branch.steps[growth.step]
    for stack, (layer, head) in looking_of(growth).items():
        heads = None if head == MEAN else [head]
        say_guidance(guidance_of_step(model.guided_heads, step, stack, layer, heads))
