"""What travels to the browser: the head view against BertViz's page for the same input."""

from __future__ import annotations

import bertviz
import torch

import llm_core
from benchmarks.tables import size, table
from benchmarks.texts import text_of
from llm_core.figures.head_survey import survey
from llm_core.figures.windows import window_of
from pages.shared.attention.head_map import grid_packet
from pages.shared.attention.packet import attention_packet
from pages.shared.looking import Looking

MODEL, STACK = "minilm-l6", "encoder"
LENGTHS = (46, 134, 332)
LAYER, HEAD = 3, 0
MOST_OF_BERTVIZ = 1 / 50
GRID_MODEL, GRID_STACK, GRID_LENGTHS, MOST_OF_GRID = "smollm2-135m", "decoder", (32, 1024), 500_000


def report() -> str:
    """Markdown: bytes of both, for one layer as it is drawn, and for every layer drawn once."""
    model = llm_core.load_model(MODEL)
    rows = [_row(llm_core.trace(model, text_of(model.tokenizer, tokens))) for tokens in LENGTHS]
    head = ["tokens", "BertViz", "one head", "all heads", "BertViz / all heads", "every layer, one after another"]
    note = (
        f"BertViz sends every layer and head at once; ours sends the layer that is looked at (here layer {LAYER}), "
        "and another one when it is chosen. The last column adds up a visit to every layer with all heads. "
        f"Target: all heads at most a {1 / MOST_OF_BERTVIZ:.0f}th of BertViz."
    )
    return f"### Bytes to the browser, head view, {MODEL}\n\n{table(head, rows)}\n\n{note}\n\n{_grid_report()}"


def _grid_report() -> str:
    model = llm_core.load_model(GRID_MODEL)
    known = llm_core.induction_on_random(model)
    rows = []
    for tokens in GRID_LENGTHS:
        trace = llm_core.trace(model, text_of(model.tokenizer, tokens))
        heads = sum(trace.heads(GRID_STACK, layer) for layer in trace.layers(GRID_STACK))
        sent = len(grid_packet(trace, GRID_STACK, survey(trace, GRID_STACK), known))
        rows.append([f"{tokens:,}", f"{heads}", size(sent)])
    head = ["tokens", "heads", "one message with every thumbnail, role, entropy and distance"]
    note = f"Target: under {size(MOST_OF_GRID)}."
    return f"### Bytes to the browser, all heads at once, {GRID_MODEL}\n\n{table(head, rows)}\n\n{note}"


def _row(trace: llm_core.Trace) -> list[str]:
    theirs = _bertviz_bytes(trace)
    by_layer = {layer: _our_bytes(trace, layer, range(trace.heads(STACK, layer))) for layer in trace.layers(STACK)}
    ours = [_our_bytes(trace, LAYER, [HEAD]), by_layer[LAYER]]
    every_layer = sum(by_layer.values())
    ratio = f"{theirs / by_layer[LAYER]:,.0f}"
    visit = f"{size(every_layer)} ({theirs / every_layer:,.0f} times less)"
    return [f"{len(trace.tokens):,}", size(theirs), *map(size, ours), ratio, visit]


def _bertviz_bytes(trace: llm_core.Trace) -> int:
    attention = [torch.from_numpy(trace.attention(STACK, layer)).unsqueeze(0) for layer in trace.layers(STACK)]
    page = bertviz.head_view(attention, [token.text for token in trace.tokens], html_action="return")
    return len(page.data.encode())


def _our_bytes(trace: llm_core.Trace, layer: int, heads: range | list[int]) -> int:
    """Bytes of a first answer: the tokens and the heads asked for, and no others."""
    whole = window_of(None, len(trace.tokens))
    place = Looking(STACK, layer, tuple(heads), query=None, key=None, rows=whole, columns=whole)
    return len(attention_packet(trace, place, trace.text, more_seconds=-1))
