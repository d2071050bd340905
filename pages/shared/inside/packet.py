"""What the picture of a head's inside is sent: its numbers for the keys shown, and what they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from llm_core.inside.norms import Norm
from llm_core.inside.worked_head import WorkedHead
from llm_core.trace_record import Trace
from pages.shared.components.packing import pack, token_fields
from pages.shared.inside.numbers import shown_keys, steps_of
from pages.shared.looking import NAMES, Looking

MOST_CHIPS = 64
"""A longer text shows the tokens around the one that looks."""


def inside_packet(
    work: WorkedHead, trace: Trace, place: Looking, step: str, *, waiting: bool = False, standalone: bool = False
) -> bytes:
    """One packet for the component.

    Args:
        work: The numbers.
        trace: What they belong to.
        place: Where the visitor looks; its key is the one looked into.
        step: The step shown, one of :func:`pages.shared.inside.numbers.steps_of`.
        waiting: True if what comes before the dot product is still being computed.
        standalone: True for a picture without a server behind it.
    """
    layer, scores = work.layer, work.scores
    keys = shown_keys(work, place.key)
    queries = layer.query_tokens
    start = max(0, min(work.query_position - MOST_CHIPS // 2, len(queries) - MOST_CHIPS))
    steps = steps_of(work)
    header: dict[str, Any] = {
        "model": trace.model_name,
        "stack": layer.stack,
        "stacks": [[name, "Cross-attention" if name == "cross" else name.capitalize()] for name in trace.stacks],
        "stackName": NAMES[layer.stack].capitalize(),
        "layers": list(trace.layers(layer.stack)),
        "layer": layer.layer,
        "head": work.head,
        "headCount": layer.record.heads,
        "keyValueHead": work.key_value_head,
        "sharing": list(work.sharing),
        "query": work.query_position,
        "queryCount": len(queries),
        "keyCount": len(layer.key_tokens),
        "queryStart": start,
        "queryTokens": token_fields(queries[start : start + MOST_CHIPS]),
        "queryToken": token_fields([queries[work.query_position]])[0],
        "keyTokens": token_fields([layer.key_tokens[key] for key in keys.positions]),
        "key": keys.chosen,
        "leftOut": keys.left_out,
        "weightLeftOut": keys.weight_left_out,
        "closed": keys.closed,
        "steps": steps,
        "step": step if step in steps else steps[0],
        "number": place.number,
        "waiting": waiting,
        "standalone": standalone,
        "scaling": work.scaling,
        "headWidth": len(work.query.result),
        "softcap": work.softcap,
        "sink": scores.sink,
        "sinkExponential": scores.sink_exponential,
        "largest": scores.largest,
        "total": scores.total,
        "mask": layer.record.mask.kind,
        "padded": layer.record.mask.has_padding,
        "differences": [[name, difference] for name, difference in work.differences.items()],
        **_words(work),
    }
    arrays = {name: np.asarray(array, np.float32) for name, array in _arrays(work, keys.positions).items()}
    return pack(header, {"positions": keys.positions.astype(np.int32), **arrays})


def _words(work: WorkedHead) -> dict[str, Any]:
    """Names and constants of what the numbers go through."""
    layer, projections = work.layer, work.layer.projections
    rotation = work.rotation
    parts = {
        "query": projections.query,
        "key": projections.key,
        "value": projections.value,
        "output": projections.output,
    }
    beginning = layer.beginning
    return {
        "module": layer.module,
        "names": {part: projection.name for part, projection in parts.items() if projection is not None},
        "biases": {part: projection.bias is not None for part, projection in parts.items() if projection is not None},
        "norm": _norm(layer.norm, work.residual),
        "queryNorm": _norm(work.query.norm, work.query.projected),
        "keyNorm": _norm(work.keys.norm, None),
        "valueNorm": _norm(work.values.norm, None),
        "factors": {"query": work.query.factor, "key": work.keys.factor, "value": work.values.factor},
        "tables": [] if beginning is None else [[table.name, table.kind] for table in beginning.tables],
        "beginningNorm": None if beginning is None or beginning.norm is None else beginning.norm.kind,
        "learnedPosition": beginning is not None and any(table.kind == "position" for table in beginning.tables),
        "relativeBias": layer.record.bias is not None,
        "rotation": None
        if rotation is None
        else {
            "pairing": rotation.turning.pairing,
            "width": rotation.turning.width,
            "factor": rotation.factor,
            "known": rotation.frequencies is not None,
        },
    }


def _norm(norm: Norm | None, given: np.ndarray | None) -> dict[str, Any] | None:
    if norm is None:
        return None
    told: dict[str, Any] = {"kind": norm.kind, "name": norm.name, "epsilon": norm.epsilon, "width": norm.width}
    if given is not None and given.shape[-1] == norm.width:
        told |= {"mean": float(norm.mean(given)[0]), "spread": float(norm.spread(given)[0])}
    return told


def _arrays(work: WorkedHead, keys: np.ndarray) -> Mapping[str, np.ndarray]:
    """The numbers by name; those with an axis of keys hold the keys shown."""
    layer, scores, query = work.layer, work.scores, work.query_position
    rest = np.setdiff1d(np.arange(len(work.weights)), keys)
    told: dict[str, np.ndarray | None] = {
        "first": None if layer.first is None else layer.first[query],
        "residual": work.residual,
        "input": work.input,
        "queryProjected": work.query.projected,
        "queryNormed": work.query.normed,
        "query": work.query.result,
        "keysProjected": _of(work.keys.projected, keys),
        "keysNormed": _of(work.keys.normed, keys),
        "keys": work.keys.result[keys],
        "valuesProjected": _of(work.values.projected, keys),
        "values": work.values.result[keys],
        "dots": scores.dots[keys],
        "scaled": scores.scaled[keys],
        "capped": _of(scores.capped, keys),
        "bias": _of(scores.bias, keys),
        "visible": scores.visible[keys],
        "scores": scores.masked[keys],
        "exponentials": scores.exponentials[keys],
        "weights": scores.weights[keys],
        "rest": work.weights[rest] @ work.values.result[rest],
        "output": work.output,
        "contribution": work.contribution,
        "contributionNorms": work.contribution_norms,
        "attentionOutput": work.attention_output,
        "products": _strongest_products(work),
    }
    if layer.beginning is not None:
        told |= {f"table{place}": table.vectors[query] for place, table in enumerate(layer.beginning.tables)}
    if work.rotation is not None:
        told |= {"queryAngles": work.rotation.angles[query], "keyAngles": work.rotation.angles[keys]}
        frequencies = work.rotation.frequencies
        told["frequencies"] = frequencies
    return {name: array for name, array in told.items() if array is not None}


def _of(array: np.ndarray | None, keys: np.ndarray) -> np.ndarray | None:
    return None if array is None else array[keys]


def _strongest_products(work: WorkedHead) -> np.ndarray | None:
    """The strongest number of the projected query, taken apart: weight times input, shape (d_model,)."""
    projection = work.layer.projections.query
    if projection is None or work.input is None or work.query.projected is None:
        return None
    row = projection.starts[work.head] + int(np.argmax(np.abs(work.query.projected)))
    products: np.ndarray = projection.weight[row] * work.input
    return products
