"""How a token's first vector comes about: rows of tables, added up and in some models normalised."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from llm_core.inside.layer_record import Beginning, EmbeddingTable
from llm_core.inside.norms import kept_in_half, norms_near, same
from llm_core.inside.observer import EmbeddingCall, Sighting
from llm_core.models.loading import LoadedModel
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token


def find_beginning(
    model: LoadedModel, sighting: Sighting, trace: Trace, stack: Stack
) -> tuple[np.ndarray | None, Beginning | None]:
    """How the first vectors of the stack of a layer's queries come about.

    Returns:
        Those vectors (token d_model), in full precision if it was found how they come about, None if the trace does
        not hold them; and what they are the sum of, None if that was not found.
    """
    states = trace.states.get("decoder" if stack == "cross" else stack)
    if not states:
        return None, None
    first = states[0]
    calls = [call for call in sighting.embeddings if call.output.shape == first.shape]
    if not calls:
        return first, None
    kinds = [_kind(call, trace.query_tokens(stack)) for call in calls]
    rows = [call.output.double().cpu().numpy() for call in calls]
    for norm in (None, *norms_near(model.model, first.shape[1], calls[0].name)):
        for factor in _factors(rows, kinds, first):
            scaled = [row * (factor if kind == "token" else 1.0) for row, kind in zip(rows, kinds, strict=True)]
            total = np.sum(scaled, axis=0)
            made = total if norm is None else norm(total)
            if same(made, first):
                tables = tuple(
                    EmbeddingTable(call.name, kind, row) for call, kind, row in zip(calls, kinds, scaled, strict=True)
                )
                # What was kept in half precision is known in full again.
                return made.astype(first.dtype) if kept_in_half(first) else first, Beginning(tables, norm)
    return first, None


def _factors(rows: Sequence[np.ndarray], kinds: Sequence[str], first: np.ndarray) -> list[float]:
    """1, and what the token's row would have to be multiplied by for the rows to add up."""
    token = np.sum([row for row, kind in zip(rows, kinds, strict=True) if kind == "token"], axis=0)
    rest = np.sum([row for row, kind in zip(rows, kinds, strict=True) if kind != "token"], axis=0)
    square = float(np.sum(token * token))
    return [1.0] if not square else [1.0, float(np.sum((first - rest) * token) / square)]


def _kind(call: EmbeddingCall, tokens: Sequence[Token]) -> Literal["token", "position", "other"]:
    ids = call.ids.tolist()
    if ids == [token.id for token in tokens]:
        return "token"
    real = [number for number, token in zip(ids, tokens, strict=True) if not token.is_padding]
    in_order = all(after - before == 1 for before, after in pairwise(real))
    return "position" if in_order and (len(real) > 1 or "pos" in call.name or "wpe" in call.name) else "other"
