"""Traces with attention made by hand, for numbers that are known beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from llm_core.recording.masks import MaskRecord, causal_mask, full_mask
from llm_core.recording.records import AttentionRecord, StoredAttention
from llm_core.recording.trace_record import Trace
from llm_core.text.tokens import Token


def word_tokens(text: str) -> tuple[Token, ...]:
    """One token a word; the same word has the same id, and words in brackets are special."""
    words = text.split()
    return tuple(
        Token(sorted(set(words)).index(word), word, word, is_special=word.startswith("["), is_padding=word == "[PAD]")
        for word in words
    )


def made_trace(
    layers: Mapping[str, Sequence[object]], tokens: str, target: str = "", masks: Mapping[str, MaskRecord] | None = None
) -> Trace:
    """A trace of given attention (head query key), or of given records, by stack; decoders are causal."""
    family = "encoder-decoder" if "cross" in layers else next(iter(layers))
    keys = word_tokens(tokens)
    recorded = {}
    for stack, given in layers.items():
        recorded[stack] = {}
        for layer, weights in enumerate(given):
            if isinstance(weights, AttentionRecord):
                recorded[stack][layer] = weights
                continue
            array = np.array(weights, np.float32)
            shape = array.shape[1:]
            mask = (masks or {}).get(stack) or (causal_mask(*shape) if stack == "decoder" else full_mask(*shape))
            recorded[stack][layer] = StoredAttention(array, mask)
    return Trace(
        model_name="made",
        family=family,
        text=tokens,
        tokens=keys,
        target_tokens=word_tokens(target),
        target_generated=False,
        layers_recorded=recorded,
        states={},
        logits=None,
        method="recorded",
        largest_difference=0.0,
    )
