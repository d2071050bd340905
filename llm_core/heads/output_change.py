"""What is asked of a model's output, first with all heads and then without some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from llm_core.errors import SelectionError
from llm_core.heads.effects import Candidate, DistributionEffect, Effect, Heads, TextEffect, VectorEffect
from llm_core.models.loading import LoadedModel
from llm_core.progress import ProgressCallback, within
from llm_core.recording.recorder import Site
from llm_core.recording.verification import accepted_arguments
from llm_core.text.tokens import Token
from llm_core.tracing.ablation import HeadsBySite, Means, batch_replacements
from llm_core.tracing.inputs import EncodedText
from llm_core.tracing.passes import Inputs, Pass, forward_pass, with_target, write_greedily

BEST = 8
"""How many of the likeliest tokens are named, before and after."""

ROWS = 64
"""How many rows of a whole vocabulary's probabilities are computed at once."""

BATCH_TOKENS = 1024
"""So many tokens go through the model together, each set of heads with a copy of the text of its own."""


@runtime_checkable
class Question(Protocol):
    """Something asked of the output, answered for all heads already."""

    @property
    def inputs(self) -> Inputs:
        """What the model reads, each (batch=1 token)."""

    @property
    def heads(self) -> Mapping[Site, int]:
        """How many heads each layer has."""

    def effects(self, sets: Sequence[HeadsBySite], means: Means | None, progress: ProgressCallback) -> list[Effect]:
        """How the answer changes without each of some sets of heads, the first of which are those asked about.

        Args:
            sets: Heads to switch off.
            means: What a head that is off gives out; None for nothing.
            progress: Told as passes go on.
        """


def ask(
    model: LoadedModel,
    source: EncodedText,
    target: torch.Tensor | None,
    position: int | None,
    max_target_tokens: int,
    progress: ProgressCallback,
) -> Question:
    """Ask what a model of this kind can be asked; see :func:`llm_core.effect_of_ablation`.

    Args:
        model: Which model.
        source: What it reads.
        target: Decoder inputs given to an encoder-decoder (batch=1 token), or None.
        position: The row of the output to look at, or None.
        max_target_tokens: The most tokens that an encoder-decoder writes.
        progress: Told as the pass with all heads goes on.

    Raises:
        SelectionError: There is no such position.
    """
    rows = len(source.tokens) if target is None else target.shape[1]
    if model.family != "encoder-decoder" or target is not None:
        _check_position(position, rows)
    if model.family == "encoder-decoder":
        return _WhatIsWritten(model, source, target, position, max_target_tokens, progress)
    if model.family == "decoder":
        row = rows - 1 if position is None else position
        kept = accepted_arguments(model.model.forward, {"logits_to_keep": torch.tensor([row])})
        plain = forward_pass(model, source.inputs, options=kept, progress=progress)
        if getattr(plain.output, "logits", None) is not None:
            return _WhichToken(model, source.inputs, plain, row, None)
        return _WhatVectors(model, source.inputs, plain)
    plain = forward_pass(model, source.inputs, progress=within(progress, 0.0, 0.5))
    if getattr(plain.output, "logits", None) is None:
        return _WhatVectors(model, source.inputs, plain)
    row = _masked_row(model, source.tokens) if position is None else position
    mask = model.tokenizer.mask_token_id
    if mask is None or source.tokens[row].id == mask:
        return _WhichToken(model, source.inputs, plain, row, None)
    ids = source.inputs["input_ids"].clone()
    ids[0, row] = mask
    inputs = {**source.inputs, "input_ids": ids}
    plain = forward_pass(model, inputs, progress=within(progress, 0.5, 1.0))
    return _WhichToken(model, inputs, plain, row, source.tokens[row])


def _check_position(position: int | None, rows: int) -> None:
    if position is not None and (not isinstance(position, int | np.integer) or not 0 <= position < rows):
        raise SelectionError(f"Expected a position from 0 to {rows - 1}, got {position!r}.")


