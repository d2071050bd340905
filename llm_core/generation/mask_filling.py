"""``fill_masks(model, text)``: what an encoder puts in the place of masks, with its other candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.generation.filled_masks import WRITTEN_AS, Filling, FillingPass, MaskFilling
from llm_core.models.catalog import catalog
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, ignore_progress, within
from llm_core.recording.trace_record import Trace
from llm_core.tracing.inputs import EncodedText, encode_text
from llm_core.tracing.trace import trace_encoded


def mask_token(model: LoadedModel) -> str | None:
    """How the model's tokenizer writes a mask, or None if it knows none."""
    return getattr(model.tokenizer, "mask_token", None)


def fills_masks(model: LoadedModel) -> bool:
    """True if the model is an encoder with a mask token and an output layer over the vocabulary."""
    return model.family == "encoder" and mask_token(model) is not None and _has_head(model)


def fill_masks(
    model: LoadedModel,
    text: str,
    *,
    iterative: bool = False,
    candidates: int = 10,
    max_tokens: int | None = None,
    progress: ProgressCallback = ignore_progress,
) -> MaskFilling:
    """Let an encoder fill every mask of a text, all at once or one after another.

    At once, each mask is filled as if the others stayed masked, from a single reading. Iteratively, the mask the
    model is surest of is filled, and the text is read again, until none is left.

    Args:
        model: An encoder trained to fill masks.
        text: With one or several ``[MASK]`` (or the model's own mask token).
        iterative: Fill one after another.
        candidates: How many of the likeliest tokens to name for each mask, from 1.
        max_tokens: Take fewer tokens than the model could.
        progress: Told before each reading. What it raises stops the filling and reaches the caller.

    Raises:
        UnsupportedModelError: The model does not fill masks.
        SelectionError: There is no mask in the text.
        TextError: The text is empty, too long, or no text.
    """
    _check(model)
    if isinstance(candidates, bool) or not isinstance(candidates, int) or candidates < 1:
        raise SelectionError(f"Expected candidates as a whole number from 1, got {candidates!r}.")
    written = mask_token(model)
    text = WRITTEN_AS.sub(lambda _: str(written), text) if isinstance(text, str) else text
    mask = model.tokenizer.mask_token_id
    source = encode_text(model, text, truncate=False, pad_to=None, max_tokens=max_tokens)
    passes: list[FillingPass] = []
    filled: set[int] = set()
    masks = 1
    while True:
        part = within(progress, len(passes) / masks, (len(passes) + 1) / masks)
        part(Progress(0.0, f"Reading for mask {len(passes) + 1}"))
        reading = trace_encoded(model, source, progress=part)
        # A mask that was filled with the mask token itself is filled.
        open_masks = [place for place, token in enumerate(reading.tokens) if token.id == mask and place not in filled]
        if not open_masks:
            raise SelectionError(
                f"Expected a text with at least one mask, written {written}, got none. "
                f"Put {written} in the place of a word."
            )
        masks = max(masks, len(open_masks)) if iterative else 1
        fillings = tuple(_filling(model, reading, place, candidates) for place in open_masks)
        chosen = [max(fillings, key=lambda one: one.probability)] if iterative else list(fillings)
        passes.append(FillingPass(reading, fillings, tuple(filling.position for filling in chosen)))
        filled |= {filling.position for filling in chosen}
        source = _filled(model, source, {filling.position: filling.token.id for filling in chosen})
        if len(chosen) == len(fillings):
            return MaskFilling(tuple(passes), source.tokens, iterative)


def _filled(model: LoadedModel, source: EncodedText, words: Mapping[int, int]) -> EncodedText:
    """The same text with some of its tokens exchanged."""
    ids = [words.get(place, token.id) for place, token in enumerate(source.tokens)]
    tokens = model.reader.sequence(ids)
    return replace(source, tokens=tokens, inputs={**source.inputs, "input_ids": torch.tensor([ids])})


def _filling(model: LoadedModel, reading: Trace, position: int, count: int) -> Filling:
    assert reading.logits is not None
    logits = reading.logits[position].astype(np.float64)
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    likeliest = np.argsort(-shares, kind="stable")[:count]
    reader = model.reader
    before = reading.tokens[max(position - 1, 0)]
    some = shares[shares > 0]
    return Filling(
        position=position,
        candidates=tuple((reader.following(before, int(number)), float(shares[number])) for number in likeliest),
        entropy=float(-(some * np.log2(some)).sum()),
    )


def _check(model: LoadedModel) -> None:
    if fills_masks(model):
        return
    others = ", ".join(spec.name for spec in catalog() if spec.family == "encoder" and spec.name != model.spec.name)
    if model.family != "encoder":
        problem = f"is of the family “{model.family}” and writes from left to right"
    elif not _has_head(model):
        problem = "has no output layer that names words"
    else:
        problem = "knows no mask token"
    raise UnsupportedModelError(
        f"{model.spec.name} {problem}, so it cannot fill a mask. "
        f"Choose an encoder that was trained to, such as {others}."
    )


def _has_head(model: LoadedModel) -> bool:
    # The library's headless models are their own base.
    return model.model.base_model is not model.model
