"""How much a key really contributes to a query, beyond the weight that attention gives it.

A large weight on a small value moves little (Kobayashi et al. 2020, Attention is not only a weight), and what
sits at a position of a later layer is a mixture of many tokens (Abnar and Zuidema 2020, Quantifying attention
flow in Transformers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

from llm_core.errors import SelectionError
from llm_core.heads.attention_blocks import attention_blocks
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.recording.records import AttentionRecord, check_heads
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Attention, QueryPositions, Stack

LONGEST_ROLLOUT = 2048
"""A rollout multiplies whole matrices, so that its time grows with the cube of the tokens."""


@dataclass(frozen=True, eq=False)
class OutputProjection:
    """What an attention layer's heads are multiplied with before they are added up.

    Attributes:
        weight: W_O, one part for each head, shape (head d_value d_model).
        bias: b_O, added once and not for each head, shape (d_model,), or None.
        largest_difference: Largest absolute difference between the sum of all heads' parts and what the model's
            own layer gave out for the same input.
    """

    weight: Float32[np.ndarray, "head d_value d_model"]
    bias: Float32[np.ndarray, " d_model"] | None
    largest_difference: float

    def __post_init__(self) -> None:
        for array in (self.weight, self.bias):
            if array is not None:
                array.setflags(write=False)


@dataclass(frozen=True, eq=False)
class ContributionNorms:
    """The length of what each key adds to each query.

    Attributes:
        norms: Shape (head query key), 0 or more, in the units of the residual stream.
        projected: True if it is the length after the output projection; False if that could not be found and
            it is the length of the weighted value itself.
    """

    norms: Attention
    projected: bool

    def __post_init__(self) -> None:
        self.norms.setflags(write=False)


def contribution_norms(
    trace: Trace,
    stack: Stack,
    layer: int,
    projection: OutputProjection | None,
    *,
    heads: Sequence[int] | None = None,
    queries: QueryPositions | None = None,
) -> ContributionNorms:
    """The norm of each value, weighted by attention and projected: ``‖α f(x)‖`` with ``f(x) = (x W_V + b_V) W_O``.

    Kobayashi et al. 2020, equation 4. What the model may do to the sum afterwards (a normalisation, a gate) is
    not part of it. A head that was switched off passes nothing on, so its norms are zero.

    Args:
        trace: What a model did with a text.
        stack: One of ``trace.stacks``.
        layer: One of ``trace.layers(stack)``.
        projection: The layer's own, from :func:`llm_core.output_projections`, or None if it could not be found.
        heads: From 0, in the order wanted; None for all.
        queries: Positions from 0, in the order wanted; None for all, which takes query x key numbers for each head.

    Raises:
        SelectionError: There is no such stack, layer, head or query, or the model's values were not recorded.
    """
    record = trace.record(stack, layer)
    if not isinstance(record, AttentionRecord):
        raise SelectionError(
            f"The values of {trace.model_name} cannot be recorded, so their norms cannot be shown. "
            "Choose another model, or look at the weights."
        )
    chosen = check_heads(heads, record.heads)
    weights = trace.attention(stack, layer, chosen, queries)
    off = trace.edits.ablate_heads.get((stack, layer), ())
    for place, head in enumerate(chosen):
        if head in off:
            weights[place] = 0
            continue
        value = record.value[head * record.key_value_heads // record.heads]
        weights[place] *= _norms(value, None if projection is None else projection.weight[head])
    return ContributionNorms(weights, projection is not None)


def carried(
    trace: Trace,
    stack: Stack,
    layer: int,
    projections: Mapping[tuple[Stack, int], OutputProjection],
    heads: Sequence[int],
    query: int,
) -> tuple[Float64[np.ndarray, " key"], bool]:
    """What each key adds to one query, as a share of what all keys add: the mean of :func:`contribution_norms`.

    Args:
        trace: What a model did with a text.
        stack: One of ``trace.stacks``.
        layer: One of ``trace.layers(stack)``.
        projections: From :func:`llm_core.output_projections`.
        heads: From 0, one or more.
        query: Position of the token that looks.

    Returns:
        The shares, shape (key,), and whether they are those after the output projection.

    Raises:
        SelectionError: There is no such stack, layer, head or query, or the model's values were not recorded.
    """
    found = contribution_norms(trace, stack, layer, projections.get((stack, layer)), heads=heads, queries=[query])
    total = found.norms[:, 0].mean(axis=0, dtype=np.float64)
    return total / max(float(total.sum()), 1e-12), found.projected


def _norms(value: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Norms of the rows of value (key d_value) times weight (d_value d_model), shape (key,)."""
    wide = value.astype(np.float64)
    if weight is None:
        return np.linalg.norm(wide, axis=1)
    # ‖v W‖² is v (W Wᵀ) vᵀ, which never makes the (key d_model) product.
    square = weight.astype(np.float64) @ weight.astype(np.float64).T
    return np.sqrt(np.maximum(np.einsum("kd,kd->k", wide @ square, wide), 0))


