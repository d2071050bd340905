"""A few tokens that a model is tried with: of its own vocabulary, and no more than it has positions for.

The same for every model: digits, DNA, chess moves and a context of four positions are tried with what they know.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from llm_core.errors import UnsupportedModelError
from llm_core.recording.verification import accepted_arguments
from llm_core.shapes import Family

PROBE_TOKENS = 16
LEAST_TOKENS = 2

UNLIMITED = 10**9
"""Tokenizers without a limit of their own name an absurdly large one."""


def probe_inputs(model: Any, tokenizer: Any, family: Family) -> dict[str, Any]:
    """The inputs of the trial, with fewer target than source tokens for an encoder-decoder.

    Raises:
        UnsupportedModelError: The model has fewer than two positions, or the tokenizer knows no token of it.
    """
    limit = token_limit(model, tokenizer)
    if limit is not None and limit < LEAST_TOKENS:
        raise UnsupportedModelError(f"it takes {limit} tokens, and attention is between {LEAST_TOKENS} or more.")
    ids = probe_ids(model, tokenizer, min(PROBE_TOKENS, limit or PROBE_TOKENS))
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False, "return_dict": True}
    if family == "encoder-decoder":
        # Fewer target than source tokens, so that the shape of cross-attention identifies it.
        target = ids[:, : ids.shape[1] // 2]
        inputs |= {"decoder_input_ids": target, "decoder_attention_mask": torch.ones_like(target)}
    return accepted_arguments(model.forward, inputs)


def probe_ids(model: Any, tokenizer: Any, count: int) -> torch.Tensor:
    """Ordinary tokens, the same each time and all different if there are so many, shape (batch=1 token)."""
    rows = model.get_input_embeddings().weight.shape[0]
    known = min(len(tokenizer), rows)
    if 2 * rows < len(tokenizer):
        raise UnsupportedModelError(
            f"its tokenizer does not fit its vocabulary: it makes {len(tokenizer):,} tokens, and the model has vectors "
            f"for {rows:,}."
        )
    ordinary = np.setdiff1d(np.arange(known), list(_special(model, tokenizer)))
    if not len(ordinary):
        ordinary = np.arange(known)
    if not len(ordinary):
        raise UnsupportedModelError("its tokenizer has no tokens.")
    chosen = np.random.default_rng(0).choice(ordinary, count, replace=len(ordinary) < count)
    return torch.from_numpy(chosen.astype(np.int64))[None]


def _special(model: Any, tokenizer: Any) -> set[int]:
    """Tokens that are no text, and those the configuration gives a meaning of their own, such as an image."""
    config = model.config.get_text_config()
    named = [value for one in (model.config, config) for key, value in vars(one).items() if "token_i" in key]
    numbers = [number for value in named for number in (value if isinstance(value, list) else [value])]
    return {number for number in [*numbers, *tokenizer.all_special_ids] if isinstance(number, int)}


def token_limit(model: Any, tokenizer: Any) -> int | None:
    """The most tokens the model takes: what its tokenizer says and what its position table holds; None for any."""
    limits = [tokenizer.model_max_length if tokenizer.model_max_length < UNLIMITED else None]
    for key in ("max_position_embeddings", "n_positions", "max_seq_len"):
        limits.append(getattr(model.config.get_text_config(), key, None))
    # Tables of other senses (an image's patches) lie elsewhere than the text's embeddings.
    words = model.get_input_embeddings()
    text_part = next((name.rpartition(".")[0] for name, module in model.named_modules() if module is words), "")
    for name, module in model.named_modules():
        if not name.startswith(text_part) and not model.config.is_encoder_decoder:
            continue
        if isinstance(module, nn.Embedding) and "position" in name.rsplit(".", 1)[-1]:
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - first)
    known = [limit for limit in limits if isinstance(limit, int) and limit > 0]
    return min(known) if known else None
