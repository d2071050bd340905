"""What the head view is sent: quantised weights of what is on the screen, and the tokens they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from llm_core.figures.screen import Screen, screen
from llm_core.figures.thumbnails import thumbnails
from llm_core.figures.windows import Window
from llm_core.shapes import Stack
from llm_core.tokens import Token
from llm_core.trace_record import Trace
from pages.shared.cache import BoundedCache
from pages.shared.components.packing import pack, quantised, quantised_bytes, token_fields
from pages.shared.looking import NAMES, Looking

MAP_SIDE = 64
RULER_LABELS = 34

_screens: BoundedCache[Screen] = BoundedCache(128, 200_000_000)
"""Overviews of long texts that were drawn; each costs a pass over all pairs."""


def attention_packet(trace: Trace, place: Looking, identity: object, *, standalone: bool = False) -> bytes:
    """One packet for the head view.

    Args:
        trace: What a pass recorded.
        place: What the visitor looks at.
        identity: Hashable, names the trace in the cache of overviews.
        standalone: True for a picture without a server behind it, which offers no layers and no zoom.
    """
    drawn = _screen(trace, place, identity)
    stack, layer = place.stack, place.layer
    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)
    names = _sequences(trace, stack)
    header: dict[str, Any] = {
        "stack": stack,
        "stacks": [[name, "Cross-attention" if name == "cross" else name.capitalize()] for name in trace.stacks],
        "stackName": NAMES[stack].capitalize(),
        "colour": stack,
        "layers": list(trace.layers(stack)),
        "layer": layer,
        "headCount": trace.heads(stack, layer),
        "keyValueHeads": trace.key_value_heads(stack, layer),
        "heads": list(drawn.heads),
        "rows": [drawn.rows.start, drawn.rows.end],
        "columns": [drawn.columns.start, drawn.columns.end],
        "queryCount": len(queries),
        "keyCount": len(keys),
        "block": drawn.block,
        "rulerSteps": [_ruler_step(drawn.rows), _ruler_step(drawn.columns)],
        "query": place.query,
        "key": place.key,
        "querySequence": names[0],
        "keySequence": names[1],
        "possible": drawn.possible,
        "weightLinked": drawn.weight_linked,
        "weightOnFirst": drawn.weight_on_first,
        "withoutFirst": place.without_first,
        "number": place.number,
        "standalone": standalone,
    }
    header["tokens"] = _tokens(names, (queries, keys), drawn, place)
    arrays = {"cells": quantised(drawn.cells, drawn.open_cells)}
    if drawn.block > 1:
        arrays |= {
            "linkHead": drawn.links.head,
            "linkQuery": drawn.links.query,
            "linkKey": drawn.links.key,
            "linkWeight": quantised(drawn.links.weight, np.ones(1, bool)),
        }
        if place.query is not None:
            arrays["exact"] = _row(trace, place, drawn.columns)
    if (drawn.rows.size, drawn.columns.size) != (len(queries), len(keys)):
        whole = thumbnails(trace, stack, layer, MAP_SIDE)
        arrays["map"] = quantised_bytes(whole.cells[place.heads[0]], whole.open_cells)
    return pack(header, arrays)


def _screen(trace: Trace, place: Looking, identity: object) -> Screen:
    key = (identity, place.stack, place.layer, place.heads, place.rows, place.columns, place.without_first)
    known = _screens.get(key)
    if known is None:
        known = screen(
            trace,
            place.stack,
            place.layer,
            place.heads,
            place.rows,
            place.columns,
            without_first=place.without_first,
        )
        _screens.put(key, known)
    return known


def _row(trace: Trace, place: Looking, columns: Window) -> np.ndarray:
    rows = np.array([place.query])
    weights = trace.attention(place.stack, place.layer, place.heads, rows)[:, 0, columns.start : columns.end]
    visible = trace.mask(place.stack, place.layer).rows(rows)[:, columns.start : columns.end]
    return quantised(weights, visible)


def _sequences(trace: Trace, stack: Stack) -> tuple[str, str]:
    """Which of the page's token sequences look and are looked at."""
    if stack == "cross":
        return "target", "source"
    both = "target" if stack == "decoder" and trace.family == "encoder-decoder" else "source"
    return both, both


def _ruler_step(window: Window) -> int:
    """Of how many tokens one is named beside lines that are too dense for all of them."""
    return max(1, -(-window.size // RULER_LABELS))


def _tokens(
    names: tuple[str, str], sequences: tuple[Sequence[Token], Sequence[Token]], drawn: Screen, place: Looking
) -> dict[str, dict[int, dict[str, Any]]]:
    """The tokens that the picture names, by sequence and position: if pooled one a block, and the links' ends."""
    wanted: dict[str, set[int]] = {name: set() for name in names}
    ends = ((drawn.rows, drawn.links.query, place.query), (drawn.columns, drawn.links.key, place.key))
    for name, (window, linked, chosen) in zip(names, ends, strict=True):
        wanted[name] |= set(range(window.start, window.end, drawn.block))
        wanted[name] |= set(range(window.start, window.end, _ruler_step(window)))
        if drawn.block > 1:
            wanted[name] |= {int(position) for position in linked}
        if chosen is not None:
            wanted[name].add(chosen)
    told: dict[str, dict[int, dict[str, Any]]] = {}
    for name, tokens in zip(names, sequences, strict=True):
        positions = sorted(wanted[name])
        told[name] = dict(zip(positions, token_fields([tokens[place] for place in positions]), strict=True))
    return told
