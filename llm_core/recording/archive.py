"""Traces on disk, as one safetensors file: arrays as arrays, the rest as JSON in its header."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from llm_core.errors import NotAModelError
from llm_core.recording.guided_heads import guided_heads_of
from llm_core.recording.masks import MaskRecord
from llm_core.recording.records import AttentionRecord, DenseBias, StoredAttention, ToeplitzBias
from llm_core.recording.trace_record import LayerRecord, Trace
from llm_core.text.tokens import Token

_PLAIN = (
    "model_name",
    "family",
    "text",
    "target_generated",
    "method",
    "largest_difference",
    "tokens_cut",
    "seconds",
)


def save_trace(trace: Trace, path: Path) -> None:
    """Write a trace as it is: what is printed of it has the digits of a pass made now.

    Args:
        trace: What a pass recorded.
        path: The file to write.
    """
    arrays: dict[str, np.ndarray] = {}
    stacks: dict[str, Any] = {}
    for stack, layers in trace.layers_recorded.items():
        stacks[stack] = {str(layer): _put_layer(arrays, f"{stack}.{layer}", record) for layer, record in layers.items()}
    for stack, states in trace.states.items():
        if states:
            arrays[f"{stack}.states"] = np.stack(states)
    arrays |= {f"{stack}.last_output": output for stack, output in trace.last_outputs.items()}
    if trace.logits is not None:
        arrays["logits"] = trace.logits
    header = {name: getattr(trace, name) for name in _PLAIN} | {
        "tokens": [asdict(token) for token in trace.tokens],
        "target_tokens": [asdict(token) for token in trace.target_tokens],
        "stacks": stacks,
        "states": list(trace.states),
        "revision": trace.revision,
        "guided_heads": [asdict(head) for head in trace.guided_heads],
        "alibi": trace.alibi,
    }
    save_file(arrays, path, metadata={"trace": json.dumps(header)})


def load_trace(path: Path) -> Trace:
    """Read a trace that :func:`save_trace` wrote.

    Raises:
        NotAModelError: The file is no trace, or is torn.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})["trace"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
        return Trace(
            **{name: header[name] for name in _PLAIN},
            tokens=tuple(Token(**token) for token in header["tokens"]),
            target_tokens=tuple(Token(**token) for token in header["target_tokens"]),
            layers_recorded={
                stack: {int(layer): _get_layer(arrays, f"{stack}.{layer}", kept) for layer, kept in layers.items()}
                for stack, layers in header["stacks"].items()
            },
            states={stack: tuple(_single(arrays.get(f"{stack}.states"), ())) for stack in header["states"]},
            last_outputs={
                stack: _single(arrays[f"{stack}.last_output"], None)
                for stack in header["states"]
                if f"{stack}.last_output" in arrays
            },
            logits=_single(arrays.get("logits"), None),
            revision=header.get("revision", ""),
            guided_heads=guided_heads_of(header.get("guided_heads", ())),
            alibi=header.get("alibi", False),
        )
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise NotAModelError(
            f"Expected a saved trace, but {path.name} cannot be read as one. Make it again."
        ) from error


def _put_layer(arrays: dict[str, np.ndarray], name: str, record: LayerRecord) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    parts: dict[str, np.ndarray | None] = {
        "first": record.mask.first,
        "end": record.mask.end,
        "visible": record.mask.visible,
        "packed": record.mask.packed,
    }
    if isinstance(record, StoredAttention):
        parts["attention"] = record.attention
    else:
        parts |= {"query": record.query, "key": record.key, "value": record.value, "sink": record.sink}
        kept |= {"scaling": record.scaling, "softcap": record.softcap}
        if isinstance(record.bias, ToeplitzBias):
            parts["diagonals"] = record.bias.diagonals
        elif isinstance(record.bias, DenseBias):
            parts["bias"] = record.bias.values
    for part, array in parts.items():
        if array is not None:
            arrays[f"{name}.{part}"] = np.ascontiguousarray(array)
    return kept


def _get_layer(arrays: dict[str, np.ndarray], name: str, kept: dict[str, Any]) -> LayerRecord:
    def part(what: str) -> Any:
        return arrays.get(f"{name}.{what}")

    mask = MaskRecord(part("first"), part("end"), part("visible"), part("packed"))
    if part("attention") is not None:
        return StoredAttention(part("attention"), mask)
    bias: ToeplitzBias | DenseBias | None = None
    if part("diagonals") is not None:
        bias = ToeplitzBias(part("diagonals"), mask.queries)
    elif part("bias") is not None:
        bias = DenseBias(part("bias"))
    return AttentionRecord(
        query=part("query"),
        key=part("key"),
        value=_single(part("value"), None),
        mask=mask,
        bias=bias,
        sink=part("sink"),
        **kept,
    )


def _single(array: np.ndarray | None, otherwise: Any) -> Any:
    """The array in single precision, however it was written, or something else where there is none."""
    return otherwise if array is None else array.astype(np.float32, copy=False)
