"""The matrices that make queries, keys and values, and the one that takes a head's output back.

Nothing is read off names: a matrix is the query projection of a layer if what it made, and nothing else,
becomes the queries that the layer's attention was given. So fused, grouped and interleaved projections are found
in architectures that nobody listed, and where one is not found, that is said instead of guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from llm_core.heads.contributions import OutputProjection
from llm_core.inside.layer_record import Projection, head_outputs
from llm_core.inside.norms import Norm, norms_of, same
from llm_core.inside.observer import LinearCall, Sighting, watch
from llm_core.inside.rotations import Rotation, Turning, find_rotation, turnings
from llm_core.models.loading import LoadedModel
from llm_core.recording.probe import probe_inputs
from llm_core.recording.recorder import Compactor
from llm_core.recording.records import AttentionRecord
from llm_core.shapes import Stack

MOST_ROWS = 8
"""Tokens that a matrix is tried on."""


@dataclass(frozen=True, eq=False)
class Found:
    """A projection, what went into it, and how what it made was turned."""

    projection: Projection
    call: LinearCall
    turning: Turning | None
    projected: np.ndarray


def output_projections(model: LoadedModel) -> Mapping[tuple[Stack, int], OutputProjection]:
    """The output projection of every attention layer in which it can be found, by (stack, layer).

    A short sentence goes through the model once. A layer is left out if it changes its heads' output before it
    projects it (with a gate or a normalisation), or projects it in a way that is not recognised. The arrays share
    the model's memory: keep them no longer than the model.

    Args:
        model: From :func:`llm_core.load_model`; it is not changed.
    """
    found = {}
    for sighting, record in _probed(model):
        call = output_call(sighting, record)
        if call is not None:
            weight = _shared(call.weight).T.reshape(record.heads, record.value.shape[2], -1)
            bias = None if call.bias is None else _shared(call.bias)
            heads = call.input.float().cpu().numpy().reshape(len(call.input), record.heads, -1)
            summed = np.einsum("qhd,hdm->qm", heads, weight) + (0 if bias is None else bias)
            largest = float(np.abs(summed - call.output.float().cpu().numpy()).max())
            found[sighting.site.stack, sighting.site.layer] = OutputProjection(weight, bias, largest)
    return found


def _probed(model: LoadedModel) -> Iterator[tuple[Sighting, AttentionRecord]]:
    """Every attention layer of a pass over a short sentence; none of a model whose attention is not recorded."""
    if model.method == "eager":
        return
    inputs = probe_inputs(model.model, model.tokenizer, model.family)
    compact = Compactor()
    for sighting in watch(model, inputs):
        yield sighting, compact.record(sighting.call)


def find_projection(sighting: Sighting, record: AttentionRecord, part: str) -> Found | None:
    """The matrix whose output becomes a layer's queries, keys or values.

    Args:
        sighting: What was multiplied around the layer.
        record: What its attention was given.
        part: ``"query"``, ``"key"`` or ``"value"``.
    """
    after = getattr(record, part).astype(np.float64)
    tokens = after.shape[1]
    rows = np.unique(np.linspace(0, tokens - 1, MOST_ROWS).astype(int))
    angles = [] if part == "value" else _numpy(sighting.angles)
    ways: list[Turning | None] = [None, *turnings(after.shape[2], angles)]
    calls = [call for call in reversed(sighting.before) if len(call.output) == tokens]
    norms = list(norms_of(sighting.call.module))
    for call in calls:
        made = call.output[torch.as_tensor(rows)].double().cpu().numpy()
        for norm, blocks, starts in _blocks(made, after.shape[2], norms):
            for turning in ways:
                match = _match(blocks, after[:, rows], turning)
                if match is None:
                    continue
                places, factor = match
                if norm is not None and norm.gain.ndim == 2 and places != list(range(len(after))):
                    continue
                projection = Projection(
                    name=call.name,
                    weight=_shared(call.weight),
                    bias=None if call.bias is None else _shared(call.bias),
                    starts=tuple(starts[place] for place in places),
                    width=after.shape[2],
                    norm=norm,
                    factor=factor,
                )
                return Found(projection, call, turning, _projected(projection, call))
    return None


def find_output(sighting: Sighting, record: AttentionRecord) -> Projection | None:
    """The matrix that takes the heads' outputs, side by side, to the layer's output."""
    call = output_call(sighting, record)
    if call is None:
        return None
    width = record.value.shape[2]
    return Projection(
        name=call.name,
        weight=_shared(call.weight),
        bias=None if call.bias is None else _shared(call.bias),
        starts=tuple(range(0, record.heads * width, width)),
        width=width,
    )


def output_call(sighting: Sighting, record: AttentionRecord) -> LinearCall | None:
    """The product that took in the heads' outputs, or None."""
    queries = record.mask.queries
    row = int(np.flatnonzero(record.mask.rows(np.arange(queries)[-64:]).any(axis=1))[-1]) + max(queries - 64, 0)
    outputs = head_outputs(record, row).reshape(-1)
    for call in sighting.after:
        if len(call.input) == queries and call.input.shape[1] == len(outputs):
            came = call.input[row].double().cpu().numpy()
            if same(came, outputs):
                return call
    return None


