"""What "large" means in bytes and operations, computed from a model's dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from llm_core.errors import SelectionError
from llm_core.scale.attention_shape import AttentionShape
from llm_core.shapes import Family, Stack

PRECISIONS = (32, 16, 8, 4)
"""Bits a number that the weights of large models are commonly kept in."""


@dataclass(frozen=True)
class Dimensions:
    """What is known of a model's size; None where it is not.

    Published models are told by their makers' numbers alone, so much may be missing here that a loaded model's
    :class:`~llm_core.measures.geometry.Geometry` always has.

    Attributes:
        family: ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``.
        parameters: Numbers it learned, tied ones once.
        active_parameters: Those that one token uses, fewer only in a mixture of experts.
        matrix_parameters: Those in the matrices that one token is multiplied with: without tables of tokens and
            positions, output head, biases and normalisations (*N* in Kaplan et al. 2020, table 1), and of a mixture
            only the experts that a token is sent to.
        context: The most tokens it takes.
        vocabulary: Tokens it knows.
        attention: The shape of its attention, by stack; empty if unknown.
        d_model: Width of the residual stream.
    """

    family: Family | None = None
    parameters: int | None = None
    active_parameters: int | None = None
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
    """Bytes of the keys and values that a decoder keeps while it writes.

    Heads that share keys and values count once, latent attention keeps what it is computed from, and a layer with a
    window keeps no more tokens than the window is long.

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
    numbers = size.attention["decoder"].cached_numbers(tokens)
    if "cross" in size.attention:
        numbers += size.attention["cross"].cached_numbers(tokens if source_tokens is None else source_tokens)
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
    """Additions and multiplications of a forward pass for each token, the mean over a text of ``tokens`` tokens.

    After Kaplan et al. 2020, section 2.1 and table 1: a multiplication and an addition for each of the N numbers in
    the matrices, and as much again for each number of a key and of a value that a query meets. A decoder's token
    meets those up to itself, half the text on average, so that this is their ``2 N + 2 n_layer n_ctx d_attn``; an
    encoder's meets all of them, which is twice as many. A token of an encoder-decoder passes one of its halves
    (Raffel et al. 2020, section 3.2.2), here half of all tokens each.

    Returns:
        Operations, rounded to a whole number; None if the shape of the model is unknown.

    Raises:
        SelectionError: A count below 0.
    """
    _check(tokens, 1)
    if size.matrix_parameters is None or not size.attention:
        return None
    halves = 2 if size.family == "encoder-decoder" else 1
    met = sum(shape.met_numbers(tokens, stack) for stack, shape in size.attention.items())
    return round((2 * size.matrix_parameters + 2 * met / max(tokens, 1)) / halves)


def _bytes(numbers: int, bits: int) -> int:
    _check(numbers, bits)
    return -(-numbers * bits // 8)


def _check(count: int, bits: int) -> None:
    if count < 0 or bits < 1:
        raise SelectionError(f"Expected a count of 0 or more and at least 1 bit a number, got {count} and {bits}.")
