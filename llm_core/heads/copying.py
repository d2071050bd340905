"""How well a decoder copies: random sequences that stand there twice, whose second half only copying can predict.

How much comes out right depends on the words that were drawn, so that one sequence tells little: several are read, side
by side in one pass, and the spread over them says how sure the mean is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from llm_core.errors import LlmCoreError, SelectionError, UnsupportedModelError
from llm_core.heads.copying_records import Copied, Copying
from llm_core.heads.effects import Heads
from llm_core.heads.repetition import repeated_sequence
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.recording.recorder import Recording, Site
from llm_core.recording.trace_record import Ablation, Edits
from llm_core.recording.verification import accepted_arguments
from llm_core.tracing.ablation import HeadsBySite, Means, batch_replacements, checked_heads
from llm_core.tracing.passes import Inputs, forward_pass
from llm_core.tracing.resuming import KeptLayers, layers_to_keep

SEQUENCES = 12
LENGTH = 16

MOST_BYTES = 150_000_000
"""What layers gave is kept if it takes no more."""

TOLERANCE = 1e-4
"""Largest difference allowed, in bits, between a pass that begins in the middle and a whole one."""


@dataclass(frozen=True, eq=False)
class CopyingTest:
    """Random sequences of a model, read once with all heads; it can be kept and asked again with other heads off.

    Attributes:
        inputs: The sequences as the model takes them, each (sequence token).
        repeated: Positions of the tokens that copying predicts.
        before: How well they are copied with all heads.
        means: By layer, each head's mean output over each sequence, shape (sequence head d_value).
        heads: How many heads each layer has.
        layers: What each layer gave, so that a pass without some heads begins at the first of their layers; None if
            that would not give the same, or take more than :data:`MOST_BYTES`.
    """

    inputs: Inputs
    repeated: tuple[int, ...]
    before: Copying
    means: Means
    heads: Mapping[Site, int]
    layers: KeptLayers | None

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept."""
        kept = 0 if self.layers is None else self.layers.nbytes
        return kept + sum(tensor.nbytes for tensor in (*self.inputs.values(), *self.means.values()))


def copying_test(
    model: LoadedModel,
    *,
    sequences: int = SEQUENCES,
    length: int = LENGTH,
    seed: int = 0,
    progress: ProgressCallback = ignore_progress,
) -> CopyingTest:
    """Draw random sequences and read them with all heads.

    Args:
        model: From :func:`llm_core.load_model`, a decoder.
        sequences: How many, 2 or more.
        length: Tokens of a sequence before it is repeated.
        seed: Of the first sequence; each further one has the next number.
        progress: Told as the work goes on. What it raises stops it.

    Raises:
        SelectionError: The model is no decoder that says what comes next, or a number does not fit.
    """
    if model.family != "decoder":
        raise SelectionError(
            f"Copying is measured by what comes next, which a decoder predicts, and {model.spec.name} is of the "
            f"family “{model.family}”. Choose a decoder."
        )
    if sequences < 2:
        raise SelectionError(f"Expected 2 sequences or more, got {sequences!r}.")
    drawn = [repeated_sequence(model, length=length, repeats=2, seed=seed + place) for place in range(sequences)]
    inputs = {name: torch.cat([one.inputs[name] for one in drawn]) for name in drawn[0].inputs}
    words = [place for place, token in enumerate(drawn[0].tokens) if not token.is_special]
    # The first token of the second half follows something new: nothing yet says that a repetition has begun.
    repeated = tuple(words[length + 1 :])
    sites = frozenset(site for places in model.sites.values() for site in places)
    layers = layers_to_keep(model)
    network = None if layers is None else layers.watched(model)
    part = within(progress, 0.0, 0.7)
    try:
        before, noted = _read(model, inputs, repeated, watched=sites, network=network, progress=part)
    except UnsupportedModelError:  # A copy of a foreign model can fail in any way; then it is not used.
        if network is None:
            raise
        layers = None
        before, noted = _read(model, inputs, repeated, watched=sites, progress=part)
    means = {site: output.mean(dim=1).clone() for site, output in noted.outputs.items()}
    if layers is not None and not _resumes(model, inputs, repeated, before, layers, within(progress, 0.7, 1.0)):
        layers = None
    return CopyingTest(inputs, repeated, before, means, dict(noted.heads), layers)


def possible_test(model: LoadedModel, *, progress: ProgressCallback = ignore_progress) -> CopyingTest | None:
    """The test of a model, or None for one that cannot be tested; see :func:`copying_test`."""
    try:
        return copying_test(model, progress=progress)
    except LlmCoreError:
        return None


