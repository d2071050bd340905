"""A model's measures: layers, heads, widths, positions, vocabulary; read off a trace and the model itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from llm_core.recording.records import AttentionRecord
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

Positions: TypeAlias = Literal["learned", "fixed", "rotary", "relative", "unknown"]


@dataclass(frozen=True)
class Geometry:
    """How large the parts of a model are.

    Attributes:
        architecture: The library's name for this kind of model, for example ``"bert"``.
        layers: Layers that have attention, by stack.
        heads: Query heads a layer, by stack; the most of any layer.
        key_value_heads: Heads a layer that own keys and values, by stack.
        d_model: Width of the residual stream.
        d_head: Width of one head's queries and keys; None if the model does not tell.
        d_feed_forward: Inner width of the feed-forward network; None if the configuration does not tell.
        vocabulary: How many tokens it knows.
        positions: How it tells places apart: a ``"learned"`` table, a ``"fixed"`` one of sines, ``"rotary"``
            angles, a bias ``"relative"`` to the distance, or ``"unknown"``.
        token_limit: The most tokens it takes; None if it has no limit.
        has_head: True if it gives scores for tokens.
        tied: True if the output head is the table of tokens.
    """

    architecture: str
    layers: Mapping[Stack, int]
    heads: Mapping[Stack, int]
    key_value_heads: Mapping[Stack, int]
    d_model: int
    d_head: int | None
    d_feed_forward: int | None
    vocabulary: int
    positions: Positions
    token_limit: int | None
    has_head: bool
    tied: bool

    @property
    def depth(self) -> int:
        """Layers that the text passes, the decoder's on top of the encoder's."""
        return sum(count for stack, count in self.layers.items() if stack != "cross")


def geometry(model: Any, trace: Trace) -> Geometry:
    """Measure a model.

    Args:
        model: From :func:`llm_core.load_model`.
        trace: What it did with any text.
    """
    config = model.model.config.get_text_config()
    first = trace.stacks[0]
    record = trace.record(first, trace.layers(first)[0])
    return Geometry(
        architecture=str(model.model.config.model_type),
        layers={stack: len(trace.layers(stack)) for stack in trace.stacks},
        heads=_most(trace, trace.heads),
        key_value_heads=_most(trace, trace.key_value_heads),
        d_model=next((states[0].shape[-1] for states in trace.states.values() if states), config.hidden_size),
        d_head=record.query.shape[-1] if isinstance(record, AttentionRecord) else None,
        d_feed_forward=_feed_forward_width(config),
        vocabulary=model.model.get_input_embeddings().weight.shape[0],
        positions=_positions(model.model, config, record),
        token_limit=model.token_limit,
        has_head=trace.logits is not None,
        tied=_is_tied(model.model),
    )


def _is_tied(network: Any) -> bool:
    ends = (network.get_input_embeddings(), network.get_output_embeddings())
    entrance, exit_ = (getattr(end, "weight", None) for end in ends)
    return entrance is not None and exit_ is not None and entrance.data_ptr() == exit_.data_ptr()


def _most(trace: Trace, count: Any) -> dict[Stack, int]:
    return {stack: max(count(stack, layer) for layer in trace.layers(stack)) for stack in trace.stacks}


def _feed_forward_width(config: Any) -> int | None:
    for name in ("intermediate_size", "encoder_ffn_dim", "ffn_dim", "d_ff", "hidden_dim", "d_inner", "dff"):
        width = getattr(config, name, None)
        if isinstance(width, int):
            return width
    # GPT-2 and its kin leave the width out where it is four times the model's.
    return 4 * config.hidden_size if hasattr(config, "n_inner") and hasattr(config, "hidden_size") else None


def _positions(network: Any, config: Any, record: Any) -> Positions:
    modules = {
        name.rpartition(".")[2].lower(): type(module).__name__.lower() for name, module in network.named_modules()
    }
    if any("relative" in name or name == "rel_embeddings" for name in modules) or getattr(config, "alibi", False):
        return "relative"
    told = any(name.startswith(("rope_", "rotary")) and value is not None for name, value in vars(config).items())
    if told or any("rotary" in kind for kind in modules.values()):
        return "rotary"
    places = {name: kind for name, kind in modules.items() if "position" in name or name in {"wpe", "pos_encoding"}}
    places = {name: kind for name, kind in places.items() if "embedding" in kind}
    if any("sinusoid" in kind for kind in places.values()):
        return "fixed"
    if places:
        return "learned"
    return "relative" if getattr(record, "bias", None) is not None else "unknown"
