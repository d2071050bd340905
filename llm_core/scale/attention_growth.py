"""Measuring what the attention of one layer costs as the text grows: recorded, and with the library's eager code."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from llm_core.errors import SelectionError, UnsupportedModelError, first_line
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.recording.recorder import AttentionCall, Recording, recorded_attention, recording
from llm_core.recording.verification import accepted_arguments
from llm_core.scale.growth import Growth, GrowthPoint

FEWEST_RUNS, MOST_RUNS = 3, 15
ENOUGH_SECONDS = 1.0
"""A length is run again until this much time was measured."""


def measure_growth(
    model: LoadedModel,
    lengths: Sequence[int],
    *,
    progress: ProgressCallback = ignore_progress,
) -> Growth:
    """Measure the first layer's attention on random texts of several lengths.

    The model embeds each text and makes real queries, keys and values; from there on only attention is timed, the
    fastest of several runs after one that warms up, since what else the machine does only adds time. Bytes are
    those of tensors; what a kernel needs inside is not seen. The mask, which all layers share, is made before.

    Args:
        model: Which model; it is not changed.
        lengths: Numbers of tokens.
        progress: Told before each point. What it raises stops the work.

    Raises:
        SelectionError: A length below 1 or beyond what the model takes.
        UnsupportedModelError: The model's attention cannot be recorded, or has no eager code to compare with.
    """
    if model.method != "recorded":
        raise UnsupportedModelError(
            f"The attention of {model.spec.name} cannot be recorded, so there is nothing to compare eager with. "
            "Choose another model."
        )
    most = model.token_limit
    if not lengths or min(lengths) < 1 or (most is not None and max(lengths) > most):
        raise SelectionError(
            f"Expected lengths from 1 to {'any number of' if most is None else f'{most:,}'} tokens, got "
            f"{list(lengths)}. Choose a shorter text."
        )
    points: list[GrowthPoint] = []
    work = [length * length for length in lengths]
    stack, heads = "encoder" if model.family != "decoder" else "decoder", 0
    for number, length in enumerate(lengths):
        done = sum(work[:number]) / sum(work)
        said = f"Measuring attention over {length:,} tokens"
        progress(Progress(done, said))
        call = _first_call(model, length)
        heads = call.query.shape[1]
        points.append(_point(model, call, length, partial(progress, Progress(done, said))))
    progress(Progress(1.0, "Measured"))
    return Growth(model.spec.name, stack, heads, tuple(points))  # type: ignore[arg-type]


def measure_again(
    model: LoadedModel, length: int, number: int, *, progress: ProgressCallback = ignore_progress
) -> GrowthPoint:
    """Measure one length, as :func:`measure_growth` does.

    Args:
        model: Which model; it is not changed.
        length: Number of tokens.
        number: Tells this measurement from others of the same length: measured again, times differ.
        progress: Told before each run. What it raises stops the work.

    Raises:
        SelectionError: As for :func:`measure_growth`.
        UnsupportedModelError: As there.
    """
    del number
    return measure_growth(model, [length], progress=progress).points[0]


class _EnoughSeenError(Exception):
    """The first layer has been seen."""


def _first_call(model: LoadedModel, length: int) -> AttentionCall:
    """What the first attention layer is given for a random text."""
    vocabulary = model.model.get_input_embeddings().weight.shape[0]
    ids = torch.from_numpy(np.random.default_rng(0).integers(0, vocabulary, (1, length)))
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
    if model.family == "encoder-decoder":
        inputs["decoder_input_ids"] = ids[:, :1]

    def stop(_: int) -> None:
        raise _EnoughSeenError

    noted = Recording(sites=model.sites, on_call=stop)
    with suppress(_EnoughSeenError), torch.inference_mode(), recording(noted):
        model.network()(**accepted_arguments(model.model.forward, inputs))
    return noted.calls[0][1]


def _point(model: LoadedModel, call: AttentionCall, length: int, check: Callable[[], None]) -> GrowthPoint:
    ways = (_recorded(model, call), _eager(model, call))
    seconds, sizes = [], []
    for run in ways:
        check()
        sizes.append(_peak_bytes(run, call))
        seconds.append(_seconds(run, check))
    return GrowthPoint(length, seconds[0], seconds[1], sizes[0], sizes[1])


def _recorded(model: LoadedModel, call: AttentionCall) -> Callable[[], Any]:
    options = {
        "scaling": call.scaling,
        "is_causal": call.causal,
        "position_bias": call.position_bias,
        "softcap": call.softcap,
        "s_aux": call.sink,
    }
    given = {name: value for name, value in options.items() if value is not None}

    def run() -> Any:
        with recording(Recording(sites=model.sites)):
            return recorded_attention(call.module, call.query, call.key, call.value, call.mask, **given)

    return run


def _eager(model: LoadedModel, call: AttentionCall) -> Callable[[], Any]:
    eager = getattr(sys.modules.get(type(call.module).__module__), "eager_attention_forward", None)
    if eager is None:
        raise UnsupportedModelError(
            f"The library has no eager attention for {model.spec.name} to compare with. Choose another model."
        )
    options = {
        "scaling": call.scaling,
        "dropout": 0.0,
        "softcap": call.softcap,
        "position_bias": call.position_bias,
        "s_aux": call.sink,
    }
    taken = inspect.signature(eager).parameters
    given = {name: value for name, value in options.items() if name in taken and value is not None}
    mask = _added(call)

    def run() -> Any:
        try:
            return eager(call.module, call.query, call.key, call.value, mask, **given)
        except (TypeError, RuntimeError, AttributeError, IndexError) as error:
            raise UnsupportedModelError(
                f"The library's eager attention of {model.spec.name} cannot be run by itself: {first_line(error)} "
                "Choose another model."
            ) from error

    return run


def _added(call: AttentionCall) -> torch.Tensor | None:
    """The mask as eager attention takes it: numbers added to the scores."""
    lowest = torch.finfo(call.query.dtype).min
    queries, keys = call.query.shape[2], call.key.shape[2]
    if call.mask is None:
        if not call.causal:
            return None
        return torch.full((1, 1, queries, keys), lowest, dtype=call.query.dtype).triu(1)
    if call.mask.dtype != torch.bool:
        return call.mask
    return torch.zeros(call.mask.shape, dtype=call.query.dtype).masked_fill(~call.mask, lowest)


def _seconds(run: Callable[[], Any], check: Callable[[], None]) -> float:
    """The shortest time that a call took."""
    taken: list[float] = []
    while len(taken) < FEWEST_RUNS or (len(taken) < MOST_RUNS and sum(taken) < ENOUGH_SECONDS):
        check()
        with torch.inference_mode():
            started = time.perf_counter()
            run()
            taken.append(time.perf_counter() - started)
    return min(taken)


def _peak_bytes(run: Callable[[], Any], call: AttentionCall) -> int:
    """The most bytes that tensors took at once during a call, its queries, keys and values included."""
    shared = [tensor for tensor in (call.mask, call.position_bias, call.sink) if tensor is not None]
    with torch.inference_mode(), _PeakBytes((call.query, call.key, call.value), shared) as seen:
        kept = run()
    del kept
    return seen.peak


class _PeakBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the storages that are alive after each operation of this thread."""

    def __init__(self, counted: Sequence[torch.Tensor], known: Sequence[torch.Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._known = {_reference(tensor).cdata for tensor in known}
        self._alive: dict[int, tuple[Any, int]] = {}
        self._note(counted)
        self.peak = self._now()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        self._note([leaf for leaf in tree_leaves(made) if isinstance(leaf, torch.Tensor)])
        self.peak = max(self.peak, self._now())
        return made

    def _note(self, tensors: Sequence[torch.Tensor]) -> None:
        for tensor in tensors:
            reference = _reference(tensor)
            if reference.cdata not in self._known:
                self._alive[reference.cdata] = (reference, tensor.untyped_storage().nbytes())

    def _now(self) -> int:
        self._alive = {key: kept for key, kept in self._alive.items() if not kept[0].expired()}
        return sum(size for _, size in self._alive.values())


def _reference(tensor: torch.Tensor) -> Any:
    """A weak reference to the memory behind a tensor."""
    return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
