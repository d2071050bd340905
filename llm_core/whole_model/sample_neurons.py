"""Strongest neurons as arrays and a few words, to be kept in a file, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from llm_core.feed_forward.neuron_record import FeedForwardNeurons, Neuron, PushedToken
from llm_core.text.tokens import Token

_NUMBERS = ("activation", "before", "gated", "adds", "share", "mean_logit")
_WORDS = ("count", "share", "adds", "function", "is_gated", "largest_difference", "unread", "reading_difference")


def put_neurons(
    networks: Sequence[FeedForwardNeurons], tokens: dict[int, Token]
) -> tuple[list[Any], dict[str, np.ndarray]]:
    """What each network tells, and the neurons' numbers.

    Args:
        networks: Each with as many neurons, each neuron with as many tokens pushed either way, or none.
        tokens: By id; gains those that are pushed.

    Returns:
        One list of words a network, and arrays (network neuron) and (network neuron way=2 token).
    """
    words = [[one.stack, one.layer, one.position, *(getattr(one, name) for name in _WORDS)] for one in networks]
    rows = [one.neurons for one in networks]
    arrays = {"index": np.array([[neuron.index for neuron in row] for row in rows], np.uint32)}
    for name in _NUMBERS:
        numbers = [[getattr(neuron, name) for neuron in row] for row in rows]
        arrays[name] = np.array([[np.nan if x is None else x for x in row] for row in numbers], np.float32)
    most = max((len(neuron.promotes or ()) for row in rows for neuron in row), default=0)
    ids = np.zeros((*arrays["index"].shape, 2, most), np.uint32)
    logits = np.full(ids.shape, np.nan, np.float32)
    for network, row in enumerate(rows):
        for place, neuron in enumerate(row):
            for way, pushed in enumerate((neuron.promotes or (), neuron.suppresses or ())):
                for number, one in enumerate(pushed):
                    tokens.setdefault(one.token.id, one.token)
                    ids[network, place, way, number] = one.token.id
                    logits[network, place, way, number] = one.logit
    small = ids.astype(np.uint16) if ids.max(initial=0) < 2**16 else ids
    return words, {**arrays, "pushed": small, "logits": logits}


def get_neurons(
    words: Sequence[Any],
    arrays: Mapping[str, np.ndarray],
    tokens: Mapping[int, Token],
    model_name: str,
    texts: Mapping[str, Sequence[Token]],
) -> list[FeedForwardNeurons]:
    """The networks that :func:`put_neurons` took apart.

    Args:
        words: What each network tells.
        arrays: The neurons' numbers.
        tokens: By id.
        model_name: Whose neurons.
        texts: By stack, the tokens that were read.
    """
    made = []
    for network, (stack, layer, position, *told) in enumerate(words):
        neurons = tuple(_neuron(arrays, tokens, network, place) for place in range(arrays["index"].shape[1]))
        made.append(
            FeedForwardNeurons(
                model_name=model_name,
                stack=stack,
                layer=layer,
                position=position,
                token=texts[stack][position],
                neurons=neurons,
                **dict(zip(_WORDS, told, strict=True)),
            )
        )
    return made


def _neuron(arrays: Mapping[str, np.ndarray], tokens: Mapping[int, Token], network: int, place: int) -> Neuron:
    numbers = {name: float(arrays[name][network, place]) for name in _NUMBERS}
    gated, mean = (None if np.isnan(numbers[name]) else numbers[name] for name in ("gated", "mean_logit"))
    ways = []
    for way in range(2):
        pairs = zip(arrays["pushed"][network, place, way], arrays["logits"][network, place, way], strict=True)
        ways.append(tuple(PushedToken(tokens[int(token)], float(logit)) for token, logit in pairs if logit == logit))
    return Neuron(
        index=int(arrays["index"][network, place]),
        activation=numbers["activation"],
        before=numbers["before"],
        gated=gated,
        adds=numbers["adds"],
        share=numbers["share"],
        promotes=ways[0] or None,
        suppresses=ways[1] or None,
        mean_logit=mean,
    )
