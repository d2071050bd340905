"""Packets for the grid of heads."""

from __future__ import annotations

from llm_core.trace_record import Trace
from pages.shared.attention.head_map import grid_packet
from pages.shared.attention.survey import survey_now
from tests.made_traces import made_trace

BEFORE = [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
FIRST = [[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]
SPREAD = [[1, 0, 0, 0], [1 / 2, 1 / 2, 0, 0], [1 / 3, 1 / 3, 1 / 3, 0], [1 / 4, 1 / 4, 1 / 4, 1 / 4]]


def four_tokens() -> Trace:
    """Two layers of three heads: the token before, the first token, all alike; then the other way round."""
    return made_trace({"decoder": [[BEFORE, FIRST, SPREAD], [SPREAD, FIRST, BEFORE]]}, "red green blue grey")


def measured() -> bytes:
    """All heads with their roles."""
    trace = four_tokens()
    return grid_packet(trace, "decoder", survey_now(trace, "decoder"), None)


def unmeasured() -> bytes:
    """The same before they are measured."""
    return grid_packet(four_tokens(), "decoder", None, None)


PACKETS = {"head-grid": measured, "head-grid-unmeasured": unmeasured}
