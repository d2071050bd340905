"""The sentence above the comparison: what differs most, from what is ready."""

from __future__ import annotations

from collections.abc import Sequence

from llm_core.comparison.table import Side, with_verb
from llm_core.numbers import counted, percent


def headline(sides: Sequence[Side]) -> str:
    """One sentence that changes with the panes; plain text."""
    if not sides:
        return "One text, read by different architectures"
    parts = []
    reading = [side for side in sides if len(side.trace.tokens) > 1]
    seeing = [side.name for side in reading if side.looks_ahead(side.own_stack)]
    blind = [side for side in reading if not side.looks_ahead(side.own_stack)]
    alone = [side.name for side in sides if side not in reading]
    if seeing:
        parts.append(f"{with_verb(seeing, 'looks', 'look')} both ways")
    if blind:
        forward = max(side.surveys[side.own_stack].directions.overall("forward") for side in blind)
        names = with_verb([side.name for side in blind], "looks", "look")
        parts.append(f"{names} only back ({percent(forward)} forward)".replace(" %", "\N{NO-BREAK SPACE}%"))
    if alone:
        parts.append(f"{with_verb(alone, 'reads', 'read')} one token, with nowhere else to look")
    parts += [
        f"the decoder of {side.name} also looks at {_all_of(len(side.trace.tokens))} of its source"
        for side in sides
        if "cross" in side.trace.stacks
    ]
    return "; ".join(parts) + "."


def _all_of(count: int) -> str:
    return f"all {counted(count, 'token')}" if count > 1 else "the one token"
