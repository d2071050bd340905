"""Packets for the head view."""

from __future__ import annotations

from math import inf

from llm_core.figures.windows import window_of
from pages.shared.attention.packet import attention_packet
from pages.shared.looking import Looking
from tests.made_traces import made_trace

ROWS = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.6, 0.3, 0.1]]
OTHER = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.2, 0.8]]


def short() -> bytes:
    """Three tokens, one layer, two heads that look back."""
    trace = made_trace({"decoder": [[ROWS, OTHER]]}, "red green blue")
    whole = window_of(None, 3)
    place = Looking(stack="decoder", layer=0, heads=(0,), query=None, key=None, rows=whole, columns=whole)
    return attention_packet(trace, place, "recorded", more_seconds=inf)


PACKETS = {"attention-short": short}
