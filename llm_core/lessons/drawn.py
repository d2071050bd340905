"""The numbers that the pictures of lessons draw, worked out where the trace and the model's parts are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

from llm_core.errors import NotAskableError
from llm_core.lessons.answers.looking import scores_of
from llm_core.lessons.answers.stream import cosines_to, first_vectors, normalises_the_sum, steps_of, stream_of
from llm_core.lessons.evidence import Evidence, Place
from llm_core.recording.records import AttentionRecord
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

MOST_ROWS = 24
"""So many vectors have room below one another."""

MOST_TOKENS = 48
"""Of longer texts a square draws the first tokens, so that a cell can be seen."""


@dataclass(frozen=True, eq=False)
class AlikeVectors:
    """Tokens' first vectors beside that of one token.

    Attributes:
        rows: Positions of the tokens shown, in the text's order: all of a short text, else those most alike.
        vectors: Of these tokens, shape (row d_model).
        cosines: With the one token, shape (row,).
    """

    rows: tuple[int, ...]
    vectors: Float[np.ndarray, "row d_model"]
    cosines: Float[np.ndarray, " row"]


def alike_vectors(evidence: Evidence, position: int) -> AlikeVectors:
    """The first vectors of the stack that reads, beside that of the token at a position.

    Raises:
        NotAskableError: They were not recorded.
    """
    vectors = first_vectors(evidence)
    similar = cosines_to(vectors, position)
    rows = _rows(similar, position)
    return AlikeVectors(tuple(rows), vectors[rows], similar[rows])


@dataclass(frozen=True, eq=False)
class ScoredKeys:
    """A query above the keys it meets.

    Attributes:
        query: Its numbers, shape (d_head,).
        rows: Positions of the keys shown, in the text's order: all of a short text, else those with the highest scores.
        keys: Of these tokens, shape (row d_head).
        scores: Scaled dot products, NaN where the mask closes the key, shape (row,).
        weights: From 0 to 1, shape (row,).
        some_closed: True if the mask closes a key, shown or not.
    """

    query: Float[np.ndarray, " d_head"]
    rows: tuple[int, ...]
    keys: Float[np.ndarray, "row d_head"]
    scores: Float[np.ndarray, " row"]
    weights: Float32[np.ndarray, " row"]
    some_closed: bool


def scored_keys(evidence: Evidence, place: Place) -> ScoredKeys:
    """What a token's query meets in a head.

    Raises:
        NotAskableError: The model keeps its queries and keys to itself.
    """
    scores = scores_of(evidence, place)
    record = evidence.trace.record(place.stack, place.layer)
    if not isinstance(record, AttentionRecord):
        raise NotAskableError("This model keeps its queries and keys to itself.")
    keys = record.key[place.head * record.key_value_heads // record.heads]
    rows = _rows(np.nan_to_num(scores, nan=-np.inf), None)
    weights = evidence.trace.attention(place.stack, place.layer, [place.head], np.array([place.query]))[0, 0]
    return ScoredKeys(
        query=record.query[place.head, place.query],
        rows=tuple(rows),
        keys=keys[rows],
        scores=scores[rows],
        weights=weights[rows],
        some_closed=bool(np.isnan(scores).any()),
    )


@dataclass(frozen=True, eq=False)
class Stream:
    """Tokens on their way through the layers of the stack that reads.

    Attributes:
        lengths: Of every token's vector after each layer, shape (state token).
        steps: How far each layer turns one token's vector, 1 minus the cosine before and after, shape (layer,).
        normed: True if layers end in a norm, so that no final one is needed; None if it cannot be told.
    """

    lengths: Float[np.ndarray, "state token"]
    steps: Float[np.ndarray, " layer"]
    normed: bool | None


def stream(evidence: Evidence, position: int) -> Stream:
    """The lengths of all tokens' vectors, and how far layers turn that of the token at a position.

    Raises:
        NotAskableError: They were not recorded, or there is one layer only.
    """
    states = stream_of(evidence)
    lengths = np.linalg.norm(states.astype(np.float64), axis=2)
    return Stream(lengths, steps_of(states, position), normalises_the_sum(evidence))


@dataclass(frozen=True, eq=False)
class Square:
    """Who looks at whom in a whole model, as one square; for an encoder-decoder the target comes after the source.

    Attributes:
        cells: Mean attention of all heads of all layers, from 0 to 1, shape (query key).
        opened: True where some layer lets the query look, shape (query key).
        split: Where the target begins, 0 if there is none.
    """

    cells: Float32[np.ndarray, "query key"]
    opened: Bool[np.ndarray, "query key"]
    split: int


def square(trace: Trace) -> Square:
    """Mean attention of all heads as one square; no source token looks at the target."""
    source, target = shown_tokens(trace)
    count = source + target
    cells, opened = np.zeros((count, count), np.float32), np.zeros((count, count), bool)
    corners: dict[Stack, tuple[int, int, int, int]] = {
        "encoder": (0, 0, source, source),
        "decoder": (source, source, target, target) if target else (0, 0, source, source),
        "cross": (source, 0, target, source),
    }
    for stack in trace.stacks:
        row, column, rows, columns = corners[stack]
        layers = trace.layers(stack)
        chosen = np.arange(rows)
        mean = np.mean([trace.attention(stack, layer, queries=chosen).mean(axis=0) for layer in layers], axis=0)
        area = (slice(row, row + rows), slice(column, column + columns))
        cells[area] = mean[:, :columns]
        opened[area] = np.any([trace.mask(stack, layer).rows(chosen)[:, :columns] for layer in layers], axis=0)
    return Square(cells, opened, source if target else 0)


def shown_tokens(trace: Trace) -> tuple[int, int]:
    """How many tokens of the source and of the target a square draws."""
    most = MOST_TOKENS // 2 if trace.target_tokens else MOST_TOKENS
    return min(len(trace.tokens), most), min(len(trace.target_tokens), most)


def _rows(values: np.ndarray, marked: int | None) -> list[int]:
    """The rows shown, in the text's order: all of a short text, otherwise those with the highest values."""
    best = np.argsort(-values, kind="stable")[:MOST_ROWS].tolist()
    return sorted({*best[: MOST_ROWS - 1], marked} if marked is not None else best)
