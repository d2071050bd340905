"""The blocks that the picture of a model consists of, and the names they have in an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

Part: TypeAlias = Literal["embedding", "attention", "feed_forward", "output"]

_NAME = re.compile(r"(encoder|decoder|cross)\.(?:(embedding)|(\d{1,4})\.(attention|feed_forward))")


@dataclass(frozen=True)
class Block:
    """One block of a model.

    Attributes:
        part: What it does.
        stack: The stack it belongs to; ``"cross"`` for attention from decoder to encoder.
        layer: From 0; 0 for embedding and output, which have no layer.
    """

    part: Part
    stack: Stack
    layer: int = 0

    @property
    def name(self) -> str:
        """``"encoder.3.attention"``, ``"decoder.embedding"``, ``"output"``."""
        if self.part == "output":
            return "output"
        return f"{self.stack}.embedding" if self.part == "embedding" else f"{self.stack}.{self.layer}.{self.part}"


def blocks_of(trace: Trace) -> tuple[Block, ...]:
    """Every block of the model that was traced, in the order in which a text passes them."""
    blocks: list[Block] = []
    for stack in trace.stacks:
        if stack == "cross":
            continue
        blocks.append(Block("embedding", stack))
        for layer in trace.layers(stack):
            blocks.append(Block("attention", stack, layer))
            if stack == "decoder" and "cross" in trace.stacks and layer in trace.layers("cross"):
                blocks.append(Block("attention", "cross", layer))
            blocks.append(Block("feed_forward", stack, layer))
    return (*blocks, Block("output", main_stack(trace)))


def find_block(trace: Trace, name: object) -> Block | None:
    """The block of a name, or None if the traced model has none of that name."""
    if name == "output":
        return Block("output", main_stack(trace))
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    if found is None:
        return None
    stack: Stack = found[1]  # type: ignore[assignment]
    part: Part = "embedding" if found[2] else found[4]  # type: ignore[assignment]
    block = Block(part, stack, int(found[3] or 0))
    return block if block in blocks_of(trace) else None


def main_stack(trace: Trace) -> Stack:
    """The stack whose last vectors become what comes out."""
    return "encoder" if trace.family == "encoder" else "decoder"


def stream_stack(stack: Stack) -> Stack:
    """The stack whose residual stream a block adds to: cross-attention adds to the decoder's."""
    return "decoder" if stack == "cross" else stack
