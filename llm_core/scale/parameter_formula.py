"""How many numbers a Transformer learns, from its dimensions, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from llm_core.scale.attention_shape import AttentionShape
from llm_core.shapes import Stack

Design: TypeAlias = Literal["bert", "distilbert", "gpt", "llama", "t5"]
DESIGNS: tuple[Design, ...] = get_args(Design)


@dataclass(frozen=True)
class Experts:
    """Feed-forward networks side by side, of which each token is sent to some.

    Attributes:
        layers: Layers that have them; the others have one network of width ``d_feed_forward``.
        count: How many a layer has to choose from.
        used: How many of them a token is sent to.
        shared: How many more every token passes.
        d_expert: Inner width of one.
    """

    layers: int
    count: int
    used: int
    shared: int
    d_expert: int


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
        gated: The feed-forward network has a third matrix.
        head: ``"pooler"`` or ``"masked"`` for ``"bert"``: what stands on top of the last layer.
        buckets: Rows of T5's table of distances.
        experts: The mixture of experts; None without.
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
    experts: Experts | None = None


def matrix_parameters(widths: Widths, *, active: bool = False) -> int:
    """Numbers in the matrices of attention and feed-forward networks (*N* in Kaplan et al. 2020, table 1).

    Args:
        widths: Which model.
        active: Of a mixture of experts, count only those that one token is sent to.
    """
    attention = sum(shape.layers * _projections(widths.d_model, shape) for shape in widths.attention.values())
    return attention + _feed_forward(widths, active)


def parameter_count(design: Design, widths: Widths, *, active: bool = False) -> int:
    """The parameters of a model of a design, tied ones once.

    BERT: Devlin et al. 2019. DistilBERT: Sanh et al. 2019. GPT: Radford et al. 2019, whose design GPT-3, Jurassic-1 and
    StarCoder share. LLaMA: Touvron et al. 2023. T5: Raffel et al. 2020. Of these every parameter is counted. Later
    models on LLaMA's plan add biases and normalisations inside attention, sinks, or a second pair of normalisations,
    which are not counted: together less than a thousandth.

    Args:
        design: Which design.
        widths: How wide it is.
        active: Of a mixture of experts, count only those that one token is sent to.
    """
    d_model, vocabulary = widths.d_model, widths.vocabulary
    tables = vocabulary * d_model
    if design in ("bert", "distilbert", "gpt"):
        tables += widths.positions * d_model
    if design == "bert":
        tables += 2 * d_model
    heads = 0 if widths.tied else vocabulary * d_model
    matrices = matrix_parameters(widths, active=active)
    return tables + matrices + _biases_and_norms(design, widths) + heads + _top(design, widths)


def _feed_forward(widths: Widths, active: bool) -> int:
    one = (3 if widths.gated else 2) * widths.d_model
    experts = widths.experts
    if experts is None:
        return _blocks(widths) * one * widths.d_feed_forward
    networks = experts.shared + (experts.used if active else experts.count)
    router = widths.d_model * experts.count
    dense = (_blocks(widths) - experts.layers) * one * widths.d_feed_forward
    return dense + experts.layers * (networks * one * experts.d_expert + router)


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
    """Numbers in the matrices that make queries, keys and values, and in the one that mixes the heads."""
    output = shape.heads * shape.value_width * d_model
    latent = shape.latent
    if latent is None:
        return d_model * (shape.heads * shape.d_head + shape.cached_a_token) + output
    queries = shape.heads * shape.d_head
    queries *= d_model if latent.query is None else latent.query
    queries += 0 if latent.query is None else d_model * latent.query
    # The rotary part of the keys comes from the stream; the rest, and the values, from the vector that is kept.
    from_kept = shape.heads * (shape.d_head - latent.rotary + shape.value_width)
    return queries + d_model * (latent.key_value + latent.rotary) + latent.key_value * from_kept + output


def _blocks(widths: Widths) -> int:
    return sum(shape.layers for stack, shape in widths.attention.items() if stack != "cross")
