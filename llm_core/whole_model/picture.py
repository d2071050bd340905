"""What the picture of a whole model reads off a trace: a few numbers of each layer instead of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from llm_core.recording.records import AttentionRecord
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Mask, Stack
from llm_core.whole_model.blocks import main_stack
from llm_core.whole_model.distribution import candidates, shares_of
from llm_core.whole_model.flow import Flow, flow_of
from llm_core.whole_model.opening import opening_head
from llm_core.whole_model.rows import rows_of

FIRST_NUMBERS = 16
"""So many numbers of a first vector are drawn in a row."""

ENDINGS = 8
"""So many tokens that may come out are drawn at each row."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The likeliest tokens to come out at some positions.

    Attributes:
        tokens: Their numbers, likeliest first, shape (position candidate).
        shares: Their probabilities over the whole vocabulary, from 0 to 1, shape (position candidate).
    """

    tokens: Int64[np.ndarray, "position candidate"]
    shares: Float64[np.ndarray, "position candidate"]


@dataclass(frozen=True, eq=False)
class PictureNumbers:
    """What the picture draws before anything opens, by the rows that it has (:func:`rows_of`).

    Attributes:
        flow: Where attention goes.
        first: By stack, the first numbers of the first vectors, shape (row number); none where they were not recorded.
        last: The same of the last vectors, where the model gives no scores; None where it does.
        outcomes: What may come out at the last token of each row; None for a model without scores.
    """

    flow: Flow
    first: Mapping[Stack, Float32[np.ndarray, "row number"]]
    last: Float32[np.ndarray, "row number"] | None
    outcomes: Outcomes | None


def picture_numbers(trace: Trace) -> PictureNumbers:
    """Read the picture off a trace, in a pass over all its layers."""
    rows = {stack: rows_of(len(trace.query_tokens(stack))) for stack in trace.stacks}
    first: dict[Stack, np.ndarray] = {
        stack: rows[stack].mean(states[0][:, :FIRST_NUMBERS]).astype(np.float32)
        for stack, states in trace.states.items()
        if states and stack != "cross"
    }
    own, last, outcomes = main_stack(trace), None, None
    if trace.logits is None:
        last = rows[own].mean(trace.states[own][-1][:, :FIRST_NUMBERS]).astype(np.float32)
    else:
        outcomes = outcomes_at(trace, rows[own].last.tolist(), ENDINGS)
    return PictureNumbers(flow_of(trace, rows), first, last, outcomes)


def outcomes_at(trace: Trace, positions: Sequence[int], most: int, likeliest: np.ndarray | None = None) -> Outcomes:
    """The likeliest tokens at some positions of a trace that has scores.

    Args:
        trace: What a pass recorded.
        positions: From 0.
        most: So many tokens at each.
        likeliest: Which ones, if that is known already (:attr:`WholeRecord.candidates`), shape (position candidate).
    """
    assert trace.logits is not None
    scores = trace.logits[list(positions)]
    found = candidates(scores, most) if likeliest is None else likeliest
    return Outcomes(found.astype(np.int64), shares_of(scores, found))


@dataclass(frozen=True, eq=False)
class VectorsOut:
    """What comes out of a model without scores.

    Attributes:
        last: The vector of one token, shape (d_model,).
        sentence: The mean of the vectors of all tokens but padding, shape (d_model,).
        tokens: How many tokens those are.
    """

    last: Float32[np.ndarray, " d_model"]
    sentence: Float32[np.ndarray, " d_model"]
    tokens: int


def vectors_out(trace: Trace, position: int) -> VectorsOut:
    """What comes out at a position, and for the whole text."""
    stack = main_stack(trace)
    states = trace.states[stack][-1]
    real = np.array([not token.is_padding for token in trace.query_tokens(stack)])
    sentence = states[real].mean(axis=0)
    return VectorsOut(states[position].astype(np.float32), sentence.astype(np.float32), int(real.sum()))


@dataclass(frozen=True, eq=False)
class AttentionInside:
    """One head of a layer for some tokens.

    Attributes:
        head: From 0.
        weights: Shape (query key), from 0 to 1.
        visible: True where a query may look, shape (query key).
        strongest: The key that the token followed looks at most, among all of the text, and its weight.
        vectors: ``"query"`` (query d_head), ``"key"`` and ``"value"`` (key d_head), ``"mixed"`` (query d_value): the
            sum of all values of the text, weighted; empty where the model does not hand them out.
        together: How many heads share the keys and values, itself among them.
    """

    head: int
    weights: Float32[np.ndarray, "query key"]
    visible: Mask
    strongest: tuple[int, float]
    vectors: Mapping[str, np.ndarray]
    together: int


def attention_inside(
    trace: Trace, stack: Stack, layer: int, head: int | None, position: int, queries: Sequence[int], keys: Sequence[int]
) -> AttentionInside:
    """What is inside an attention block.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        head: From 0; None for the one worth most to see (:func:`opening_head`).
        position: The token followed, one of the queries.
        queries: Positions that look.
        keys: Positions looked at.

    Raises:
        SelectionError: There is no such stack, layer or head.
    """
    chosen = opening_head(trace, stack, layer, position) if head is None else head
    looking, looked_at = np.asarray(queries), np.asarray(keys)
    record = trace.record(stack, layer)
    weights = trace.attention(stack, layer, [chosen], looking)[0]
    row = weights[int(np.flatnonzero(looking == position)[0])]
    vectors: dict[str, np.ndarray] = {}
    if isinstance(record, AttentionRecord):
        shared = chosen * record.key_value_heads // record.heads
        value = record.value[shared]
        vectors = {
            "query": record.query[chosen][looking],
            "key": record.key[shared][looked_at],
            "value": value[looked_at],
            "mixed": weights @ value,
        }
    return AttentionInside(
        head=chosen,
        weights=np.ascontiguousarray(weights[:, looked_at]),
        visible=trace.mask(stack, layer).rows(looking)[:, looked_at],
        strongest=(int(row.argmax()), float(row.max())),
        vectors=vectors,
        together=trace.heads(stack, layer) // trace.key_value_heads(stack, layer),
    )


def mean_attention(trace: Trace, most: int) -> Mapping[tuple[Stack, int], Float32[np.ndarray, "query key"]]:
    """The mean over the heads of each layer whose keys are so many at most, by stack and layer."""
    return {
        (stack, layer): trace.attention(stack, layer).mean(axis=0)
        for stack in trace.stacks
        if len(trace.key_tokens(stack)) <= most
        for layer in trace.layers(stack)
    }
