"""What the picture of a head's inside is sent: its numbers for the keys shown, and what they belong to."""

from __future__ import annotations

import numpy as np

from llm_core.inside.norms import Norm
from llm_core.inside.worked_head import WorkedHead
from llm_core.recording.trace_record import Trace
from pages.shared.components.inside_head import InsideBiases, InsideHeader, InsideNorm, Step
from pages.shared.components.packing import pack, token_fields
from pages.shared.inside.numbers import shown_keys, steps_of
from pages.shared.looking import Looking

MOST_CHIPS = 64
"""A longer text shows the tokens around the one that looks."""


def inside_packet(
    work: WorkedHead, trace: Trace, place: Looking, step: Step, *, waiting: bool = False, standalone: bool = False
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
    rotation = work.rotation
    header: InsideHeader = {
        "stack": layer.stack,
        "stacks": [(name, "Cross-attention" if name == "cross" else name.capitalize()) for name in trace.stacks],
        "layers": list(trace.layers(layer.stack)),
        "layer": layer.layer,
        "head": work.head,
        "headCount": layer.heads,
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
        "steps": list(steps),
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
        "mask": layer.mask,
        "padded": layer.padded,
        "differences": list(work.differences.items()),
        "differenceShare": work.differences.share,
        "biasByDistance": layer.bias_by_distance,
        "biases": _biases(work),
        "norm": _norm(layer.norm, work.residual),
        "queryNorm": _norm(work.query.norm, work.query.projected),
        "keyNorm": _norm(work.keys.norm, None),
        "factors": {"query": work.query.factor, "key": work.keys.factor, "value": work.values.factor},
        "tables": [table.kind for table in layer.tables],
        "beginningNorm": None if layer.tables_norm is None else layer.tables_norm.kind,
        "rotation": None
        if rotation is None
        else {"pairing": rotation.turning.pairing, "width": rotation.turning.width, "factor": rotation.factor},
    }
    return pack(header, _arrays(work, keys.positions))


def _biases(work: WorkedHead) -> InsideBiases:
    told, biases = work.layer.biases, InsideBiases()
    if "query" in told:
        biases["query"] = told["query"]
    if "key" in told:
        biases["key"] = told["key"]
    if "value" in told:
        biases["value"] = told["value"]
    if "output" in told:
        biases["output"] = told["output"]
    return biases


def _norm(norm: Norm | None, given: np.ndarray | None) -> InsideNorm | None:
    if norm is None:
        return None
    told: InsideNorm = {"kind": norm.kind, "width": norm.width}
    if given is not None and given.shape[-1] == norm.width:
        told["mean"], told["spread"] = float(norm.mean(given)[0]), float(norm.spread(given)[0])
    return told


def _arrays(work: WorkedHead, keys: np.ndarray) -> dict[str, np.ndarray]:
    """The numbers by name, as ``InsideArrays`` declares them; those with an axis of keys hold the keys shown."""
    layer, scores, query = work.layer, work.scores, work.query_position
    others = np.setdiff1d(np.arange(len(work.weights)), keys)
    always = {
        "positions": keys.astype(np.int32),
        "query": _float(work.query.result),
        "keys": _float(work.keys.result[keys]),
        "values": _float(work.values.result[keys]),
        "dots": _float(scores.dots[keys]),
        "scaled": _float(scores.scaled[keys]),
        "visible": scores.visible[keys].astype(np.uint8),
        "scores": _float(scores.masked[keys]),
        "exponentials": _float(scores.exponentials[keys]),
        "weights": _float(scores.weights[keys]),
        "rest": _float(work.weights[others] @ work.values.result[others]),
        "output": _float(work.output),
    }
    rotation = work.rotation
    sometimes: dict[str, np.ndarray | None] = {
        "tables": np.stack([table.vector for table in layer.tables]) if layer.tables else None,
        "first": layer.first,
        "residual": work.residual,
        "input": work.input,
        "products": work.strongest_products,
        "queryProjected": work.query.projected,
        "queryNormed": work.query.normed,
        "queryAngles": None if rotation is None else rotation.angles[query],
        "keysProjected": _of(work.keys.projected, keys),
        "keysNormed": _of(work.keys.normed, keys),
        "keyAngles": None if rotation is None else rotation.angles[keys],
        "frequencies": None if rotation is None else rotation.frequencies,
        "valuesProjected": _of(work.values.projected, keys),
        "capped": _of(scores.capped, keys),
        "bias": _of(scores.bias, keys),
        "contribution": work.contribution,
        "contributionNorms": work.contribution_norms,
        "attentionOutput": work.attention_output,
    }
    return always | {name: _float(some) for name, some in sometimes.items() if some is not None}


def _float(array: np.ndarray) -> np.ndarray:
    """As it travels."""
    return array.astype(np.float32)


def _of(array: np.ndarray | None, keys: np.ndarray) -> np.ndarray | None:
    return None if array is None else array[keys]
