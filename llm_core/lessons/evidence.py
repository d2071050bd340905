"""What lessons draw and ask about: a trace, and what is known of the model beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float32

from llm_core.embeddings.position_records import PositionCode
from llm_core.errors import NotAskableError
from llm_core.feed_forward.neuron_record import FeedForwardNeurons
from llm_core.heads.examples import View, opening_view
from llm_core.measures.geometry import Geometry
from llm_core.measures.parameters import ParameterBlocks
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token


@dataclass(frozen=True, eq=False)
class Guess:
    """The model's scores for one token that it has to guess.

    Attributes:
        kind: ``"mask"`` for a hidden word of the text, ``"next"`` for the token that follows.
        context: The tokens it reads; for ``"next"`` those before the guess.
        position: Of the mask, or of the last token before the guess, in ``context``.
        logits: Scores of the whole vocabulary, float32, shape (vocabulary,).
        likeliest: The likeliest tokens, likeliest first.
    """

    kind: Literal["mask", "next"]
    context: tuple[Token, ...]
    position: int
    logits: Float32[np.ndarray, " vocabulary"]
    likeliest: tuple[Token, ...]

    def __post_init__(self) -> None:
        self.logits.setflags(write=False)

    def probabilities(self, temperature: float = 1.0) -> Float32[np.ndarray, " vocabulary"]:
        """Softmax of the logits divided by a temperature above 0, shape (vocabulary,)."""
        scaled = self.logits.astype(np.float64) / temperature
        scaled -= scaled.max()
        weights = np.exp(scaled)
        return np.asarray(weights / weights.sum(), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Evidence:
    """A trace, and what is known of the model beyond it; what is None is not known yet, or does not exist.

    Attributes:
        trace: What the model did with the text.
        parameters: What its parameters are spent on.
        geometry: Its measures.
        positions: How it tells positions apart.
        guess: What it would say; None for a model without an output head as well.
        neurons: The strongest feed-forward neurons of the last layer at one token; None if they cannot be told apart.
    """

    trace: Trace
    parameters: ParameterBlocks | None = None
    geometry: Geometry | None = None
    positions: tuple[PositionCode, ...] = ()
    guess: Guess | None = None
    neurons: FeedForwardNeurons | None = None

    @cached_property
    def _openings(self) -> dict[Stack, View]:
        return {}

    def opening(self, stack: Stack) -> View:
        """Where the pages about attention would open in a stack; worked out once."""
        if stack not in self._openings:
            self._openings[stack] = opening_view(self.trace, stack)
        return self._openings[stack]

    def known_geometry(self) -> Geometry:
        """The model's measures.

        Raises:
            NotAskableError: They are not known.
        """
        if self.geometry is None:
            raise NotAskableError("This needs the model's measures, which are not known before it is loaded.")
        return self.geometry

    def known_parameters(self) -> ParameterBlocks:
        """What the model's parameters are spent on.

        Raises:
            NotAskableError: It is not known.
        """
        if self.parameters is None:
            raise NotAskableError("This needs the model's parameters, which are not known before it is loaded.")
        return self.parameters

    def known_guess(self) -> Guess:
        """What the model would say.

        Raises:
            NotAskableError: It says nothing.
        """
        if self.guess is None:
            raise NotAskableError(
                "This needs a model that gives a score to every token; this one ends with vectors and has no such "
                "output, or this text leaves it nothing to guess."
            )
        return self.guess


@dataclass(frozen=True)
class Place:
    """A head of a trace and a token that looks.

    Attributes:
        stack: One of the trace's stacks.
        layer: From 0.
        head: From 0.
        query: Position of the token that looks.
    """

    stack: Stack
    layer: int
    head: int
    query: int


def stack_of(trace: Trace, word: str) -> Stack:
    """The stack that a lesson's file means: ``"reading"`` is the one that reads the text, ``"writing"`` the last.

    Raises:
        NotAskableError: The model has no such stack.
    """
    meant = {"reading": trace.stacks[0], "writing": "decoder" if "decoder" in trace.stacks else trace.stacks[0]}
    wanted = meant.get(word, word)
    found = next((stack for stack in trace.stacks if stack == wanted), None)
    if found is None:
        raise NotAskableError(f"This is about a stack that the model does not have: {word}.")
    return found


def place_of(evidence: Evidence, arguments: Mapping[str, str | int]) -> Place:
    """The head and the token that a lesson's file means by ``stack``, ``layer``, ``head`` and ``query``.

    Raises:
        NotAskableError: The model or the text has no such place.
    """
    trace = evidence.trace
    stack = stack_of(trace, str(arguments.get("stack", "reading")))
    view = evidence.opening(stack)
    layers = trace.layers(stack)
    layer = arguments.get("layer", "opening")
    words = {"opening": view.layer, "first": layers[0], "middle": layers[len(layers) // 2], "last": layers[-1]}
    layer = words.get(layer, -1) if isinstance(layer, str) else layer
    if layer not in layers:
        raise NotAskableError(f"This is about layer {layer}, and the model's layers are {layers[0]} to {layers[-1]}.")
    heads = trace.heads(stack, layer)
    head = arguments.get("head", "opening")
    head = (view.head if layer == view.layer else 0) if isinstance(head, str) else head
    if head >= heads:
        raise NotAskableError(f"This is about head {head}, and the layer's heads are 0 to {heads - 1}.")
    return Place(stack, layer, head, query_of(evidence, stack, arguments.get("query", "opening")))


def query_of(evidence: Evidence, stack: Stack, wanted: str | int) -> int:
    """The position of the token that a lesson's file means: a number, ``"opening"``, ``"first"`` or ``"last"``.

    Raises:
        NotAskableError: The text has no such token.
    """
    tokens = evidence.trace.query_tokens(stack)
    if isinstance(wanted, int):
        if wanted >= len(tokens):
            raise NotAskableError(f"This is about token {wanted}, and the text has {len(tokens)} tokens.")
        return wanted
    real = [place for place, token in enumerate(tokens) if not token.is_padding]
    words = [place for place in real if tokens[place].is_word] or real
    if wanted == "first":
        return words[0]
    if wanted == "last":
        return words[-1]
    query = evidence.opening(stack).query
    return words[-1] if query is None else query
