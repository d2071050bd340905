"""Packets for the comparison of architectures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from llm_core.comparison.compared import compare_known
from llm_core.comparison.outcomes import Blank, Candidate, Outcome
from llm_core.recording.trace_record import Trace
from llm_core.samples import MODELS, sample_profile
from llm_core.text.tokens import Token
from pages.shared.comparison.packet import comparison_packet
from pages.shared.comparison.panes import Pane, PaneRequest
from tests.made_traces import made_trace

BOTH_WAYS = [[0.5, 0.25, 0.25], [0.0, 0.5, 0.5], [0.25, 0.5, 0.25]]
BACK = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.25, 0.25]]
ACROSS = [[0.25, 0.5, 0.25], [0.5, 0.25, 0.25], [0.0, 1.0, 0.0]]
TEXT = "the cat sat"
ENCODER, DECODER, ENCODER_DECODER = MODELS


def with_vectors(trace: Trace, *layers: Sequence[Sequence[float]]) -> Trace:
    """A trace with vectors of its tokens below each layer and above the last, where no norm follows."""
    stack, states = trace.stacks[0], tuple(np.array(layer, np.float32) for layer in layers)
    return replace(trace, states={stack: states}, last_outputs={stack: states[-1]})


def reads_both_ways(text: str = TEXT) -> Trace:
    """An encoder of two layers; its three words lie apart at first, and on one another at last."""
    trace = made_trace({"encoder": [[BOTH_WAYS, ACROSS], [BOTH_WAYS, BOTH_WAYS]]}, text)
    return with_vectors(trace, [[1, 0], [0, 1], [-1, 0]], [[1, 0], [0, 1], [1, 0]], [[1, 0], [1, 0], [1, 0]])


def looks_back(text: str = TEXT) -> Trace:
    """A decoder of three layers."""
    return made_trace({"decoder": [[BACK, BACK]] * 3}, text)


def translates() -> Trace:
    """An encoder-decoder of one layer, which writes two words."""
    layers = {"encoder": [[BOTH_WAYS]], "decoder": [[BACK]], "cross": [[ACROSS]]}
    return made_trace(layers, TEXT, "[START] le chat")


def pane_of(trace: Trace, model: str, blank: Blank | None = None) -> Pane:
    """A pane of a trace, with the measures of a model that is shipped."""
    profile = sample_profile(model)
    assert profile is not None
    outcome = Outcome(profile.outcome.family, blank, (), (), 1)
    made = compare_known(model, trace, replace(profile, outcome=outcome))
    return Pane(PaneRequest(model, trace.text), made)


def hidden_cat() -> Blank:
    """The cat hidden from an encoder that guesses it."""
    return Blank(
        "cat", "the ", " sat", (Candidate(Token(7, "cat", "cat"), 0.75), Candidate(Token(8, "dog", "dog"), 0.1)), 0.75
    )


def three_panes() -> bytes:
    """The same three words read by an encoder, a decoder and an encoder-decoder."""
    panes = [
        pane_of(reads_both_ways(), ENCODER, hidden_cat()),
        pane_of(looks_back(), DECODER),
        pane_of(translates(), ENCODER_DECODER),
    ]
    return comparison_packet(panes, list(MODELS), {"depth": 0.4})


def two_texts() -> bytes:
    """One encoder with two texts that share a word, beside a model that cannot be had and one that is being run."""
    vectors = ([[1, 0], [0, -1], [0, 1]], [[1, 0], [0, -1], [0, 1]], [[1, 0], [1, 0], [1, 0]])
    other = with_vectors(reads_both_ways("ran my Cat"), *vectors)
    panes = [
        pane_of(reads_both_ways(), ENCODER),
        pane_of(other, ENCODER),
        Pane(PaneRequest("unknown", TEXT), error="There is no such model."),
        Pane(PaneRequest(DECODER, TEXT), working=True),
    ]
    return comparison_packet(panes, ["one", "other", "unknown", DECODER], {})


PACKETS = {"architectures-three-panes": three_panes, "architectures-two-texts": two_texts}