def _resumes(
    model: LoadedModel,
    inputs: Inputs,
    repeated: Sequence[int],
    before: Copying,
    layers: KeptLayers,
    progress: ProgressCallback,
) -> bool:
    """True if a pass that begins in the middle gives what the whole pass gave, and what is kept is not too much."""
    if layers.nbytes > MOST_BYTES:
        return False
    middle = sorted(layers.place_of, key=lambda site: layers.place_of[site])[len(layers.place_of) // 2]
    try:
        again, _ = _read(model, inputs, repeated, network=layers.resumed(model, [middle]), progress=progress)
    except UnsupportedModelError:  # A copy of a foreign model can fail in any way; then it is not used.
        return False
    return bool(np.abs(again.losses - before.losses).max() < TOLERANCE)


def copying(
    model: LoadedModel,
    heads: Heads | None = None,
    *,
    ablation: Ablation = "zero",
    sequences: int = SEQUENCES,
    length: int = LENGTH,
    seed: int = 0,
    progress: ProgressCallback = ignore_progress,
) -> Copying:
    """How well a decoder copies random sequences that stand there twice, with some heads switched off.

    Args:
        model: From :func:`llm_core.load_model`, a decoder.
        heads: Heads to switch off, by (stack, layer); None for none.
        ablation: What a head that is off gives out; see :class:`llm_core.Edits`.
        sequences: How many, 2 or more.
        length: Tokens of a sequence before it is repeated.
        seed: Of the first sequence; each further one has the next number.
        progress: Told as the work goes on. What it raises stops it.

    Raises:
        SelectionError: The model is no decoder that says what comes next, the heads do not exist, or a number does
            not fit.
    """
    checked_heads(model, Edits(heads or {}, ablation))
    test = copying_test(model, sequences=sequences, length=length, seed=seed, progress=within(progress, 0.0, 0.5))
    if not heads:
        return test.before
    return copying_without(model, test, [heads], ablation=ablation, progress=within(progress, 0.5, 1.0))


def copying_without(
    model: LoadedModel,
    test: CopyingTest,
    sets: Sequence[Heads],
    *,
    ablation: Ablation = "zero",
    progress: ProgressCallback = ignore_progress,
) -> Copying:
    """How well the sequences of a test are copied without some heads, in one pass over all of them.

    Args:
        model: The model of the test.
        test: From :func:`copying_test`.
        sets: Heads to switch off, by (stack, layer). Several sets take turns: the first sequence is read without the
            first set, the second without the second, and so on, so that the mean is over draws as well as sequences.
        ablation: What a head that is off gives out: nothing, or its mean over the sequence.
        progress: Told as the pass goes on. What it raises stops it.

    Raises:
        SelectionError: There are no such heads, or no set of them.
    """
    if not sets:
        raise SelectionError("Expected one set of heads or more to switch off, got none.")
    named: list[HeadsBySite] = [checked_heads(model, Edits(heads, ablation)) for heads in sets]
    turns = [named[place % len(named)] for place in range(len(test.before.right))]
    replaced = batch_replacements(turns, test.heads, test.means if ablation == "mean" else None)
    network = None if test.layers is None else test.layers.resumed(model, replaced)
    return _read(model, test.inputs, test.repeated, replaced=replaced, network=network, progress=progress)[0]


def copying_beside(
    model: LoadedModel,
    test: CopyingTest | None,
    heads: Heads,
    controls: Sequence[Heads],
    *,
    ablation: Ablation = "zero",
    progress: ProgressCallback = ignore_progress,
) -> Copied | None:
    """How well a model copies with all heads, without some, and without as many random ones.

    Args:
        model: The model of the test.
        test: From :func:`possible_test`.
        heads: Heads to switch off, by (stack, layer).
        controls: Random heads, from :attr:`llm_core.AblationEffect.controls`; may be none.
        ablation: As for :func:`copying_without`.
        progress: Told as the passes go on. What it raises stops them.

    Returns:
        None where nothing can be tested.
    """
    if test is None:
        return None
    parts = (within(progress, 0.0, 0.5), within(progress, 0.5, 1.0))
    try:
        after = copying_without(model, test, [heads], ablation=ablation, progress=parts[0])
        random = None
        if controls:
            random = copying_without(model, test, controls, ablation=ablation, progress=parts[1])
    except LlmCoreError:
        return None
    return Copied(test.before, after, random)


def _read(model: LoadedModel, inputs: Inputs, repeated: Sequence[int], **options: Any) -> tuple[Copying, Recording]:
    """How well the repeated tokens are predicted in one pass, and what was noted on the way."""
    before = torch.tensor(repeated) - 1
    kept = accepted_arguments(model.model.forward, {"logits_to_keep": before})
    done = forward_pass(model, inputs, options=kept, **options)
    logits = getattr(done.output, "logits", None)
    if logits is None:
        raise SelectionError(f"{model.spec.name} has no head that says what comes next. Choose another decoder.")
    if logits.shape[1] != len(before):
        logits = logits[:, before]
    wanted = inputs["input_ids"][:, list(repeated)]
    nats = torch.stack([torch.nn.functional.cross_entropy(*one) for one in zip(logits.double(), wanted, strict=True)])
    right = (logits.argmax(dim=-1) == wanted).double().mean(dim=1)
    return Copying(right.numpy(), (nats / np.log(2)).numpy(), len(before)), done.noted
