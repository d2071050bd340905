"""How many numbers a Transformer learns, from its dimensions, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from llm_core.scale.sizes import AttentionShape
from llm_core.shapes import Stack

Design: TypeAlias = Literal["bert", "distilbert", "gpt", "llama", "t5"]
DESIGNS: tuple[Design, ...] = get_args(Design)


@dataclass(frozen=True)
class Widths:
    """The sizes that decide how many parameters a model has.

    Attributes:
        d_model: Width of the residual stream.
        d_feed_forward: Inner width of the feed-forward network.
        vocabulary: Rows of the token table.
        positions: Rows of the position table; not read for designs that have none.
        attention: The shape of the attention, by stack.
        tied: The output head is the token table.
        gated: The feed-forward network has a third matrix; always so for ``"llama"``.
        head: ``"pooler"`` or ``"masked"`` for ``"bert"``: what stands on top of the last layer.
        buckets: Rows of T5's table of distances.
    """

    d_model: int
    d_feed_forward: int
    vocabulary: int
    positions: int
    attention: Mapping[Stack, AttentionShape]
    tied: bool = True
    gated: bool = False
    head: Literal["pooler", "masked"] = "pooler"
    buckets: int = 32


def matrix_parameters(design: Design, widths: Widths) -> int:
    """Numbers in the matrices of attention and feed-forward networks (*N* in Kaplan et al. 2020, table 1)."""
    attention = sum(shape.layers * _projections(widths.d_model, shape) for shape in widths.attention.values())
    matrices = 3 if widths.gated or design == "llama" else 2
    return attention + _blocks(widths) * matrices * widths.d_model * widths.d_feed_forward


def parameter_count(design: Design, widths: Widths) -> int:
    """Every parameter of a model of a design, tied ones once.

    BERT: Devlin et al. 2019. GPT: Radford et al. 2019, whose design GPT-3 and Jurassic-1 share. LLaMA: Touvron et al.
    2023. T5: Raffel et al. 2020. DistilBERT: Sanh et al. 2019.
    """
    d_model, vocabulary = widths.d_model, widths.vocabulary
    tables = vocabulary * d_model
    if design in ("bert", "distilbert", "gpt"):
        tables += widths.positions * d_model
    if design == "bert":
        tables += 2 * d_model
    heads = 0 if widths.tied else vocabulary * d_model
    return tables + matrix_parameters(design, widths) + _biases_and_norms(design, widths) + heads + _top(design, widths)


def _biases_and_norms(design: Design, widths: Widths) -> int:
    d_model, blocks = widths.d_model, _blocks(widths)
    if design == "llama":
        return (2 * blocks + 1) * d_model
    if design == "t5":
        # One norm before each attention and each network, one on top of either stack; distances in its first layer.
        norms = sum(shape.layers for shape in widths.attention.values()) + blocks
        own = [shape for stack, shape in widths.attention.items() if stack != "cross"]
        return (norms + len(own)) * d_model + sum(widths.buckets * shape.heads for shape in own)
    attention = sum(
        shape.layers * ((shape.heads + 2 * shape.key_value_heads) * shape.d_head + d_model)
        for shape in widths.attention.values()
    )
    norms = (2 * blocks + 1) * 2 * d_model
    return attention + blocks * (widths.d_feed_forward + d_model) + norms


def _top(design: Design, widths: Widths) -> int:
    d_model = widths.d_model
    dense = d_model * d_model + d_model
    if design == "distilbert" or (design == "bert" and widths.head == "masked"):
        return dense + 2 * d_model + widths.vocabulary
    return dense if design == "bert" else 0


def _projections(d_model: int, shape: AttentionShape) -> int:
    return 2 * d_model * (shape.heads + shape.key_value_heads) * shape.d_head


def _blocks(widths: Widths) -> int:
    return sum(shape.layers for stack, shape in widths.attention.items() if stack != "cross")
