"""Packets for the grid of heads."""

from __future__ import annotations

from llm_core.figures.head_survey import survey
from llm_core.recording.trace_record import Trace
from pages.shared.attention.head_map import grid_packet
from tests.made_traces import made_trace

COUNT = 6
BEFORE = [[float(key == max(0, query - 1)) for key in range(COUNT)] for query in range(COUNT)]
FIRST = [[float(key == 0) for key in range(COUNT)] for _ in range(COUNT)]
SPREAD = [[float(key <= query) / (query + 1) for key in range(COUNT)] for query in range(COUNT)]


def six_tokens() -> Trace:
    """Two layers of three heads: the token before, the first token, all alike; then the other way round.

    Five queries tell of most roles, and two of a word that stood there before, which is too few.
    """
    return made_trace({"decoder": [[BEFORE, FIRST, SPREAD], [SPREAD, FIRST, BEFORE]]}, "red green blue grey red blue")


def measured() -> bytes:
    """All heads with their roles."""
    trace = six_tokens()
    return grid_packet(trace, "decoder", survey(trace, "decoder"), None)


def unmeasured() -> bytes:
    """The same before they are measured."""
    return grid_packet(six_tokens(), "decoder", None, None)


PACKETS = {"head-grid": measured, "head-grid-unmeasured": unmeasured}
