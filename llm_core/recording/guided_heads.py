"""Heads that training guided, as a model's folder names them: what they do was not found by the model itself."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from llm_core.errors import NotAModelError, shortened
from llm_core.shapes import Stack

GUIDED_HEADS = "guided_heads.json"
"""A list of objects with the fields of :class:`GuidedHead`; any model's folder may hold one."""


@dataclass(frozen=True)
class GuidedHead:
    """A head that a term of its own in the training taught what to look at.

    Attributes:
        stack: ``"encoder"``, ``"decoder"`` or ``"cross"``.
        layer: From 0.
        head: From 0.
        taught: What it was taught, as words after "to": ``"look from a pronoun to the noun it stands for"``.
        by: Whose training that was, as words before "guided": ``"this project's training"``.
    """

    stack: Stack
    layer: int
    head: int
    taught: str
    by: str = "its training"

    def __post_init__(self) -> None:
        numbers = all(type(number) is int and number >= 0 for number in (self.layer, self.head))
        words = all(isinstance(text, str) and text.strip() for text in (self.taught, self.by))
        if self.stack not in get_args(Stack) or not numbers or not words:
            raise ValueError(f"Expected a stack, a layer, a head and what was taught, got {self!r}.")


def read_guided_heads(folder: Path, name: str) -> tuple[GuidedHead, ...]:
    """The heads that a model's folder says were guided; none if it says nothing.

    Raises:
        NotAModelError: The file is there and cannot be read.
    """
    file = folder / GUIDED_HEADS
    if not file.is_file():
        return ()
    try:
        return guided_heads_of(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise NotAModelError(
            f"Expected a list of heads with stack, layer, head and taught in the {GUIDED_HEADS} of {shortened(name)}, "
            f"but it cannot be read so: {error} Mend it, or take it out of the folder."
        ) from error


def check_guided_heads(
    known: Iterable[GuidedHead], config: Any, sites: Collection[tuple[Stack, int]], name: str
) -> None:
    """Hold the heads that a file names against the model.

    Args:
        known: What the file names.
        config: The model's configuration.
        sites: Stacks and layers with attention, where they are known; empty otherwise.
        name: What the model is called.

    Raises:
        NotAModelError: There is no such layer, or no such head in it.
    """
    for one in known:
        heads = getattr(config, "num_attention_heads", None)
        if one.stack != "encoder":
            heads = getattr(config, "decoder_attention_heads", None) or heads
        layers = sorted(layer for stack, layer in sites if stack == one.stack)
        if (sites and one.layer not in layers) or (isinstance(heads, int) and one.head >= heads):
            raise NotAModelError(
                f"The {GUIDED_HEADS} of {shortened(name)} names head {one.head} of layer {one.layer} in the stack "
                f"“{one.stack}”, which this model does not have. Mend it, or take it out of the folder."
            )


def guided_heads_of(kept: Iterable[dict[str, Any]]) -> tuple[GuidedHead, ...]:
    """The records of what JSON holds."""
    return tuple(GuidedHead(**one) for one in kept)
