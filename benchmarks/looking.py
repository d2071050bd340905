"""What looking costs: attention recomputed for the heads and rows that a picture shows."""

from __future__ import annotations

import llm_core
from benchmarks.plain import MODEL
from benchmarks.tables import seconds, table
from benchmarks.texts import text_of
from benchmarks.timing import typical

TOKENS, LAYER, HEAD = 1024, 15, 4
RUNS = 25


def report() -> str:
    """Markdown: how long it takes to have one head, one layer and one token's row."""
    model = llm_core.load_model(MODEL)
    trace = llm_core.trace(model, text_of(model.tokenizer, TOKENS))
    last = [TOKENS - 1]
    one_head = typical(lambda: trace.attention("decoder", LAYER, heads=[HEAD]), RUNS)
    all_heads = typical(lambda: trace.attention("decoder", LAYER), RUNS)
    one_row = typical(lambda: trace.attention("decoder", LAYER, queries=last), RUNS)
    rows = [
        ["one head of one layer", seconds(one_head), "under 50 ms"],
        [f"all {trace.heads('decoder', LAYER)} heads of one layer", seconds(all_heads), ""],
        ["one token's row, all heads of one layer", seconds(one_row), ""],
    ]
    return f"### Looking, {MODEL}\n\n{table([f'{TOKENS:,} tokens', 'time', 'target'], rows)}"
