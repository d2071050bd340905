"""Attention as the picture draws it: the mean over a layer's heads, row by row, and its strongest links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from llm_core.order import largest
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.whole_model.rows import Rows

LINKS_PER_ROW = 6
"""Each row shows its strongest links, at most so many."""

FAINTEST = 0.02
"""Links of a smaller share are not drawn."""


@dataclass(frozen=True, eq=False)
class Links:
    """The strongest links of a layer, strongest last.

    Attributes:
        query: Row that looks, shape (link,).
        key: Row looked at, shape (link,).
        weight: Share of the looking row's attention, mean over heads and over the row's tokens, from 0 to 1.
        drawn: Share of all attention of the layer that these links carry, from 0 to 1.
    """

    query: np.ndarray
    key: np.ndarray
    weight: np.ndarray
    drawn: float

    def __post_init__(self) -> None:
        for array in (self.query, self.key, self.weight):
            array.setflags(write=False)


def row_attention(trace: Trace, stack: Stack, layer: int, queries: Rows, keys: Rows) -> np.ndarray:
    """How much each row looks at each row, shape (query_row key_row).

    A weight is the mean over the layer's heads and over the tokens of the looking row that are read (all of a short
    row, some of a long one: :meth:`Rows.read`) of what they give, together, to the tokens of the row looked at. Where
    each row is one token that is the mean attention weight.
    """
    positions, row = queries.read()
    weights = trace.attention(stack, layer, None, positions).mean(axis=0)
    to_rows = np.add.reduceat(weights, keys.starts, axis=1)
    counts = np.bincount(row, minlength=len(queries))
    summed = np.zeros((len(queries), len(keys)))
    np.add.at(summed, row, to_rows)
    return np.asarray(summed / counts[:, None], np.float32)


def strongest_links(weights: np.ndarray) -> Links:
    """The links worth drawing of a layer's attention (query_row key_row)."""
    most = min(LINKS_PER_ROW, weights.shape[1])
    keys = largest(weights, most)
    queries = np.repeat(np.arange(len(weights)), most)
    keys = keys.reshape(-1)
    share = weights[queries, keys]
    seen = share >= FAINTEST
    queries, keys, share = queries[seen], keys[seen], share[seen]
    order = np.argsort(share, kind="stable")
    total = float(weights.sum())
    return Links(
        queries[order].astype(np.uint16),
        keys[order].astype(np.uint16),
        share[order].astype(np.float32),
        float(share.sum()) / total if total else 0.0,
    )


@dataclass(frozen=True, eq=False)
class Flow:
    """Where attention goes in a whole model.

    Attributes:
        links: By stack and layer.
    """

    links: Mapping[tuple[Stack, int], Links]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(one.query.nbytes + one.key.nbytes + one.weight.nbytes for one in self.links.values())


def flow_of(trace: Trace, rows: Mapping[Stack, Rows]) -> Flow:
    """The strongest links of every layer of a trace.

    Args:
        trace: What a pass recorded.
        rows: By stack, the rows of the tokens that look.
    """
    return Flow(
        {
            (stack, layer): strongest_links(
                row_attention(trace, stack, layer, rows[stack], rows[_looked_at(trace, stack)])
            )
            for stack in trace.stacks
            for layer in trace.layers(stack)
        }
    )


def _looked_at(trace: Trace, stack: Stack) -> Stack:
    """A stack whose looking tokens are those that a stack's attention looks at."""
    return "encoder" if stack == "cross" and "encoder" in trace.stacks else stack
