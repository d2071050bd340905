"""One more pass over a traced text: every layer's blocks are seen, measured, and let go of at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from llm_core.inside.first_vectors import find_beginning
from llm_core.inside.layer_record import Beginning
from llm_core.inside.norms import norms_near
from llm_core.inside.observer import Sighting
from llm_core.inside.projections import output_call
from llm_core.inside.second_look import watch_layers
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress
from llm_core.recording.recorder import Compactor
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.whole_model.additions import Passed, find_additions
from llm_core.whole_model.blocks import stream_stack

NORMS_TRIED = 24
"""So many of a model's norms, those named nearest to the layer, are tried on it."""


@dataclass
class Seen:
    """What a pass told of the blocks; see :class:`~llm_core.whole_model.record.WholeRecord`."""

    additions: dict[Stack, dict[int, np.ndarray]] = field(default_factory=dict)
    feed_forward: dict[Stack, dict[int, np.ndarray]] = field(default_factory=dict)
    beginnings: dict[Stack, Beginning] = field(default_factory=dict)


def watch_blocks(model: LoadedModel, trace: Trace, *, progress: ProgressCallback = ignore_progress) -> Seen:
    """How much each block added to the residual stream, and how the first vectors came about.

    Args:
        model: The model that was traced; it is not changed and may be shared between threads.
        trace: What to read.
        progress: Told after each layer. What it raises stops the pass.

    Raises:
        SelectionError: The trace is not of this model.
    """
    seen = Seen()
    waiting: list[Sighting] = []

    def take(sighting: Sighting) -> None:
        if waiting and sighting.site.stack != "cross":
            _measure(model, trace, waiting, seen)
            waiting.clear()
        waiting.append(sighting)

    watch_layers(model, trace, take, progress=progress)
    if waiting:
        _measure(model, trace, waiting, seen)
    return seen


def _measure(model: LoadedModel, trace: Trace, sightings: list[Sighting], seen: Seen) -> None:
    """Measure one layer from what was seen of its attention, self and cross."""
    stack, layer = stream_stack(sightings[0].site.stack), sightings[0].site.layer
    states = trace.stream_states(stack)
    if stack not in seen.beginnings and layer == 0:
        beginning = find_beginning(model, sightings[0], trace, stack)[1]
        if beginning is not None:
            seen.beginnings[stack] = beginning
    if layer >= len(states):
        return
    compact = Compactor()
    records = [compact.record(sighting.call) for sighting in sightings]
    made = [output_call(sighting, record) for sighting, record in zip(sightings, records, strict=True)]
    below = states[layer]
    attention = [_array(call.output) for call in made if call is not None and tuple(call.output.shape) == below.shape]
    if len(attention) != len(sightings):
        return
    last = made[-1]
    calls = sightings[-1].after
    behind = calls[next(place for place, call in enumerate(calls) if call is last) + 1 :]
    found = find_additions(
        Passed(
            below,
            attention,
            later=[_array(call.output) for call in behind if tuple(call.output.shape) == below.shape],
            above=states[layer + 1 : layer + 2],
            normed=[_array(one) for seen_at in sightings for one in seen_at.normed_after if one.shape == below.shape],
            norms=norms_near(model.model, below.shape[1], last.name if last is not None else "")[:NORMS_TRIED],
        )
    )
    if found is None:
        return
    for sighting, addition in zip(sightings, found, strict=False):
        seen.additions.setdefault(sighting.site.stack, {})[layer] = addition.share.astype(np.float32)
    seen.feed_forward.setdefault(stack, {})[layer] = found[-1].share.astype(np.float32)


def _array(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().float().cpu().numpy())
