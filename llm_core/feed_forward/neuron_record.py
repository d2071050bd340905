"""The feed-forward neurons of one layer as records without torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float32

from llm_core.errors import SelectionError
from llm_core.feed_forward.landing import Landing
from llm_core.text.tokens import Token


@dataclass(frozen=True)
class PushedToken:
    """A token whose score a neuron changes.

    Attributes:
        token: Which token.
        logit: By how much its logit is higher with the neuron than without it. What it means for the token's
            probability shows beside the mean over the vocabulary, :attr:`Neuron.mean_logit`.
    """

    token: Token
    logit: float


@dataclass(frozen=True)
class Neuron:
    """One feed-forward neuron at one position.

    Attributes:
        index: From 0.
        activation: What its output vector is multiplied with; for a gated network the product of gate and value.
        before: What its activation function was given.
        gated: For a gated network, what the activation function's result was multiplied with; None for a plain one.
        adds: Length of activation times output vector: how much it adds, before a norm that may follow.
        share: Its part of the network's output, along that output's own direction: all neurons' shares and the
            bias's add up to 1, and a neuron that works against the others has a negative one.
        promotes: Tokens whose logits gain most by it, most first, or None if they cannot be told.
        suppresses: Tokens whose logits gain least or lose, least first, or None.
        mean_logit: By how much the logits of all tokens of the vocabulary are higher with the neuron, on average; None
            if it cannot be told. What all tokens share changes no probability.
    """

    index: int
    activation: float
    before: float
    gated: float | None
    adds: float
    share: float
    promotes: tuple[PushedToken, ...] | None
    suppresses: tuple[PushedToken, ...] | None
    mean_logit: float | None = None


@dataclass(frozen=True)
class FeedForwardNeurons:
    """The strongest feed-forward neurons of one layer at one position (Geva et al. 2021, arXiv 2012.14913).

    A neuron's output vector, its "value", pushes some tokens up and others down (Geva et al. 2022, arXiv 2203.14680).
    Here that push is not the vector times the unembedding alone: the stream above the layer is read with the neuron
    and without it by the model's own head, with its final norm and, in a mask-filling encoder, its dense layer. The
    difference is what the neuron does to the answer directly, as if no layer came after; what later layers make of it
    is left out.

    Attributes:
        model_name: The model's name.
        stack: ``"encoder"`` or ``"decoder"``.
        layer: From 0.
        position: Of the token, from 0.
        token: The token there.
        neurons: Those that add most, strongest first.
        count: Number of neurons of the layer.
        share: The part of the network's output that the neurons shown make up, the sum of their shares.
        adds: Length of the network's whole output.
        function: The activation function, as the library calls it.
        is_gated: True if the activation is a product of gate and value.
        largest_difference: Of the sum over all neurons, with the bias, from the library's own output of the network,
            over all positions, as a share of that output's largest number.
        unread: Why there are no tokens promoted or suppressed, or None if there are.
        reading_difference: Largest difference of logits read by the model's head in this way from the model's own, on
            a test sentence, as a share of their standard deviation; None if nothing was read.
    """

    model_name: str
    stack: Literal["encoder", "decoder"]
    layer: int
    position: int
    token: Token
    neurons: tuple[Neuron, ...]
    count: int
    share: float
    adds: float
    function: str
    is_gated: bool
    largest_difference: float
    unread: str | None
    reading_difference: float | None


@dataclass(frozen=True, eq=False)
class ObservedFeedForward:
    """The feed-forward network of one layer as a model ran it over a text.

    Attributes:
        model_name: The model's name.
        stack: ``"encoder"`` or ``"decoder"``.
        layer: From 0.
        tokens: The stack's tokens.
        name: The second matrix's name in the model.
        function: The activation function, as the library calls it.
        before: What it was given, shape (token neuron).
        gated: What its result was multiplied with, shape (token neuron), or None for a plain network.
        activations: What the second matrix was multiplied with, shape (token neuron).
        vectors: Its columns, one output vector for each neuron, shape (d_model neuron); shares the model's memory.
        bias: Added to the sum, shape (d_model,), or None.
        output: What the library made of it, shape (token d_model).
        landing: How that joins the residual stream.
    """

    model_name: str
    stack: Literal["encoder", "decoder"]
    layer: int
    tokens: tuple[Token, ...]
    name: str
    function: str
    before: Float32[np.ndarray, "token neuron"]
    gated: Float32[np.ndarray, "token neuron"] | None
    activations: Float32[np.ndarray, "token neuron"]
    vectors: Float32[np.ndarray, "d_model neuron"]
    bias: Float32[np.ndarray, " d_model"] | None
    output: Float32[np.ndarray, "token d_model"]
    landing: Landing

    def __post_init__(self) -> None:
        tokens, count = self.activations.shape
        if self.vectors.shape[1] != count or self.output.shape != (tokens, len(self.vectors)):
            raise ValueError(
                f"Expected (d_model neuron) vectors for {count} neurons and (token d_model) output of {tokens} tokens, "
                f"got {self.vectors.shape} and {self.output.shape}."
            )
        for array in (self.before, self.gated, self.activations, self.vectors, self.bias, self.output):
            if array is not None:
                array.setflags(write=False)

    @property
    def count(self) -> int:
        """Number of neurons."""
        return self.activations.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, the model's own weights left out."""
        arrays = (self.before, self.gated, self.activations, self.output, self.landing.base)
        return sum(array.nbytes for array in arrays if array is not None)

    @cached_property
    def lengths(self) -> np.ndarray:
        """Length of each neuron's output vector, shape (neuron,)."""
        return np.sqrt(np.einsum("mn,mn->n", self.vectors, self.vectors))

    @cached_property
    def largest_difference(self) -> float:
        """Of the sum over all neurons, with the bias, from the library's output, as a share of its largest number."""
        summed = self.activations.astype(np.float64) @ self.vectors.T.astype(np.float64)
        summed = summed if self.bias is None else summed + self.bias
        largest = float(np.abs(self.output).max(initial=0.0))
        return float(np.abs(summed - self.output).max(initial=0.0)) / max(largest, 1e-30)

    def adds(self, position: int) -> np.ndarray:
        """How much each neuron adds at a position, shape (neuron,).

        Raises:
            SelectionError: There is no such position.
        """
        if not isinstance(position, int | np.integer) or not 0 <= position < len(self.tokens):
            raise SelectionError(f"Expected a position from 0 to {len(self.tokens) - 1}, got {position!r}.")
        return np.abs(self.activations[position]) * self.lengths

    def contributions(self, position: int, neurons: np.ndarray) -> np.ndarray:
        """What some neurons add to the network's output at a position, shape (neuron d_model)."""
        return (self.activations[position, neurons] * self.vectors[:, neurons]).T.astype(np.float64)
