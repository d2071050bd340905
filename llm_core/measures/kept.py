"""What a model keeps of each token while it writes, read off the cache that the library makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from llm_core.recording.verification import accepted_arguments
from llm_core.shapes import Stack

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


def kept_numbers(model: LoadedModel) -> dict[Stack, int] | None:
    """How many numbers all layers together keep of one token, by running one.

    Args:
        model: Which model; it is not changed.

    Returns:
        By stack, ``"decoder"`` for a token that the decoder read and ``"cross"`` for one of the source; empty for an
        encoder, which keeps nothing; None if the library keeps no keys and values for this model, or not by layer.
    """
    if model.family == "encoder":
        return {}
    one = torch.ones((1, 1), dtype=torch.long)
    inputs: dict[str, Any] = {"input_ids": one, "attention_mask": one, "use_cache": True}
    if model.family == "encoder-decoder":
        inputs["decoder_input_ids"] = one
    try:
        with torch.inference_mode():
            done = model.network()(**accepted_arguments(model.model.forward, inputs))
    except (TypeError, ValueError, RuntimeError, IndexError, KeyError, AttributeError):
        return None
    cache = getattr(done, "past_key_values", None)
    if model.family == "decoder":
        own = _numbers(cache)
        return None if own is None else {"decoder": own}
    own, source = (_numbers(getattr(cache, name, None)) for name in ("self_attention_cache", "cross_attention_cache"))
    return None if own is None or source is None else {"decoder": own, "cross": source}


def _numbers(cache: Any) -> int | None:
    layers = [
        (layer.keys, layer.values)
        for layer in getattr(cache, "layers", ())
        if isinstance(getattr(layer, "keys", None), torch.Tensor)
    ]
    return sum(keys.numel() + values.numel() for keys, values in layers) if layers else None
