"""The sentence above the comparison: what differs most, from what is ready."""

from __future__ import annotations

from collections.abc import Sequence

from llm_core.comparison.table import Side, listed
from llm_core.numbers import percent


def headline(sides: Sequence[Side]) -> str:
    """One sentence that changes with the panes; plain text."""
    if not sides:
        return "One text, read by different architectures"
    parts = []
    seeing = [side.name for side in sides if side.looks_ahead(side.own_stack)]
    blind = [side for side in sides if not side.looks_ahead(side.own_stack)]
    if seeing:
        parts.append(f"{listed(seeing)} {'looks' if len(seeing) == 1 else 'look'} both ways")
    if blind:
        forward = max(side.surveys[side.own_stack].directions.overall("forward") for side in blind)
        names = listed([side.name for side in blind])
        parts.append(
            f"{names} {'looks' if len(blind) == 1 else 'look'} only back ({percent(forward)} forward)".replace(
                " %", "\N{NO-BREAK SPACE}%"
            )
        )
    writers = [side for side in sides if "cross" in side.trace.stacks]
    if writers:
        count = len(writers[0].trace.tokens)
        parts.append(
            f"the decoder of {listed([side.name for side in writers])} also at all {count} tokens of its source"
        )
    return "; ".join(parts) + "."
