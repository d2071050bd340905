"""A repeated random sequence: a text whose second half only copying can predict.

Nothing but the first half tells what comes next in the second, so what a head does there is copying and
nothing else (Olsson et al. 2022, In-context learning and induction heads).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from llm_core.errors import LlmCoreError, SelectionError
from llm_core.heads.scores import HeadScores, MeasureName, head_scores
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.shapes import Stack
from llm_core.tracing.inputs import EncodedText
from llm_core.tracing.trace import trace_encoded

SEQUENCES = 8
"""What holds whatever the text is measured on so many random ones."""

TRIES = 50
"""How many tokens are looked at for each one wanted, before the same word may come twice."""


def induction_on_random(
    model: LoadedModel,
    *,
    sequences: int = SEQUENCES,
    length: int = 16,
    repeats: int = 2,
    seed: int = 0,
    progress: ProgressCallback = ignore_progress,
) -> Mapping[Stack, HeadScores]:
    """Score the heads of every self-attention stack on repeated random sequences.

    A head that scores high on ``"induction"`` here is an induction head, even if a text that repeats nothing does
    not trigger it. An encoder-decoder reads the sequence on both sides. Scores are means over the queries of all
    sequences.

    Args:
        model: From :func:`llm_core.load_model`.
        sequences: How many, 1 or more.
        length: Tokens of a sequence.
        repeats: How many times it stands there, 2 or more.
        seed: Of the first sequence; each further one has the next number.
        progress: Told as the work goes on. What it raises stops it.

    Raises:
        SelectionError: The length or the number of repeats is too small, or the text too long for the model.
    """
    if sequences < 1:
        raise SelectionError(f"Expected one sequence or more, got {sequences!r}.")
    found: dict[Stack, list[HeadScores]] = {}
    for place in range(sequences):
        part = within(progress, place / sequences, (place + 1) / sequences)
        source = repeated_sequence(model, length=length, repeats=repeats, seed=seed + place)
        target = None
        if model.family == "encoder-decoder":
            words = [token.id for token in source.tokens if not token.is_special]
            target = torch.tensor([[model.start_token, *words]])
        trace = trace_encoded(model, source, target, progress=within(part, 0.0, 0.7))
        for stack in trace.stacks:
            if stack != "cross":
                found.setdefault(stack, []).append(head_scores(trace, stack))
    return {stack: pooled_scores(scores) for stack, scores in found.items()}


def induction_if_any(model: LoadedModel, *, progress: ProgressCallback = ignore_progress) -> Mapping[Stack, HeadScores]:
    """The same, and nothing for a model that cannot be measured so: it is known to have no such heads."""
    try:
        return induction_on_random(model, progress=progress)
    except LlmCoreError:
        return {}


def pooled_scores(parts: Sequence[HeadScores]) -> HeadScores:
    """Scores of one stack over the queries of several texts that it read.

    Args:
        parts: One for each text, one or more.
    """
    first = parts[0]

    def pooled(tables: Sequence[np.ndarray], counts: Sequence[np.ndarray]) -> np.ndarray:
        values, weights = np.stack(tables), np.stack(counts)
        if values.ndim > weights.ndim:
            weights = weights[..., None]
        told = ~np.isnan(values)
        total = np.where(told, weights, 0).sum(axis=0)
        summed = np.where(told, values * weights, 0.0).sum(axis=0)
        return np.where(total > 0, summed / np.maximum(total, 1), np.nan)

    def counts(name: MeasureName) -> list[np.ndarray]:
        if name == "entropy" or name == "distance":
            return counts("broad")
        return [part.queries[name] for part in parts]

    return HeadScores(
        stack=first.stack,
        layers=first.layers,
        means={role: pooled([part.means[role] for part in parts], counts(role)) for role in first.means},
        queries={role: np.sum(counts(role), axis=0) for role in first.queries},
        random={name: pooled([part.random[name] for part in parts], counts(name)) for name in first.random},
        entropy=pooled([part.entropy for part in parts], counts("entropy")),
        distance=pooled([part.distance for part in parts], counts("distance")),
        fewest=first.fewest,
    )


def repeated_sequence(model: LoadedModel, *, length: int, repeats: int, seed: int) -> EncodedText:
    """Random ordinary words, repeated, between the special tokens that the model expects around a text.

    Args:
        model: Which model; its vocabulary is drawn from.
        length: Tokens of the sequence.
        repeats: How many times it stands there.
        seed: Of the sequence.

    Raises:
        SelectionError: The length or the number of repeats is too small, or the text too long for the model.
    """
    if length < 2 or repeats < 2:
        raise SelectionError(f"Expected a length and repeats of 2 or more, got {length!r} and {repeats!r}.")
    before, after = _around(model)
    total = len(before) + length * repeats + len(after)
    if model.token_limit is not None and total > model.token_limit:
        raise SelectionError(f"Expected {model.token_limit} tokens at most, got {total}. Choose a shorter length.")
    ids = [*before, *_ordinary_tokens(model, length, seed) * repeats, *after]
    encoded = torch.tensor([ids])
    tokens = model.reader.sequence(ids)
    text = str(model.tokenizer.decode(ids, skip_special_tokens=True))
    inputs = {"input_ids": encoded, "attention_mask": torch.ones_like(encoded)}
    return EncodedText(text=text, tokens=tokens, inputs=inputs, tokens_cut=0)


def _ordinary_tokens(model: LoadedModel, count: int, seed: int) -> list[int]:
    """Random words, all different if the vocabulary has enough; parts of words where it has too few whole ones."""
    generator = np.random.default_rng(seed)
    known = min(len(model.tokenizer), model.model.get_input_embeddings().weight.shape[0])
    whole: list[int] = []
    parts: list[int] = []
    numbers = generator.permutation(known)[: count * TRIES].tolist()
    # Most vocabularies have enough whole words among the first, and to read a token takes time.
    for start in range(0, len(numbers), 2 * count):
        before = min(start, 1)  # whether a token goes on is told by the one before it
        for token in model.reader.sequence(numbers[start - before : start + 2 * count])[before:]:
            if token.is_word:
                (whole if token.text.isalpha() and not token.continues else parts).append(token.id)
        if len(whole) >= count:
            break
    drawn = [*whole, *parts]
    if not drawn:
        raise SelectionError(f"The vocabulary of {model.spec.name} has no words to draw a random sequence from.")
    return (drawn * count)[:count]


def _around(model: LoadedModel) -> tuple[list[int], list[int]]:
    """The special tokens that the tokenizer puts around a text; for a decoder without any, its first token."""
    bare = model.tokenize(text="a", add_special_tokens=False)["input_ids"]
    whole = model.tokenize(text="a")["input_ids"]
    start = next((i for i in range(len(whole)) if whole[i : i + len(bare)] == bare), 0)
    before, after = whole[:start], whole[start + len(bare) :]
    if model.family == "decoder" and not before and model.tokenizer.bos_token_id is not None:
        before = [model.tokenizer.bos_token_id]
    return before, after
