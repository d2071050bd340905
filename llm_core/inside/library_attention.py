"""The library's own eager attention, asked for one row of one layer, to compare with."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import numpy as np
import torch

from llm_core.models.loading import LoadedModel
from llm_core.recording.recorder import Site
from llm_core.recording.records import LOWEST, AttentionRecord
from llm_core.shapes import Stack


def library_row(
    model: LoadedModel, stack: Stack, layer: int, record: AttentionRecord, query: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """What the library's eager attention function makes of recorded queries, keys and values.

    Args:
        model: Whose code to ask; it is not changed.
        stack: The layer's stack.
        layer: Its number.
        record: What the layer was given.
        query: Which row.

    Returns:
        Attention weights (head key) and the heads' outputs (head d_value); None if the model's code has no eager
        attention function.
    """
    module = next((module for module, places in model.sites.items() if Site(stack, layer) in places), None)
    eager = getattr(sys.modules.get(type(module).__module__), "eager_attention_forward", None)
    if module is None or eager is None:
        return None
    device = next((weight.device for weight in module.parameters()), None)
    closed = np.where(record.mask.rows(np.array([query])), np.float32(0), np.float32(LOWEST))
    added = np.repeat(closed[None], record.heads, axis=0)
    if record.bias is not None:
        rows = np.stack([record.bias.rows(head, np.array([query])) for head in range(record.heads)])
        added = np.maximum(added + rows, np.float32(LOWEST))
    options: dict[str, Any] = {"scaling": record.scaling, "dropout": 0.0, "softcap": record.softcap}
    if record.sink is not None:
        options["s_aux"] = torch.tensor(record.sink, device=device)
    taken = inspect.signature(eager).parameters
    options = {name: value for name, value in options.items() if name in taken}
    try:
        with torch.inference_mode():
            output, weights = eager(
                module,
                torch.tensor(record.query[None, :, query : query + 1], device=device),
                torch.tensor(record.key[None], device=device),
                torch.tensor(record.value[None], device=device),
                torch.tensor(added[None], device=device),
                **options,
            )
    except (TypeError, RuntimeError, AttributeError, IndexError):
        return None
    heads, keys = record.heads, record.mask.keys
    if weights is None or weights.shape[1] != heads or weights.shape[-1] < keys or output.numel() % heads:
        return None
    return weights[0, :, 0, :keys].cpu().numpy(), output.reshape(heads, -1).cpu().numpy()