def _masked_row(model: LoadedModel, tokens: tuple[Token, ...]) -> int:
    """The first mask, or else the last word."""
    masks = [place for place, token in enumerate(tokens) if token.id == model.tokenizer.mask_token_id]
    words = [place for place, token in enumerate(tokens) if token.is_word]
    return (masks or words[-1:] or [len(tokens) - 1])[0]


def _without(
    model: LoadedModel,
    question: Question,
    sets: Sequence[HeadsBySite],
    means: Means | None,
    progress: ProgressCallback,
    options: Mapping[str, Any] | None = None,
) -> Iterator[tuple[Heads, Any, int]]:
    """Each set of heads with the output of a pass without them and its row there; several share a pass."""
    tokens = max(tensor.shape[1] for tensor in question.inputs.values() if tensor.ndim > 1)
    size = max(1, BATCH_TOKENS // tokens)
    for start in range(0, len(sets), size):
        part = sets[start : start + size]
        copies = {name: torch.cat([tensor] * len(part)) for name, tensor in question.inputs.items()}
        done = forward_pass(
            model,
            copies,
            replaced=batch_replacements(part, question.heads, means),
            options=options,
            progress=within(progress, start / len(sets), (start + len(part)) / len(sets)),
        )
        for row, some in enumerate(part):
            yield {(site.stack, site.layer): heads for site, heads in some.items()}, done.output, row


class _WhichToken:
    """Which token stands at a position: the next one, or the one that is masked."""

    def __init__(self, model: LoadedModel, inputs: Inputs, plain: Pass, row: int, masked: Token | None) -> None:
        self._model = model
        self.inputs: Inputs = inputs
        self.heads: Mapping[Site, int] = plain.noted.heads
        self._row = row
        self._masked = masked
        self._before = self._log_probabilities(plain.output.logits[0])

    def effects(self, sets: Sequence[HeadsBySite], means: Means | None, progress: ProgressCallback) -> list[Effect]:
        kept = {}
        if self._model.family == "decoder":
            kept = accepted_arguments(self._model.model.forward, {"logits_to_keep": torch.tensor([self._row])})
        found: list[Effect] = []
        for heads, output, row in _without(self._model, self, sets, means, progress, kept):
            after = self._log_probabilities(output.logits[row])
            found.append(_distribution(self._model, heads, self._row, self._masked, self._before, after))
        return found

    def _log_probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        return logits[self._row if len(logits) > 1 else 0].double().log_softmax(dim=-1)


class _WhatIsWritten:
    """What an encoder-decoder writes, and how likely each row finds it."""

    def __init__(
        self,
        model: LoadedModel,
        source: EncodedText,
        given: torch.Tensor | None,
        position: int | None,
        limit: int,
        progress: ProgressCallback,
    ) -> None:
        self._model = model
        self._source = source.inputs
        self._limit = limit
        self._given = given is not None
        written = given
        if written is None:
            written = write_greedily(model, self._source, limit, progress=within(progress, 0.0, 0.7))
            _check_position(position, written.shape[1])
        self._target = written
        self._position = position
        self.inputs: Inputs = with_target(self._source, self._target)
        plain = forward_pass(model, self.inputs, progress=within(progress, 0.7, 1.0))
        self.heads: Mapping[Site, int] = plain.noted.heads
        self._before = plain.output.logits[0]

    def effects(self, sets: Sequence[HeadsBySite], means: Means | None, progress: ProgressCallback) -> list[Effect]:
        text_after = None
        if not self._given:
            # Only of the heads asked about is it shown what is written without them.
            replaced = batch_replacements(sets[:1], self.heads, means)
            written = write_greedily(
                self._model, self._source, self._limit, replaced=replaced, progress=within(progress, 0.0, 0.5)
            )
            text_after = self._text(written)
        passes = _without(self._model, self, sets, means, within(progress, 0.5, 1.0))
        return [
            self._effect(heads, output.logits[row], text_after if place == 0 else None)
            for place, (heads, output, row) in enumerate(passes)
        ]

    def _effect(self, heads: Heads, after: torch.Tensor, text_after: str | None) -> TextEffect:
        kl = torch.cat(
            [
                _kl(self._before[rows].double().log_softmax(-1), after[rows].double().log_softmax(-1))
                for rows in (slice(start, start + ROWS) for start in range(0, len(after), ROWS))
            ]
        )
        row = int(kl.argmax()) if self._position is None else self._position
        at = [logits[row].double().log_softmax(-1) for logits in (self._before, after)]
        return TextEffect(
            heads=heads,
            text_before=self._text(self._target),
            text_after=text_after,
            log_probability_before=self._log_probability(self._before),
            log_probability_after=self._log_probability(after),
            kl=float(kl.mean()),
            at=_distribution(self._model, heads, row, None, *at),
        )

    def _log_probability(self, logits: torch.Tensor) -> float:
        following = self._target[0, 1:]
        nats = torch.nn.functional.cross_entropy(logits[: len(following)].double(), following, reduction="sum")
        return -float(nats) / float(np.log(2))

    def _text(self, target: torch.Tensor) -> str:
        return str(self._model.tokenizer.decode(target[0], skip_special_tokens=True)).strip()


class _WhatVectors:
    """The vectors of a model that has no head."""

    def __init__(self, model: LoadedModel, inputs: Inputs, plain: Pass) -> None:
        self._model = model
        self.inputs: Inputs = inputs
        self.heads: Mapping[Site, int] = plain.noted.heads
        self._before = plain.output.last_hidden_state[0].double()

    def effects(self, sets: Sequence[HeadsBySite], means: Means | None, progress: ProgressCallback) -> list[Effect]:
        passes = _without(self._model, self, sets, means, progress)
        return [self._effect(heads, output.last_hidden_state[row].double()) for heads, output, row in passes]

    def _effect(self, heads: Heads, after: torch.Tensor) -> VectorEffect:
        sentence = 1 - torch.cosine_similarity(self._before.mean(dim=0), after.mean(dim=0), dim=0)
        tokens = 1 - torch.cosine_similarity(self._before, after, dim=-1)
        return VectorEffect(
            heads=heads,
            sentence_change=max(0.0, float(sentence)),
            token_changes=tokens.clamp(min=0).float().numpy(),
        )


def _distribution(
    model: LoadedModel, heads: Heads, row: int, masked: Token | None, before: torch.Tensor, after: torch.Tensor
) -> DistributionEffect:
    """The change of one row, from log-probabilities (vocabulary,) before and after."""
    best = min(BEST, len(before))
    named = {*before.topk(best).indices.tolist(), *after.topk(best).indices.tolist()}

    def candidate(number: int) -> Candidate:
        token = model.reader.sequence([number])[0]
        return Candidate(token, float(before[number].exp()), float(after[number].exp()))

    ordered = sorted(named, key=lambda number: (-float(before[number]), -float(after[number]), number))
    answer, gains = int(before.argmax()), after.exp() - before.exp()
    return DistributionEffect(
        heads=heads,
        position=row,
        masked=masked,
        candidates=tuple(candidate(number) for number in ordered),
        answer=candidate(answer),
        instead=candidate(int(after.argmax())),
        grew=candidate(int(gains.argmax())),
        shrank=candidate(int(gains.argmin())),
        answer_change=float(after[answer] - before[answer]) / float(np.log(2)),
        kl=float(_kl(before, after)),
    )


def _kl(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Divergence in bits of log-probabilities (... vocabulary), shape (...)."""
    nats = torch.nn.functional.kl_div(after, before, reduction="none", log_target=True).sum(dim=-1)
    return nats.clamp(min=0) / float(np.log(2))