def rotation_between(
    sighting: Sighting, record: AttentionRecord, query: Found | None, key: Found | None
) -> Rotation | None:
    """The rotation that turns projected queries and keys into the recorded ones."""
    angles = _numpy(sighting.angles)
    for found, after in ((query, record.query), (key, record.key)):
        if found is not None and found.turning is not None:
            rotation = find_rotation(found.projected, after.astype(np.float64), found.turning, angles)
            if rotation is not None:
                return rotation
    return None


def _blocks(made: np.ndarray, width: int, norms: Sequence[Norm]) -> Iterator[tuple[Norm | None, np.ndarray, list[int]]]:
    """What a matrix made, cut into pieces of a head's width (block row width), plain and after each norm."""
    if made.shape[1] < width:
        return
    step = int(np.gcd(made.shape[1], width))
    starts = list(range(0, made.shape[1] - width + 1, step))

    def cut(numbers: np.ndarray) -> np.ndarray:
        return np.stack([numbers[:, start : start + width] for start in starts])

    yield None, cut(made), starts
    for norm in norms:
        if norm.gain.ndim == 1 and norm.width == width:
            yield norm, norm(cut(made)), starts
        elif norm.gain.ndim == 1 and norm.width == made.shape[1]:
            yield norm, cut(norm(made)), starts
        elif norm.gain.ndim == 2 and norm.gain.size == made.shape[1] and step == width:
            yield norm, np.stack([norm.head(place)(block) for place, block in enumerate(cut(made))]), starts


def _match(blocks: np.ndarray, heads: np.ndarray, turning: Turning | None) -> tuple[list[int], float] | None:
    """Which block became which head, and times what; None if some head came from none of them."""
    before = blocks if turning is None else turning.lengths(blocks)
    after = heads if turning is None else turning.lengths(heads)
    # Only what is turned is stretched with it, and rows tell a constant factor from chance, which one row cannot.
    part = slice(None) if turning is None else slice(0, turning.pairs)
    short, long = np.linalg.norm(before[0][:, part]), np.linalg.norm(after[0][:, part])
    stretched = heads.shape[1] > 1 and short > 0
    for factor in (1.0, float(long / short)) if stretched else (1.0,):
        times = np.ones(before.shape[2])
        times[part] = factor
        places = [_place(before * times, head) for head in after]
        if None not in places:
            return [place for place in places if place is not None], factor if turning is None else 1.0
    return None


def _place(blocks: np.ndarray, head: np.ndarray) -> int | None:
    differences = np.abs(blocks - head).max(axis=(1, 2))
    best = int(differences.argmin())
    return best if same(blocks[best], head) else None


def _projected(projection: Projection, call: LinearCall) -> np.ndarray:
    """What a projection made of every token, after its norm and factor, shape (head token width)."""
    made = call.output.double().cpu().numpy()
    norm = projection.norm
    if norm is not None and norm.gain.ndim == 1 and norm.width == made.shape[1] != projection.width:
        made, norm = norm(made), None
    heads = np.stack([made[:, projection.place(head)] for head in range(len(projection.starts))])
    if norm is not None:
        heads = np.stack([norm.head(head)(numbers) for head, numbers in enumerate(heads)])
    return heads * projection.factor


def _numpy(tensors: Sequence[torch.Tensor]) -> list[np.ndarray]:
    return [tensor.double().cpu().numpy() for tensor in tensors]


def _shared(tensor: Any) -> np.ndarray:
    return tensor.detach().float().cpu().numpy()
