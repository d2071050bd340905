"""Running a traced text through its model once more, to see what the model multiplies around one layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.inside.observer import Sighting, watch
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, Telling, ignore_progress
from llm_core.recording.recorder import Site
from llm_core.recording.trace_record import Trace
from llm_core.recording.verification import accepted_arguments
from llm_core.tracing.passes import failures_explained


def watch_again(
    model: LoadedModel, trace: Trace, site: Site, *, progress: ProgressCallback = ignore_progress
) -> Sighting:
    """Run a model over a traced text up to one attention layer and what follows it, and tell what it multiplied there.

    Args:
        model: The model that was traced; it is not changed and may be shared between threads.
        trace: What to read.
        site: The attention layer.
        progress: Told after each layer. What it raises stops the pass.

    Raises:
        SelectionError: The trace is not of this model.
        UnsupportedModelError: The model does not come by that layer, or keeps its attention to itself.
    """
    seen = _watch(model, trace, progress, wanted=site)
    if not seen:
        raise UnsupportedModelError(f"{model.spec.name} did not come by layer {site.layer} of its {site.stack} again.")
    return seen[0]


def watch_layers(
    model: LoadedModel,
    trace: Trace,
    on_seen: Callable[[Sighting], None],
    *,
    progress: ProgressCallback = ignore_progress,
) -> None:
    """Run a model over a traced text once more, and tell of each attention layer what it multiplied there.

    Args:
        model: The model that was traced; it is not changed and may be shared between threads.
        trace: What to read.
        on_seen: Given each layer, in order; what it does not keep is let go of.
        progress: Told after each layer. What it raises stops the pass.

    Raises:
        SelectionError: The trace is not of this model.
    """
    _watch(model, trace, progress, on_seen=on_seen)


def _watch(model: LoadedModel, trace: Trace, progress: ProgressCallback, **wishes: Any) -> list[Sighting]:
    if model.spec.name != trace.model_name:
        raise SelectionError(f"Expected a trace of {model.spec.name}, got one of {trace.model_name}.")
    total = max(sum(len(places) for places in model.sites.values()), 1)
    tell = Telling(progress)
    arguments = accepted_arguments(model.model.forward, {**_inputs(model, trace), "use_cache": False})

    def note(done: int) -> None:
        tell(Progress(min(done / total, 1.0), f"Layer {done} of {total}"))

    with failures_explained(model, tell):
        return watch(model, arguments, on_call=note, **wishes)


def _inputs(model: LoadedModel, trace: Trace) -> dict[str, torch.Tensor]:
    """The traced tokens as the model takes them, with what else its tokenizer makes of the text."""
    ids = torch.tensor([[token.id for token in trace.tokens]])
    inputs = model.tokenize(text=trace.text, return_tensors="pt")
    if not torch.equal(inputs["input_ids"], ids):
        inputs = {"input_ids": ids}
    inputs["attention_mask"] = torch.tensor([[int(not token.is_padding) for token in trace.tokens]])
    if trace.target_tokens:
        target = torch.tensor([[token.id for token in trace.target_tokens]])
        inputs |= {"decoder_input_ids": target, "decoder_attention_mask": torch.ones_like(target)}
    return inputs
