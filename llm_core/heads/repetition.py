"""A repeated random sequence: a text whose second half only copying can predict.

Nothing but the first half tells what comes next in the second, so what a head does there is copying and
nothing else (Olsson et al. 2022, In-context learning and induction heads).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from llm_core.ablation import replacements
from llm_core.errors import SelectionError
from llm_core.heads.effects import Heads
from llm_core.heads.scores import HeadScores, head_scores
from llm_core.inputs import EncodedText
from llm_core.loading import LoadedModel
from llm_core.passes import forward_pass
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.shapes import Stack
from llm_core.trace_record import Ablation, Edits
from llm_core.tracing import trace_encoded

TRIES = 50
"""How many tokens are looked at for each one wanted, before the same word may come twice."""


@dataclass(frozen=True)
class Copying:
    """How well a decoder predicts the repetition of a random sequence.

    Attributes:
        loss: Mean of minus the log-probability of each repeated token, in bits; 0 is perfect.
        accuracy: Share of the repeated tokens that are the likeliest, from 0 to 1.
        tokens: How many tokens that is the mean of.
    """

    loss: float
    accuracy: float
    tokens: int


def induction_on_random(
    model: LoadedModel,
    *,
    length: int = 25,
    repeats: int = 4,
    seed: int = 0,
    progress: ProgressCallback = ignore_progress,
) -> Mapping[Stack, HeadScores]:
    """Score the heads of every self-attention stack on a repeated random sequence.

    A head that scores high on ``"induction"`` here is an induction head, even if a text that repeats nothing does
    not trigger it. An encoder-decoder reads the sequence on both sides.

    Args:
        model: From :func:`llm_core.load_model`.
        length: Tokens of the sequence.
        repeats: How many times it stands there, 2 or more.
        seed: Of the sequence.
        progress: Told as the work goes on. What it raises stops it.

    Raises:
        SelectionError: The length or the number of repeats is too small, or the text too long for the model.
    """
    source = repeated_sequence(model, length=length, repeats=repeats, seed=seed)
    target = None
    if model.family == "encoder-decoder":
        target = torch.tensor([[model.start_token, *(token.id for token in source.tokens if not token.is_special)]])
    trace = trace_encoded(model, source, target, progress=within(progress, 0.0, 0.7))
    stacks = [stack for stack in trace.stacks if stack != "cross"]
    return {
        stack: head_scores(
            trace,
            stack,
            progress=within(progress, 0.7 + 0.3 * place / len(stacks), 0.7 + 0.3 * (place + 1) / len(stacks)),
        )
        for place, stack in enumerate(stacks)
    }


def copying(
    model: LoadedModel,
    heads: Heads | None = None,
    *,
    ablation: Ablation = "zero",
    length: int = 24,
    seed: int = 0,
    progress: ProgressCallback = ignore_progress,
) -> Copying:
    """How well a decoder copies a random sequence that stands there twice, with some heads switched off.

    Args:
        model: From :func:`llm_core.load_model`, a decoder.
        heads: Heads to switch off, by (stack, layer); None for none.
        ablation: What a head that is off gives out; see :class:`llm_core.Edits`.
        length: Tokens of the sequence.
        seed: Of the sequence.
        progress: Told as the work goes on. What it raises stops it.

    Raises:
        SelectionError: The model is no decoder, the heads do not exist, or the length does not fit.
    """
    if model.family != "decoder":
        raise SelectionError(
            f"Copying is measured by what comes next, which a decoder predicts, and {model.spec.name} is of the "
            f"family “{model.family}”. Choose a decoder."
        )
    source = repeated_sequence(model, length=length, repeats=2, seed=seed)
    edits = Edits(heads or {}, ablation)
    replaced = replacements(model, edits, source.inputs, progress=within(progress, 0.0, 0.5))
    done = forward_pass(model, source.inputs, replaced=replaced, progress=within(progress, 0.5, 1.0))
    logits = getattr(done.output, "logits", None)
    if logits is None:
        raise SelectionError(f"{model.spec.name} has no head that says what comes next. Choose another decoder.")
    words = [place for place, token in enumerate(source.tokens) if not token.is_special]
    # The first token of the second half follows something new: nothing yet says that a repetition has begun.
    repeated = torch.tensor(words[length + 1 :])
    wanted = source.inputs["input_ids"][0, repeated]
    before = logits[0, repeated - 1].double()
    nats = torch.nn.functional.cross_entropy(before, wanted)
    right = (before.argmax(dim=-1) == wanted).double().mean()
    return Copying(loss=float(nats / np.log(2)), accuracy=float(right), tokens=len(wanted))


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
    numbers = generator.permutation(known)[: count * TRIES].tolist()
    words = [token for token in model.reader.sequence(numbers) if token.is_word]
    whole = [token.id for token in words if token.text.isalpha() and not token.continues]
    parts = [token.id for token in words if token.id not in set(whole)]
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
