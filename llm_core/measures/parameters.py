"""What a model's parameters are spent on, counted on the model itself, for any architecture."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, cast

Block: TypeAlias = Literal[
    "embedding", "attention", "cross_attention", "feed_forward", "normalisation", "head", "other"
]


@dataclass(frozen=True)
class ParameterBlocks:
    """How many numbers a model learned, by what they do; a tied weight is counted once, as an embedding.

    Attributes:
        embedding: Token, position and segment tables.
        attention: Projections of self-attention, with learned relative positions.
        cross_attention: Projections of the decoder's attention to the encoder.
        feed_forward: Feed-forward networks, experts included.
        normalisation: Scales and shifts of every normalisation within the body.
        head: What turns the last vectors into scores, as far as it is not the token table itself.
        other: What is none of these, for example state-space layers.
    """

    embedding: int
    attention: int
    cross_attention: int
    feed_forward: int
    normalisation: int
    head: int
    other: int

    @property
    def total(self) -> int:
        """Every parameter, tied ones once."""
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class BlockCount:
    """The parameters of one block.

    Attributes:
        stack: ``"encoder"`` or ``"decoder"``; None if it belongs to neither, as the head does.
        layer: From 0, or None if it lies outside the layers. Layers that share their weights count as layer 0.
        block: What they do.
        parameters: How many, tied ones once.
    """

    stack: Literal["encoder", "decoder"] | None
    layer: int | None
    block: Block
    parameters: int


def parameter_blocks(model: Any) -> ParameterBlocks:
    """Count the parameters of a library model by what they do.

    Args:
        model: A ``transformers`` model, such as ``LoadedModel.model``.
    """
    counted: dict[str, int] = {field.name: 0 for field in fields(ParameterBlocks)}
    for one in block_counts(model):
        counted[one.block] += one.parameters
    return ParameterBlocks(**counted)


def block_counts(model: Any) -> tuple[BlockCount, ...]:
    """Count the parameters of a library model by stack, layer and what they do; together they are all there are.

    Args:
        model: A ``transformers`` model, such as ``LoadedModel.model``.
    """
    classes = {name: type(module).__name__ for name, module in model.named_modules()}
    names: defaultdict[int, list[str]] = defaultdict(list)
    sizes: dict[int, int] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names[id(parameter)].append(name)
        sizes[id(parameter)] = parameter.numel()
    body = _body_of(model)
    # A head that nobody has named is still the module that gives the scores.
    scores = getattr(model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None, "weight", None)
    roles: dict[int, tuple[str, Block]] = {}
    for key, aliases in names.items():
        told = [(alias, _block_of(alias, classes, body)) for alias in aliases]
        embedding = next((pair for pair in told if pair[1] == "embedding"), None)
        is_head = scores is not None and key == id(scores) and embedding is None
        roles[key] = embedding or ((aliases[0], "head") if is_head else told[0])
    lists = _lists_of_layers(model, {name for name, block in roles.values() if block in {"attention", "feed_forward"}})
    counted: defaultdict[tuple[Any, int | None, Block], int] = defaultdict(int)
    for key, (name, block) in roles.items():
        counted[*_place_of(name, block, lists, model.config.is_encoder_decoder), block] += sizes[key]
    return tuple(BlockCount(stack, layer, block, count) for (stack, layer, block), count in counted.items())


def _lists_of_layers(model: Any, inner: set[str]) -> list[str]:
    """Names of the outermost lists of modules that hold layers, or parts of layers beside one that does."""
    lists = {name: len(module) for name, module in model.named_modules() if type(module).__name__ == "ModuleList"}
    outer = [name for name in lists if not any(name.startswith(f"{other}.") for other in lists)]
    holding = [name for name in outer if any(part.startswith(f"{name}.") for part in inner)]
    sizes = {(name.rpartition(".")[0], lists[name]) for name in holding}
    return [name for name in outer if (name.rpartition(".")[0], lists[name]) in sizes]


def _place_of(
    name: str, block: Block, lists: list[str], has_two: bool
) -> tuple[Literal["encoder", "decoder"] | None, int | None]:
    if block in {"embedding", "head"}:
        return None, None
    within = next((path for path in lists if name.startswith(f"{path}.")), None)
    layer = None if within is None else int(name[len(within) + 1 :].split(".")[0])
    # The only stack of other models is called by the family, which a library model does not tell.
    stack = next((part for part in name.split(".") if part in {"encoder", "decoder"}), None) if has_two else None
    return cast(Literal["encoder", "decoder"] | None, stack), layer


_NORM = re.compile(r"norm|^ln(_|\d|$)", re.IGNORECASE)
_ATTENTION = re.compile(r"attn|attention", re.IGNORECASE)
_CROSS = re.compile(r"cross|encoder_attn|EncDecAttention", re.IGNORECASE)
_HEAD = re.compile(
    r"^(\w*lm_)?head$|^cls$|predictions$|pooler$|^lm_loss$|^pred_layer$|^vocab_|logits|^embed_out$|^output_projection$",
    re.IGNORECASE,
)
_EMBEDDING = re.compile(r"emb|^wte$|^wpe$|^shared$", re.IGNORECASE)
_FEED_FORWARD = re.compile(
    r"mlp|ffn|feed_?forward|^ff(_|$)|^fc(\d|_|$)|^intermediate$|^output$|^lin\d$|dense.*dense|expert|moe|router",
    re.IGNORECASE,
)


def _body_of(model: Any) -> str | None:
    """The name under which the model keeps its layers, if what lies beside it is a head."""
    prefix = getattr(model, "base_model_prefix", "")
    return prefix if prefix and hasattr(model, prefix) and getattr(model, prefix) is not model else None


def _block_of(name: str, classes: dict[str, str], body: str | None) -> Block:
    segments = name.split(".")
    owners = list(_classes_of(segments[:-1], classes))
    if (body is not None and segments[0] != body) or _any(_HEAD, segments[:-1]):
        return "head"
    if _any(_NORM, [segments[-1], *segments[-2:-1], *owners[-1:]]):
        return "normalisation"
    if _any(_ATTENTION, segments) or any(owner.endswith("Attention") for owner in owners):
        return "cross_attention" if _any(_CROSS, [*segments, *owners]) else "attention"
    if _any(_EMBEDDING, [*segments, *owners[-1:]]):
        return "embedding"
    return "feed_forward" if _any(_FEED_FORWARD, [*segments, *owners[1:]]) else "other"


def _classes_of(segments: list[str], classes: dict[str, str]) -> Iterable[str]:
    for end in range(1, len(segments) + 1):
        yield classes.get(".".join(segments[:end]), "")


def _any(pattern: re.Pattern[str], words: Iterable[str]) -> bool:
    return any(pattern.search(word) for word in words)
