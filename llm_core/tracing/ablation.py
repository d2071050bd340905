"""Switching heads off: edits become what the recorder puts in place of a head's output."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias, get_args

import torch

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.recording.recorder import BatchReplacement, Replacement, Site
from llm_core.recording.records import check_heads
from llm_core.recording.trace_record import Ablation, Edits
from llm_core.tracing.passes import Inputs, Replacements, forward_pass, with_target, write_greedily

Means: TypeAlias = Mapping[Site, torch.Tensor]
"""By site, each head's mean output before the output projection, shape (head d_value)."""

HeadsBySite: TypeAlias = Mapping[Site, tuple[int, ...]]


def checked_heads(model: LoadedModel, edits: Edits) -> dict[Site, tuple[int, ...]]:
    """The heads to switch off by site, after making sure that their layers exist.

    Raises:
        SelectionError: There is no such layer, the heads are not written as heads are, or the kind of ablation is
            unknown.
        UnsupportedModelError: The attention of this model does not pass through the recorder.
    """
    if edits.ablation not in get_args(Ablation):
        raise SelectionError(f"Expected the ablation as “zero” or “mean”, got {edits.ablation!r}.")
    if not edits.ablate_heads:
        return {}
    if model.method == "eager":
        raise UnsupportedModelError(
            f"Heads of {model.spec.name} cannot be switched off: its attention does not pass through the recorder."
        )
    known = {site for places in model.sites.values() for site in places}
    heads: dict[Site, tuple[int, ...]] = {}
    for where, chosen in edits.ablate_heads.items():
        try:
            (stack, layer), listed = where, tuple(chosen)
        except (TypeError, ValueError) as error:
            raise SelectionError(
                f"Expected heads to ablate as {{(stack, layer): (head, ...)}}, got {{{where!r}: {chosen!r}}}."
            ) from error
        site = Site(stack, layer)
        if site not in known:
            raise SelectionError(
                f"Expected a layer of {model.spec.name} with attention, got layer {layer!r} of {stack!r}."
            )
        heads[site] = listed
    return heads


def replacements(
    model: LoadedModel,
    edits: Edits,
    source: Inputs,
    target: torch.Tensor | None = None,
    *,
    max_target_tokens: int = 64,
    progress: ProgressCallback = ignore_progress,
) -> Replacements:
    """What each head that the edits switch off gives out instead, on a text.

    Args:
        model: Which model.
        edits: Which heads, and what in their place.
        source: The text as the model takes it, each (batch=1 token).
        target: Decoder inputs of an encoder-decoder (batch=1 token); None lets it write them first.
        max_target_tokens: The most tokens that it writes.
        progress: Told as the pass without edits goes on, where one is needed.

    Raises:
        SelectionError: The edits name what does not exist.
        UnsupportedModelError: The attention of this model does not pass through the recorder.
    """
    heads = checked_heads(model, edits)
    if edits.ablation == "zero" or not heads:
        return {site: Replacement(chosen) for site, chosen in heads.items()}
    if model.family == "encoder-decoder" and target is None:
        target = write_greedily(model, source, max_target_tokens, progress=within(progress, 0.0, 0.5))
    means = mean_outputs(model, with_target(source, target), heads, progress=within(progress, 0.5, 1.0))
    return mean_replacements(heads, means)


def mean_outputs(
    model: LoadedModel, inputs: Inputs, sites: Collection[Site], *, progress: ProgressCallback = ignore_progress
) -> Means:
    """Each head's mean output over the tokens of a text, padding left out, in a pass without edits.

    Args:
        model: Which model.
        inputs: The whole pass's inputs, each (batch=1 token).
        sites: The layers wanted.
        progress: Told after each layer.
    """
    outputs = forward_pass(model, inputs, watched=frozenset(sites), progress=progress).noted.outputs
    return {site: tokens_of(inputs, site, output[0]).mean(dim=0) for site, output in outputs.items()}


def mean_replacements(heads: Mapping[Site, Sequence[int]], means: Means) -> Replacements:
    """Put the mean output in the place of some heads."""
    return {
        site: Replacement(tuple(chosen), means[site][check_heads(chosen, len(means[site]))])
        for site, chosen in heads.items()
    }


def batch_replacements(
    sets: Sequence[HeadsBySite], heads: Mapping[Site, int], means: Means | None = None
) -> Replacements:
    """Switch other heads off in each sequence of a batch, so that one pass answers for all of them.

    Args:
        sets: The heads of each sequence.
        heads: How many heads each layer has.
        means: What a head that is off gives out, for all sequences alike or, with a first axis more, for each; None
            for nothing.
    """
    replaced: dict[Site, BatchReplacement] = {}
    for site in dict.fromkeys(site for some in sets for site in some):
        off = torch.zeros((len(sets), heads[site]), dtype=torch.bool)
        for row, some in enumerate(sets):
            off[row, check_heads(some.get(site, ()), heads[site])] = True
        values = None if means is None else means[site]
        replaced[site] = BatchReplacement(off, values[None] if values is not None and values.ndim == 2 else values)
    return replaced


def tokens_of(inputs: Inputs, site: Site, values: torch.Tensor) -> torch.Tensor:
    """The rows of values (query ...) that belong to real tokens and not to padding."""
    mask = inputs.get(
        "decoder_attention_mask" if site.stack != "encoder" and "decoder_input_ids" in inputs else "attention_mask"
    )
    return values if mask is None else values[mask[0].bool()]
