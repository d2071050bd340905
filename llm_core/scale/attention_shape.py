"""How much attention a stack has, and what that keeps and computes."""

from __future__ import annotations

from dataclasses import dataclass

from llm_core.shapes import Stack


@dataclass(frozen=True)
class Latent:
    """Multi-head latent attention: keys and values are computed from one short vector a token (DeepSeek-V2, 2024).

    Attributes:
        key_value: Width of the vector that is kept instead of keys and values (``kv_lora_rank``).
        rotary: Width of the part of the keys that carries the position, kept beside it and shared by all heads.
        query: Width of the vector that queries are computed from; None if they come from the residual stream.
    """

    key_value: int
    rotary: int
    query: int | None = None


@dataclass(frozen=True)
class AttentionShape:
    """How much attention a stack has.

    Attributes:
        layers: Layers with attention.
        heads: Query heads a layer.
        key_value_heads: Heads a layer that own keys and values: all of them, some (grouped), or one (multi-query).
        d_head: Width of one head's queries and keys.
        d_value: Width of one head's values; None if it is that of the keys.
        latent: What is kept instead of keys and values; None where they are kept themselves.
        window: How many tokens, itself included, a token looks at in layers with a window; None without such layers.
        windowed_layers: How many layers have a window.
        kept: Numbers that all layers together keep of one token, where that was measured and is not what follows from
            the heads.
    """

    layers: int
    heads: int
    key_value_heads: int
    d_head: int
    d_value: int | None = None
    latent: Latent | None = None
    window: int | None = None
    windowed_layers: int = 0
    kept: int | None = None

    @property
    def value_width(self) -> int:
        """Width of one head's values."""
        return self.d_head if self.d_value is None else self.d_value

    @property
    def cached_a_token(self) -> int:
        """Numbers that one layer keeps of one token."""
        if self.latent is not None:
            return self.latent.key_value + self.latent.rotary
        return self.key_value_heads * (self.d_head + self.value_width)

    @property
    def matrices(self) -> int:
        """Attention matrices of one text: one for each head of each layer."""
        return self.layers * self.heads

    def cached_numbers(self, tokens: int) -> int:
        """Numbers that all layers keep of a text of ``tokens`` tokens."""
        within = tokens if self.window is None else min(tokens, self.window)
        kept = (self.layers - self.windowed_layers) * tokens + self.windowed_layers * within
        if self.kept is not None:
            return self.kept * kept // self.layers
        return self.cached_a_token * kept

    def met_numbers(self, tokens: int, stack: Stack) -> int:
        """Numbers of keys and values that the queries of a text of ``tokens`` tokens meet, over all heads and layers.

        In an encoder and in cross-attention every query meets every key; in a decoder those up to itself, and with a
        window no more than fit into it.
        """
        whole = tokens * tokens if stack != "decoder" else tokens * (tokens + 1) // 2
        within = whole
        if self.window is not None and self.window < tokens:
            within = self.window * (self.window + 1) // 2 + (tokens - self.window) * self.window
        pairs = (self.layers - self.windowed_layers) * whole + self.windowed_layers * within
        return self.heads * (self.d_head + self.value_width) * pairs
