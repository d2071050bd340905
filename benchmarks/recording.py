"""What recording costs: a trace against a bare forward pass, and against the library's own attention weights."""

from __future__ import annotations

from statistics import median

import llm_core
from benchmarks.plain import MODEL, attentions_pass, bare_pass, plain_model
from benchmarks.tables import seconds, size, table
from benchmarks.texts import text_of
from benchmarks.timing import Comparison, compare

MOST_OVER_BARE = 1.15
LEAST_UNDER_EAGER = 2.0
PAIRS = {128: 11, 1024: 5}
EAGER_TOKENS, EAGER_PAIRS = 1024, 5


def report() -> str:
    """Markdown: time against a bare SDPA pass, time against eager attention, and bytes kept."""
    model = llm_core.load_model(MODEL)
    sdpa = plain_model("sdpa")
    rows, kept = [], []
    for tokens, pairs in PAIRS.items():
        text = text_of(model.tokenizer, tokens)
        inputs = model.tokenizer(text, return_tensors="pt")
        pair = compare(lambda: bare_pass(sdpa, inputs), lambda: llm_core.trace(model, text), pairs)  # noqa: B023
        rows.append(_row("bare SDPA forward", tokens, pair, f"at most {MOST_OVER_BARE}"))
        kept.append(_kept(llm_core.trace(model, text)))
    del sdpa
    eager = plain_model("eager")
    text = text_of(model.tokenizer, EAGER_TOKENS)
    inputs = model.tokenizer(text, return_tensors="pt")
    pair = compare(lambda: attentions_pass(eager, inputs), lambda: llm_core.trace(model, text), EAGER_PAIRS)
    rows.append(_row("eager with `output_attentions`", EAGER_TOKENS, pair, f"at most {1 / LEAST_UNDER_EAGER}"))
    times = table(["compared with", "tokens", "it takes", "trace takes", "trace / it", "quartiles", "target"], rows)
    sizes = table(["tokens", "kept by a trace", "queries, keys, values", "hidden states", "logits"], kept)
    return f"### Recording, {MODEL}\n\n{times}\n\n{sizes}"


def _row(what: str, tokens: int, pair: Comparison, target: str) -> list[str]:
    times = [seconds(median(pair.first)), seconds(median(pair.second))]
    lower, upper = pair.spread
    return [what, f"{tokens:,}", *times, f"{pair.ratio:.2f}", f"{lower:.2f} to {upper:.2f}", target]


def _kept(trace: llm_core.Trace) -> list[str]:
    assert trace.logits is not None
    attention = sum(trace.record("decoder", layer).nbytes for layer in trace.layers("decoder"))
    parts = [trace.nbytes, attention, trace.hidden_states("decoder").nbytes, trace.logits.nbytes]
    return [f"{len(trace.tokens):,}", *map(size, parts)]
