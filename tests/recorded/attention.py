"""Packets for the head view."""

from __future__ import annotations

from math import inf

import numpy as np

from llm_core.figures.windows import Window, window_of
from llm_core.recording.trace_record import Trace
from pages.shared.attention.packet import Held, attention_packet
from pages.shared.components.attention import AttentionHeader
from pages.shared.looking import Looking
from tests.made_traces import made_trace
from tests.messages import unpack

ROWS = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.6, 0.3, 0.1]]
OTHER = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.2, 0.8]]
LONG = 170


def looking(trace: Trace, stack: str = "decoder", **change: object) -> Looking:
    """A place that shows the whole of a stack's first layer, head 0, but for the changes."""
    whole = {
        "rows": window_of(None, len(trace.query_tokens(stack))),
        "columns": window_of(None, len(trace.key_tokens(stack))),
    }
    return Looking(**{"stack": stack, "layer": 0, "heads": (0,), "query": None, "key": None, **whole, **change})


def short_trace() -> Trace:
    """Three tokens, two layers, two heads that look back."""
    return made_trace({"decoder": [[ROWS, OTHER], [OTHER, ROWS]]}, "red green blue")


def short(**change: object) -> bytes:
    """The first layer of three tokens, both heads."""
    trace = short_trace()
    return attention_packet(trace, looking(trace, **change), more_seconds=inf)


def header_of(packet: bytes) -> AttentionHeader:
    return unpack(packet)[0]


def one_head() -> bytes:
    """The same, the first head only."""
    trace = short_trace()
    return attention_packet(trace, looking(trace), more_seconds=-1)


def other_head() -> bytes:
    """The answer to the first choice, both heads, of a browser that has the first."""
    trace, first = short_trace(), header_of(one_head())
    held = Held(first["reading"]["id"], {first["answer"]["part"]: [0]})
    place = looking(trace, heads=(0, 1), number=1)
    return attention_packet(trace, place, held, more_seconds=-1)


def long_trace() -> Trace:
    """170 tokens w0, w1, ...: head 0 gives the token before 3/4 and the first 1/4, head 1 looks at itself."""
    before = np.zeros((LONG, LONG), np.float32)
    before[np.arange(1, LONG), np.arange(LONG - 1)] = 0.75
    before[1:, 0] += 0.25
    before[0, 0] = 1
    return made_trace({"decoder": [[before, np.eye(LONG)]]}, " ".join(f"w{place}" for place in range(LONG)))


def long(**change: object) -> bytes:
    """All of the long text, two tokens a side in a cell; token 151 is kept."""
    trace = long_trace()
    return attention_packet(trace, looking(trace, **{"query": 151, **change}), more_seconds=inf)


def part() -> bytes:
    """Forty tokens of the long text looking at forty."""
    return long(query=None, rows=Window(100, 140), columns=Window(80, 120))


def medium() -> bytes:
    """Seventy tokens of the kind of the long text: every pair has a cell, and none is written out."""
    weights = long_trace().attention("decoder", 0)[:, :70, :70]
    trace = made_trace({"decoder": [list(weights)]}, " ".join(f"w{place}" for place in range(70)))
    return attention_packet(trace, looking(trace), more_seconds=inf)


def faint() -> bytes:
    """Two tokens; of three heads two give the first one too little to be drawn."""
    heads = [[[1.0, 0.0], [share, 1 - share]] for share in (0.009, 0.009, 0.3)]
    trace = made_trace({"decoder": [heads]}, "red green")
    return attention_packet(trace, looking(trace), more_seconds=inf)


def cross() -> bytes:
    """Two target tokens that look at three source tokens."""
    weights = [[[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]]]
    layers = {"encoder": [np.full((1, 3, 3), 1 / 3)], "decoder": [[[[1, 0], [0.5, 0.5]]]], "cross": [weights]}
    trace = made_trace(layers, "the black cat", target="[PAD] le")
    place = looking(trace, "cross", several_stacks=True)
    return attention_packet(trace, place, more_seconds=inf)


PACKETS = {
    "attention-short": short,
    "attention-one-head": one_head,
    "attention-other-head": other_head,
    "attention-long": long,
    "attention-part": part,
    "attention-medium": medium,
    "attention-faint": faint,
    "attention-cross": cross,
}
