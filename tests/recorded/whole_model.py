"""Packets for the whole model: made models of the three architectures, and a text whose tokens share rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from llm_core.recording.masks import full_mask
from llm_core.recording.records import AttentionRecord
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token
from llm_core.whole_model.blocks import find_block
from llm_core.whole_model.record import WholeRecord
from pages.shared.whole_model.details import attention_detail, output_detail
from pages.shared.whole_model.packet import overview, whole_packet
from pages.shared.whole_model.place import Place
from tests.made_traces import made_trace

# No two weights of a row are alike, so that every machine puts links into the same order.
BOTH_WAYS = [[1.0, 0.0, 0.0, 0.0], [0.25, 0.0, 0.75, 0.0], [0.0, 0.125, 0.25, 0.625], [0.0, 1.0, 0.0, 0.0]]
BACKWARDS = [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.625, 0.25, 0.125]]
ACROSS = [[0.75, 0.25], [0.0, 1.0]]


def record_of(
    attention: Mapping[Stack, Mapping[int, list[float]]], feed_forward: Mapping[Stack, Mapping[int, list[float]]]
) -> WholeRecord:
    """What a model was asked: how much blocks add by stack, layer and token; and the names of four tokens."""

    def arrays(told: Mapping[Stack, Mapping[int, list[float]]]) -> dict[Stack, dict[int, np.ndarray]]:
        return {stack: {layer: np.array(row) for layer, row in layers.items()} for stack, layers in told.items()}

    names = {number: Token(number, name, name) for number, name in enumerate(("one", "two", "three", "four"))}
    return WholeRecord("made", arrays(attention), arrays(feed_forward), {}, np.zeros((0, 0), int), names, None)


def scores(*best: int) -> np.ndarray:
    """Scores of four tokens at each position: one is certain, the others come in the order of their numbers."""
    rows = np.tile(np.float32([-1000, -2000, -3000, -4000]), (len(best), 1))
    rows[range(len(best)), best] = 0
    return rows


def looking_at(*keys: int) -> AttentionRecord:
    """Queries, keys and values of a head in which each token looks at one other."""
    one = np.eye(len(keys), dtype=np.float32)
    values = np.arange(2 * len(keys), dtype=np.float32).reshape(1, len(keys), 2)
    return AttentionRecord(1000 * one[list(keys)][None], one[None], values, full_mask(len(keys), len(keys)), 1.0)


def encoder_trace() -> Trace:
    """Two layers without an output head; the second hands out its queries, keys and values."""
    trace = made_trace({"encoder": [[BOTH_WAYS], looking_at(0, 2, 3, 2)]}, "[CLS] red green blue")
    states = tuple(np.float32([[1, -1], [2, 0.5], [-4, 0], [0.25, 1]]) * layer for layer in (1, 2, 3))
    return replace(trace, states={"encoder": states})


def encoder() -> bytes:
    """An encoder whose second attention block is open, and can be opened without asking for more."""
    trace = encoder_trace()
    record = record_of(
        {"encoder": {0: [0.25, 0.5, 0.75, 1.0], 1: [0.5, 0.5, 0.25, 0.25]}}, {"encoder": {1: [1.5, 1.0, 0.0, 0.5]}}
    )
    place = Place(find_block(trace, "encoder.1.attention"), head=0, token=("source", 2), number=3)
    assert place.block is not None
    detail = attention_detail(trace, place, place.block)
    output = find_block(trace, "output")
    assert output is not None
    inside = output_detail(trace, record, place, output, rounded=False)
    made = overview(trace, record)
    return whole_packet(trace, record, made, place, "1", detail, insides=[inside], standalone=True)


def decoder_trace() -> Trace:
    """Two layers that look back."""
    trace = made_trace({"decoder": [[BACKWARDS], [BACKWARDS]]}, "red green blue")
    return replace(trace, logits=scores(1, 2, 0))


def decoder() -> bytes:
    """A decoder that nobody has asked how much its blocks add."""
    trace = decoder_trace()
    return whole_packet(trace, None, overview(trace, None), Place(), "1", None, standalone=True)


def encoder_decoder_trace() -> Trace:
    """One layer each, with cross-attention."""
    layers = {
        "encoder": [[[[0.75, 0.25], [0.0, 1.0]]]],
        "decoder": [[[[1.0, 0.0], [0.25, 0.75]]]],
        "cross": [[ACROSS]],
    }
    return replace(made_trace(layers, "red green", "[S] rouge"), logits=scores(3, 1))


def encoder_decoder() -> bytes:
    """An encoder-decoder; its cross-attention adds to the decoder's stream."""
    trace = encoder_decoder_trace()
    attention: dict[Stack, dict[int, list[float]]] = {
        "encoder": {0: [0.5, 0.25]},
        "decoder": {0: [0.25, 0.25]},
        "cross": {0: [1.0, 0.5]},
    }
    record = record_of(attention, {"encoder": {0: [1.0, 1.0]}, "decoder": {0: [0.125, 0.25]}})
    return whole_packet(trace, record, overview(trace, record), Place(), "1", None, standalone=True)


def pooled() -> bytes:
    """66 tokens, two to a row, each of which looks at itself."""
    trace = made_trace({"decoder": [[np.eye(66)]]}, " ".join(f"word{place}" for place in range(66)))
    trace = replace(trace, logits=scores(*[place % 4 for place in range(66)]))
    return whole_packet(trace, None, overview(trace, None), Place(), "1", None, standalone=True)


PACKETS = {
    "whole-encoder": encoder,
    "whole-decoder": decoder,
    "whole-encoder-decoder": encoder_decoder,
    "whole-pooled": pooled,
}
