"""What a comparison concludes, a second time: from the library's own attentions and logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def read(library: Any, text: str, target_ids: list[int] | None = None) -> Any:
    """One pass over a text; the decoder of an encoder-decoder reads the ids that are given."""
    inputs = dict(library.tokenizer(text, return_tensors="pt"))
    if target_ids is not None:
        inputs["decoder_input_ids"] = torch.tensor([target_ids])
    with torch.inference_mode():
        return library.model(**inputs, output_attentions=True, use_cache=False)


def matrices(done: Any, stack: str) -> list[np.ndarray]:
    """Layer by layer the attention of a stack, each (head query key)."""
    names = {
        "encoder": ("encoder_attentions", "attentions"),
        "decoder": ("decoder_attentions", "attentions"),
        "cross": ("cross_attentions",),
    }[stack]
    found = next(value for name in names if (value := getattr(done, name, None)) is not None)
    return [layer[0].float().numpy() for layer in found]


def forward(layers: list[np.ndarray]) -> float:
    """The share of attention that goes to later tokens, mean over layers and heads."""
    return float(np.mean([np.triu(head, 1).sum() / len(head) for layer in layers for head in layer]))


def on_first(layers: list[np.ndarray]) -> float:
    """The share that later tokens give the first one, over all tokens, mean over layers and heads."""
    return float(np.mean([head[1:, 0].sum() / len(head) for layer in layers for head in layer]))


def even_on_first(layers: list[np.ndarray]) -> float:
    """The same if each token spread its attention evenly over what some head of its layer looks at."""
    shares = []
    for layer in layers:
        opened = (layer > 0).any(axis=0)
        shares.append(
            sum(1 / max(opened[row].sum(), 1) for row in range(1, len(opened)) if opened[row, 0]) / len(opened)
        )
    return float(np.mean(shares))


def entropy(layers: list[np.ndarray]) -> float:
    """Bits, mean over tokens that see more than one, heads and layers."""
    bits = []
    for layer in layers:
        choice = (layer > 0).any(axis=0).sum(axis=1) > 1
        weights = layer[:, choice].astype(np.float64)
        bits.append(-(weights * np.log2(np.where(weights > 0, weights, 1))).sum(axis=-1).mean())
    return float(np.mean(bits))


def to_words(layers: list[np.ndarray], is_word: list[bool]) -> float:
    """The share of cross-attention that goes to words of the source."""
    return float(np.mean([head[:, is_word].sum() / len(head) for layer in layers for head in layer]))


def masked_word(library: Any, before: str, after: str) -> tuple[int, np.ndarray]:
    """What an encoder puts in a blank: the likeliest token, and the probability of each."""
    ids = library.tokenizer(before + library.tokenizer.mask_token + after, return_tensors="pt")
    place = int((ids.input_ids[0] == library.tokenizer.mask_token_id).nonzero()[0])
    with torch.inference_mode():
        logits = library.model(**ids).logits[0, place]
    chances = torch.softmax(logits.double(), -1).numpy()
    return int(chances.argmax()), chances


def parameters(library: Any) -> int:
    """Every parameter once."""
    return sum(parameter.numel() for parameter in library.model.parameters())


def kept_a_token(library: Any, text: str) -> tuple[int, int]:
    """Bytes that the library's cache grows by with one token more that a decoder reads, and a source that is longer."""
    ids = library.tokenizer(text, return_tensors="pt").input_ids[:, :6]
    start = [[1, 2, 3], [1, 2, 3, 4]]

    def size(source: torch.Tensor, target: list[int]) -> int:
        inputs: dict[str, Any] = {"input_ids": source}
        if library.family == "encoder-decoder":
            inputs["decoder_input_ids"] = torch.tensor([target])
        with torch.inference_mode():
            cache = library.model(**inputs, use_cache=True).past_key_values
        halves = [getattr(cache, name, None) for name in ("self_attention_cache", "cross_attention_cache")]
        layers = [layer for half in halves if half is not None for layer in half.layers] or cache.layers
        return sum(4 * (layer.keys.numel() + layer.values.numel()) for layer in layers)

    if library.family == "decoder":
        return size(ids, []) - size(ids[:, :-1], []), 0
    return size(ids, start[1]) - size(ids, start[0]), size(ids, start[0]) - size(ids[:, :-1], start[0])
