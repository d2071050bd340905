"""The strongest feed-forward neurons at a position, and which tokens they push up and down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.feed_forward.neuron_record import FeedForwardNeurons, Neuron, ObservedFeedForward, PushedToken
from llm_core.lens.layer_skip import Readout, find_readout
from llm_core.models.loading import LoadedModel

AT_ONCE = 64
"""Vectors whose logits are held at one time; each has a number for every token of the vocabulary."""


def strongest_neurons(
    model: LoadedModel,
    observed: ObservedFeedForward,
    positions: Sequence[int] | None = None,
    *,
    count: int = 8,
    tokens: int = 6,
) -> tuple[FeedForwardNeurons, ...]:
    """The neurons that add most at each position, with the tokens they promote and suppress.

    Args:
        model: The model that was observed.
        observed: From :func:`llm_core.observe_feed_forward`.
        positions: From 0, in the order wanted; None for all.
        count: How many neurons to tell, at most.
        tokens: How many tokens to tell of those promoted, and of those suppressed; 0 for none.

    Raises:
        SelectionError: A position does not exist, a number is none, or another model was observed.
    """
    if model.spec.name != observed.model_name:
        raise SelectionError(f"Expected neurons of {model.spec.name}, got those of {observed.model_name}.")
    for name, number, least in (("neurons", count, 1), ("tokens", tokens, 0)):
        if not isinstance(number, int | np.integer) or number < least:
            raise SelectionError(f"Expected a number of {name}, {least} or more, got {number!r}.")
    chosen = range(len(observed.tokens)) if positions is None else positions
    strongest = [np.argsort(-observed.adds(position), kind="stable")[:count] for position in chosen]
    readout, unread = _readout(model, observed) if tokens else (None, "No tokens were asked for.")
    pushes = _pushes(model, readout, observed, list(zip(chosen, strongest, strict=True)), tokens)
    return tuple(
        _record(observed, int(position), neurons, pushed, readout, unread)
        for position, neurons, pushed in zip(chosen, strongest, pushes, strict=True)
    )


@dataclass(frozen=True)
class _Pushes:
    """What one neuron does to the logits.

    Attributes:
        most: Tokens that gain most.
        least: Tokens that gain least.
        mean: Change of the mean logit.
    """

    most: tuple[PushedToken, ...]
    least: tuple[PushedToken, ...]
    mean: float


def _readout(model: LoadedModel, observed: ObservedFeedForward) -> tuple[Readout | None, str | None]:
    if model.family == "encoder-decoder" and observed.stack == "encoder":
        return (
            None,
            "The encoder's vectors go to the decoder and not to words, so no neuron here pushes a word directly.",
        )
    try:
        return find_readout(model), None
    except UnsupportedModelError as error:
        return None, str(error)


def _pushes(
    model: LoadedModel,
    readout: Readout | None,
    observed: ObservedFeedForward,
    places: Sequence[tuple[int, np.ndarray]],
    tokens: int,
) -> list[list[_Pushes | None]]:
    """For each position and neuron, the tokens promoted and suppressed."""
    if readout is None:
        return [[None] * len(neurons) for _, neurons in places]
    pushes: list[list[_Pushes | None]] = []
    for position, neurons in places:
        output = observed.output[position].astype(np.float64)
        without = output - observed.contributions(position, neurons)
        whole = _read(readout.read, observed.landing.stream(position, output[None]))[0]
        told: list[_Pushes | None] = []
        for start in range(0, len(neurons), AT_ONCE):
            less = _read(readout.read, observed.landing.stream(position, without[start : start + AT_ONCE]))
            told += [_ends(model, row, tokens) for row in whole - less]
        pushes.append(told)
    return pushes


def _read(read: Callable[[torch.Tensor], torch.Tensor], states: np.ndarray) -> torch.Tensor:
    return read(torch.from_numpy(states.astype(np.float32))).double()


def _ends(model: LoadedModel, change: torch.Tensor, tokens: int) -> _Pushes:
    count = min(tokens, len(change))
    most, least = change.topk(count), (-change).topk(count)
    return _Pushes(
        _tokens(model, most.indices.tolist(), most.values.tolist()),
        _tokens(model, least.indices.tolist(), (-least.values).tolist()),
        float(change.mean()),
    )


def _tokens(model: LoadedModel, ids: Sequence[int], logits: Sequence[float]) -> tuple[PushedToken, ...]:
    # Each by itself, since the list is no text.
    return tuple(
        PushedToken(model.reader.sequence([number])[0], logit) for number, logit in zip(ids, logits, strict=True)
    )


def _record(
    observed: ObservedFeedForward,
    position: int,
    neurons: np.ndarray,
    pushes: Sequence[_Pushes | None],
    readout: Readout | None,
    unread: str | None,
) -> FeedForwardNeurons:
    output = observed.output[position].astype(np.float64)
    square = max(float(output @ output), 1e-30)
    shares = observed.contributions(position, neurons) @ output / square
    adds = observed.adds(position)
    gated = observed.gated
    return FeedForwardNeurons(
        model_name=observed.model_name,
        stack=observed.stack,
        layer=observed.layer,
        position=position,
        token=observed.tokens[position],
        neurons=tuple(
            Neuron(
                index=int(index),
                activation=float(observed.activations[position, index]),
                before=float(observed.before[position, index]),
                gated=None if gated is None else float(gated[position, index]),
                adds=float(adds[index]),
                share=float(share),
                promotes=None if pushed is None else pushed.most,
                suppresses=None if pushed is None else pushed.least,
                mean_logit=None if pushed is None else pushed.mean,
            )
            for index, share, pushed in zip(neurons, shares, pushes, strict=True)
        ),
        count=observed.count,
        share=float(shares.sum()),
        adds=float(np.sqrt(output @ output)),
        function=observed.function,
        is_gated=gated is not None,
        largest_difference=observed.largest_difference,
        unread=unread,
        reading_difference=None if readout is None else readout.largest_difference,
    )
