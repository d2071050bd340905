"""What the pictures of the shipped traces need beyond the traces, so that they open before any model is loaded.

One safetensors file a model beside its trace: arrays as arrays, the rest as JSON in its header. ``python -m
llm_core.samples`` makes them again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from llm_core.errors import BrokenDataError
from llm_core.feed_forward.neuron_record import FeedForwardNeurons
from llm_core.inside.layer_record import Beginning, EmbeddingTable
from llm_core.inside.norms import Norm
from llm_core.recording.trace_record import Trace
from llm_core.samples import path_of, sample
from llm_core.shapes import Stack
from llm_core.text.tokens import Token
from llm_core.whole_model.record import WholeRecord
from llm_core.whole_model.sample_neurons import get_neurons, put_neurons

NEURONS, TOKENS = 6, 4
"""So many neurons of each network, and tokens that each pushes up and down, are shown and shipped."""

Place = tuple[Stack, int, int]
"""Stack, layer and position of a token."""


@dataclass(frozen=True, eq=False)
class WholeSample:
    """A record and the strongest neurons of every layer at every token.

    Attributes:
        record: What the picture needs.
        neurons: By stack, layer and position.
    """

    record: WholeRecord
    neurons: Mapping[Place, FeedForwardNeurons]


def path_of_whole(model_name: str) -> Path:
    """Where the sample of a model lies."""
    return path_of(model_name).with_name(f"{model_name}.whole.safetensors")


def sample_whole(model_name: str, text: str) -> WholeSample | None:
    """What ships for the picture of a catalog model on a text, or None if nothing does.

    Raises:
        BrokenDataError: The file is torn.
    """
    trace = sample(model_name, text)
    if trace is None or not path_of_whole(model_name).exists():
        return None
    return _load(trace)


@cache
def _load(trace: Trace) -> WholeSample:
    texts: dict[str, Sequence[Token]] = {stack: trace.query_tokens(stack) for stack in trace.stacks}
    return load_whole(path_of_whole(trace.model_name), texts)


def save_whole(record: WholeRecord, neurons: Sequence[FeedForwardNeurons], path: Path) -> None:
    """Write a record and neurons as they are.

    Args:
        record: From :func:`~llm_core.whole_model.asking.whole_record`.
        neurons: Of any layers and positions, all of one model.
        path: The file to write.
    """
    arrays: dict[str, np.ndarray] = {"candidates": record.candidates}
    for kind, kept in (("additions", record.additions), ("feed_forward", record.feed_forward)):
        arrays |= {
            f"{kind}.{stack}.{layer}": share for stack, layers in kept.items() for layer, share in layers.items()
        }
    beginnings = {}
    for stack, beginning in record.beginnings.items():
        for number, table in enumerate(beginning.tables):
            arrays[f"beginning.{stack}.{number}"] = np.ascontiguousarray(table.vectors)
        beginnings[stack] = {
            "tables": [[table.name, table.kind] for table in beginning.tables],
            "norm": _put_norm(arrays, f"norm.{stack}", beginning.norm),
        }
    tokens = dict(record.vocabulary)
    words, numbers = put_neurons(neurons, tokens)
    arrays |= {f"neurons.{name}": array for name, array in numbers.items()}
    header = {
        "model_name": record.model_name,
        "d_feed_forward": record.d_feed_forward,
        "beginnings": beginnings,
        "vocabulary": list(record.vocabulary),
        "tokens": [_put_token(token) for token in tokens.values()],
        "networks": words,
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"))
    save_file(arrays, path, metadata={"whole": text})


def load_whole(path: Path, texts: Mapping[str, Sequence[Token]]) -> WholeSample:
    """Read what :func:`save_whole` wrote.

    Args:
        path: The file.
        texts: By stack, the tokens that were read.

    Raises:
        BrokenDataError: The file is no such record, or is torn.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})["whole"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
        return _read(header, arrays, texts)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, IndexError) as error:
        raise BrokenDataError(
            f"Expected a saved picture of a model, but {path.name} cannot be read as one. Make it again with "
            "python -m llm_core.samples."
        ) from error


def _read(
    header: Mapping[str, Any], arrays: Mapping[str, np.ndarray], texts: Mapping[str, Sequence[Token]]
) -> WholeSample:
    tokens = {token.id: token for token in map(_get_token, header["tokens"])}
    shares: dict[str, dict[Stack, dict[int, np.ndarray]]] = {"additions": {}, "feed_forward": {}}
    for name, array in arrays.items():
        kind, _, rest = name.partition(".")
        if kind in shares:
            stack, _, layer = rest.partition(".")
            shares[kind].setdefault(stack, {})[int(layer)] = array  # type: ignore[arg-type]
    record = WholeRecord(
        model_name=header["model_name"],
        additions=shares["additions"],
        feed_forward=shares["feed_forward"],
        beginnings={stack: _beginning(arrays, stack, kept) for stack, kept in header["beginnings"].items()},
        candidates=arrays["candidates"],
        vocabulary={number: tokens[number] for number in header["vocabulary"]},
        d_feed_forward=header["d_feed_forward"],
    )
    numbers = {name.partition(".")[2]: array for name, array in arrays.items() if name.startswith("neurons.")}
    networks = get_neurons(header["networks"], numbers, tokens, record.model_name, texts)
    return WholeSample(record, {(one.stack, one.layer, one.position): one for one in networks})


def _beginning(arrays: Mapping[str, np.ndarray], stack: str, kept: Mapping[str, Any]) -> Beginning:
    tables = tuple(
        EmbeddingTable(name, kind, arrays[f"beginning.{stack}.{number}"].astype(np.float32, copy=False))
        for number, (name, kind) in enumerate(kept["tables"])
    )
    norm = kept["norm"]
    if norm is None:
        return Beginning(tables, None)
    gain, shift = arrays[f"norm.{stack}.gain"], arrays.get(f"norm.{stack}.shift")
    return Beginning(tables, Norm(norm["kind"], norm["name"], gain, shift, norm["epsilon"]))


def _put_norm(arrays: dict[str, np.ndarray], name: str, norm: Norm | None) -> dict[str, Any] | None:
    if norm is None:
        return None
    arrays[f"{name}.gain"] = norm.gain.astype(np.float32)
    if norm.shift is not None:
        arrays[f"{name}.shift"] = norm.shift.astype(np.float32)
    return {"kind": norm.kind, "name": norm.name, "epsilon": norm.epsilon}


def _put_token(token: Token) -> list[Any]:
    flags = token.is_special + 2 * token.is_padding + 4 * token.leading_space + 8 * token.continues
    return [token.id, token.text, token.raw, flags]


def _get_token(kept: Sequence[Any]) -> Token:
    number, text, raw, flags = kept
    return Token(number, text, raw, bool(flags & 1), bool(flags & 2), bool(flags & 4), bool(flags & 8))
