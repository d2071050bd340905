"""Attention with a fixed bias towards near tokens (ALiBi; Press et al. 2022, Train Short, Test Long)."""

from __future__ import annotations

from typing import Any


def has_alibi(config: Any) -> bool:
    """True if a model's configuration says that its attention is drawn to near tokens by a bias that is not learned."""
    if config.model_type == "mpt":
        return bool(config.attn_config.alibi)
    return config.model_type == "bloom" or bool(getattr(config, "alibi", False))