def attention_rollout(
    trace: Trace, stack: Stack, layer: int | None = None, *, progress: ProgressCallback = ignore_progress
) -> Float32[np.ndarray, "query key"]:
    """How much of each token of the text is mixed into each position after a layer, going by attention alone.

    Abnar and Zuidema 2020, section 3: in each layer the heads are averaged, half of a position is taken to stay
    (the residual connection), ``0.5 A + 0.5 I`` with rows made to sum to 1, and the layers are multiplied.
    Attention is followed, not values or feed-forward networks; layers without attention are passed over, and heads
    that were switched off count as looking at nothing.

    In the decoder of an encoder-decoder a position holds a mixture of target and source tokens. Each layer first
    mixes positions by self-attention as above, then keeps half of each and takes the other half from the source
    by cross-attention times the whole encoder's rollout. ``"cross"`` is the source's part of that mixture:
    rows sum to less than 1, and the rest belongs to the target's own tokens. ``"decoder"`` follows self-attention
    only.

    Args:
        trace: What a model did with a text.
        stack: One of ``trace.stacks``.
        layer: The last layer to follow; None for the last of all.
        progress: Told after each layer. What it raises stops the work.

    Returns:
        Shape (query key), from 0 to 1; rows sum to 1, for cross-attention to less.

    Raises:
        SelectionError: There is no such stack or layer, or the text has more than :data:`LONGEST_ROLLOUT` tokens.
    """
    last = trace.layers(stack)[-1] if layer is None else layer
    trace.record(stack, last)
    longest = max(len(trace.tokens), len(trace.target_tokens))
    if longest > LONGEST_ROLLOUT:
        raise SelectionError(
            f"Expected {LONGEST_ROLLOUT:,} tokens at most for a rollout, which multiplies whole matrices, got "
            f"{longest:,}. Shorten the text, or look at the weights."
        )
    if stack == "cross":
        return _cross_rollout(trace, last, progress)
    return _self_rollout(trace, stack, last, progress)


def _self_rollout(trace: Trace, stack: Stack, last: int, progress: ProgressCallback) -> np.ndarray:
    layers = [layer for layer in trace.layers(stack) if layer <= last]
    mixed = np.eye(len(trace.query_tokens(stack)), dtype=np.float32)
    for place, layer in enumerate(layers):
        mixed = _with_residual(_mean_attention(trace, stack, layer)) @ mixed
        progress(Progress((place + 1) / len(layers), f"Rolling out layer {place + 1} of {len(layers)}"))
    return mixed


def _cross_rollout(trace: Trace, last: int, progress: ProgressCallback) -> np.ndarray:
    source = _self_rollout(trace, "encoder", trace.layers("encoder")[-1], ignore_progress)
    decoder, cross = set(trace.layers("decoder")), set(trace.layers("cross"))
    layers = [layer for layer in sorted(decoder | cross) if layer <= last]
    mixed = np.zeros((len(trace.target_tokens), len(trace.tokens)), np.float32)
    for place, layer in enumerate(layers):
        if layer in decoder:
            mixed = _with_residual(_mean_attention(trace, "decoder", layer)) @ mixed
        if layer in cross:
            looked_at = _mean_attention(trace, "cross", layer)
            total = looked_at.sum(axis=1, keepdims=True)
            looked_at /= np.maximum(total, np.finfo(np.float32).tiny)
            mixed = np.where(total > 0, 0.5 * mixed + 0.5 * (looked_at @ source), mixed)
        progress(Progress((place + 1) / len(layers), f"Rolling out layer {place + 1} of {len(layers)}"))
    return mixed


def _with_residual(attention: np.ndarray) -> np.ndarray:
    mixed = 0.5 * attention + 0.5 * np.eye(len(attention), dtype=np.float32)
    return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))


def _mean_attention(trace: Trace, stack: Stack, layer: int) -> np.ndarray:
    """The mean of a layer's heads, (query key); zero for queries that may look at nothing."""
    mask = trace.mask(stack, layer)
    mean = np.empty((mask.queries, mask.keys), np.float32)
    off = list(trace.edits.ablate_heads.get((stack, layer), ()))
    for block in attention_blocks(trace, stack, layer):
        mean[block.queries] = block.weights.mean(axis=0)
        if off:
            mean[block.queries] -= block.weights[off].sum(axis=0) / len(block.weights)
        mean[block.queries[~np.any(block.visible, axis=1)]] = 0
    return mean
