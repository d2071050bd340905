"""What "large" means in bytes and operations, computed from a model's dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from llm_core.errors import SelectionError
from llm_core.shapes import Family, Stack

PRECISIONS = (32, 16, 8, 4)
"""Bits a number that the weights of large models are commonly kept in."""


@dataclass(frozen=True)
class AttentionShape:
    """How much attention a stack has.

    Attributes:
        layers: Layers with attention.
        heads: Query heads a layer.
        key_value_heads: Heads a layer that own keys and values.
        d_head: Width of one head.
    """

    layers: int
    heads: int
    key_value_heads: int
    d_head: int

    @property
    def cached_numbers(self) -> int:
        """Numbers that the keys and values of one token take, over all layers."""
        return 2 * self.layers * self.key_value_heads * self.d_head

    @property
    def matrices(self) -> int:
        """Attention matrices of one text: one for each head of each layer."""
        return self.layers * self.heads


@dataclass(frozen=True)
class Dimensions:
    """What is known of a model's size; None where it is not.

    Published models are told by their makers' numbers alone, so much may be missing here that a loaded model's
    :class:`~llm_core.measures.geometry.Geometry` always has.

    Attributes:
        family: ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``.
        parameters: Numbers it learned, tied ones once.
        matrix_parameters: Those in the matrices that every token is multiplied with: without tables of tokens and
            positions, output head, biases and normalisations (*N* in Kaplan et al. 2020, table 1).
        context: The most tokens it takes.
        vocabulary: Tokens it knows.
        attention: The shape of its attention, by stack; empty if unknown.
        d_model: Width of the residual stream.
    """

    family: Family | None = None
    parameters: int | None = None
    matrix_parameters: int | None = None
    context: int | None = None
    vocabulary: int | None = None
    attention: Mapping[Stack, AttentionShape] = field(default_factory=dict)
    d_model: int | None = None


def weight_bytes(parameters: int, bits: int) -> int:
    """Bytes of the weights if each takes ``bits`` bits; scales and other extras of quantised formats not counted.

    Raises:
        SelectionError: A count below 0 or no bits.
    """
    return _bytes(parameters, bits)


def cache_bytes(size: Dimensions, tokens: int, bits: int = 32, source_tokens: int | None = None) -> int | None:
    """Bytes of the keys and values that a decoder keeps while it writes; heads that share them count once.

    Args:
        size: Which model.
        tokens: Tokens that the decoder has read or written.
        bits: Bits a number.
        source_tokens: Tokens of the encoder's text, whose keys and values cross-attention keeps; None for as many.

    Returns:
        Bytes; 0 for an encoder, which reads its text once; None if the attention's shape is unknown.

    Raises:
        SelectionError: A count below 0 or no bits.
    """
    _check(tokens, bits)
    if size.family == "encoder":
        return 0
    if "decoder" not in size.attention:
        return None
    numbers = size.attention["decoder"].cached_numbers * tokens
    if "cross" in size.attention:
        numbers += size.attention["cross"].cached_numbers * (tokens if source_tokens is None else source_tokens)
    return _bytes(numbers, bits)


def matrix_bytes(tokens: int, bits: int = 32) -> int:
    """Bytes of one head's attention matrix, a weight for each pair of tokens.

    Raises:
        SelectionError: A count below 0 or no bits.
    """
    _check(tokens, bits)
    return _bytes(tokens * tokens, bits)


def all_matrices_bytes(size: Dimensions, tokens: int, bits: int = 32) -> int | None:
    """Bytes of the attention matrices of every head, if all were kept; None if the attention's shape is unknown.

    An encoder-decoder is taken to read and to write ``tokens`` each.

    Raises:
        SelectionError: A count below 0 or no bits.
    """
    one = matrix_bytes(tokens, bits)
    return one * sum(shape.matrices for shape in size.attention.values()) if size.attention else None


def operations_per_token(size: Dimensions, tokens: int) -> int | None:
    """Additions and multiplications of a forward pass for each token, in a text of ``tokens`` tokens.

    Kaplan et al. 2020, section 2.1 and table 1: ``2 N + 2 n_layer n_ctx d_attn``, a multiplication and an addition for
    each of the N numbers in the matrices, and for attention as much again for each key. An encoder-decoder sends a
    token through one of its two halves, so that it costs half as much (Raffel et al. 2020, section 3.2.2).

    Returns:
        Operations; None if the shape of the model is unknown.

    Raises:
        SelectionError: A count below 0.
    """
    _check(tokens, 1)
    if size.matrix_parameters is None or not size.attention:
        return None
    attended = sum(shape.layers * shape.heads * shape.d_head for shape in size.attention.values())
    operations = 2 * size.matrix_parameters + 2 * attended * tokens
    return operations // 2 if size.family == "encoder-decoder" else operations


def _bytes(numbers: int, bits: int) -> int:
    _check(numbers, bits)
    return -(-numbers * bits // 8)


def _check(count: int, bits: int) -> None:
    if count < 0 or bits < 1:
        raise SelectionError(f"Expected a count of 0 or more and at least 1 bit a number, got {count} and {bits}.")
