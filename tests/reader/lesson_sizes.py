"""What a model's parameters are spent on and how it tells places apart, by the library's own names; for lessons."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

PARTS = {
    "embedding": r"(word_embeddings|wte|embed_tokens|shared|position_embeddings|token_type_embeddings|wpe|"
    r"tok_embeddings|embed_in|embed_positions)\.weight$",
    "attention": r"(attention|attn|SelfAttention|EncDecAttention|self_attention)\.(?!.*(norm|Norm))",
    "feed_forward": r"(intermediate\.dense|output\.dense|mlp\.|DenseReluDense|fc1|fc2)",
}
"""Names of parameters, tried in this order."""


def sizes(model: Any) -> tuple[dict[str, int], int]:
    """Parameters by part, and all of them; a weight that serves twice counts once, as what it is first."""
    told = dict.fromkeys(PARTS, 0)
    body = model.base_model_prefix
    for name, parameter in model.named_parameters():
        part = next((part for part, names in PARTS.items() if re.search(names, name)), None)
        in_head = hasattr(model, body) and getattr(model, body) is not model and not name.startswith(f"{body}.")
        if part is not None and (part == "embedding" or not in_head):
            told[part] += parameter.numel()
    return told, sum(parameter.numel() for parameter in model.parameters())


def nearness(model: Any, distances: tuple[int, ...], head: int) -> list[float] | None:
    """How much position alone speaks for tokens at some distances: larger is nearer; None where this is not read."""
    config = model.config
    if config.model_type in {"bert", "gpt2"}:
        table = next(
            one for name, one in model.named_parameters() if re.search(r"(position_embeddings|wpe)\.weight", name)
        )
        rows = table.detach().numpy()[:64].astype(np.float64)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return [float(np.mean([rows[i] @ rows[i + d] for i in range(len(rows) - d)])) for d in distances]
    if config.model_type in {"llama", "qwen3"}:
        width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        base = config.rope_parameters["rope_theta"]
        angles = base ** -(np.arange(0, width, 2) / width)
        return [float(np.cos(angles * d).mean()) for d in distances]
    if config.model_type == "t5":
        bias = model.encoder.block[0].layer[0].SelfAttention.compute_bias(65, 65)[0, head].detach().numpy()
        return [float(max(bias[0, d], bias[d, 0])) for d in distances]
    return None
