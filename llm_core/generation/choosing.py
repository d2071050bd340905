"""From logits to a token: the library's processors one after another, and the draw, with everything noted.

The processors are the library's own objects, built by the library in its own order; this module only looks at
what each of them does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float32

from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.finite import is_finite
from llm_core.generation.choice_records import Candidate, Draw, Stage
from llm_core.text.tokens import Token

Processor: TypeAlias = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Describe: TypeAlias = Callable[[int], Token]

NOTABLE = 5
"""So many of the tokens that are likeliest after the last stage are described too."""

LEAST = torch.finfo(torch.float32).tiny
"""Stands for a probability of zero in a logarithm."""

STAGES = {
    "RepetitionPenaltyLogitsProcessor": ("repetition penalty", "penalty"),
    "TemperatureLogitsWarper": ("temperature", "temperature"),
    "TopKLogitsWarper": ("top-k", "top_k"),
    "TopPLogitsWarper": ("top-p", "top_p"),
    "MinPLogitsWarper": ("min-p", "min_p"),
    "TypicalLogitsWarper": ("typical", "mass"),
}
"""What the library's processors are called here, and where they keep their setting."""


@dataclass(frozen=True)
class Choice:
    """A chosen token and how it was chosen; :class:`llm_core.GenerationStep` describes the fields."""

    token: Token
    candidates: tuple[Candidate, ...]
    stages: tuple[Stage, ...]
    draw: Draw | None
    entropy: float
    final_entropy: float
    probability: float
    own_scores: Float32[np.ndarray, " vocabulary"] | None = None


def choose(
    logits: torch.Tensor,
    ids: torch.Tensor,
    processors: Sequence[Processor],
    *,
    generator: torch.Generator | None,
    describe: Describe,
    candidates: int,
) -> Choice:
    """Run the pipeline on one step's logits and choose a token.

    Args:
        logits: The model's scores, float32, (batch=1 vocabulary).
        ids: The tokens so far, (batch=1 token).
        processors: The library's logits processors, in order.
        generator: Source of the draw; None takes the likeliest token.
        describe: Describes a token by its number.
        candidates: How many of the likeliest tokens to describe.
    """
    if not is_finite(logits.numpy()) and bool((logits.isnan() | (logits == torch.inf)).any()):
        raise UnsupportedModelError(
            "The model works out NaN or infinity for this text, so no next token can be chosen. "
            "Try another text, or another model."
        )
    # What pages say is worked out in double precision, here and in the browser, so that both round alike.
    alone = logits.double().softmax(dim=-1)[0]
    probabilities = [logits.softmax(dim=-1)[0]]
    scores, own, stages = logits, logits, []
    for processor in processors:
        left = _applied(processor, ids, scores)
        if _is_own(processor):
            # Some run the model once more; asked again is only who stands behind the settings' penalty.
            own = left if own is scores else _applied(processor, ids, own)
        stages.append(_stage(processor, scores[0], left[0]))
        probabilities.append(left.softmax(dim=-1)[0])
        scores = left
    draw = None
    if generator is None:
        chosen = int(scores.argmax(dim=-1))
    else:
        state = generator.get_state().numpy()
        waits = _waits(generator, logits.shape[-1])
        # The exponential race that torch.multinomial runs for one draw.
        chosen, draw = int((probabilities[-1] / waits).argmax()), Draw(state)
    entropy = _entropy(alone)
    described = _candidates(logits[0], [alone, *probabilities[1:]], chosen, candidates, describe)
    return Choice(
        token=describe(chosen),
        candidates=described,
        stages=tuple(stages),
        draw=draw,
        entropy=entropy,
        final_entropy=_entropy(probabilities[-1]) if stages else entropy,
        probability=float(alone[chosen]),
        own_scores=None if own is logits else own[0].numpy(),
    )


def _applied(processor: Processor, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """The scores after a processor, which must leave some token that can be chosen."""
    left = processor(ids, scores.clone())
    name, setting = _named(processor)
    called = name if setting is None else f"{name} of {setting:g}"
    if bool((left.isnan() | (left == torch.inf)).any()):
        raise SelectionError(
            f"The {called} makes scores too large to be numbers. Choose a setting nearer to 1, or a temperature of 0."
        )
    if bool(left.isneginf().all()):
        raise SelectionError(f"The {called} leaves no token that could come next. Choose a setting that leaves some.")
    return left


def luck(draw: Draw, vocabulary: int) -> Float32[np.ndarray, " vocabulary"]:
    """The random factor that every token of the vocabulary got in a draw, made again from the generator's state."""
    generator = torch.Generator()
    generator.set_state(torch.from_numpy(np.array(draw.state)))
    return np.asarray(1 / _waits(generator, vocabulary).numpy())


def skip_draws(generator: torch.Generator, vocabulary: int, count: int) -> None:
    """Move a generator on as if it had drawn some tokens, so that step ``n`` has the same luck in every branch."""
    for _ in range(count):
        _waits(generator, vocabulary)


def _waits(generator: torch.Generator, vocabulary: int) -> torch.Tensor:
    return torch.empty(1, vocabulary).exponential_(1, generator=generator)[0]


def _stage(processor: Processor, scores: torch.Tensor, left: torch.Tensor) -> Stage:
    gone = torch.isneginf(left)
    name, setting = _named(processor)
    kept, excluded = int((~gone).sum()), int((gone & ~torch.isneginf(scores)).sum())
    return Stage(name, setting, kept, excluded, own=_is_own(processor))


def _is_own(processor: Processor) -> bool:
    """True if the model's files ask for a stage; dividing by the sum changes no probability and is none."""
    return type(processor).__name__ not in {*STAGES, "LogitNormalization"}


def _named(processor: Any) -> tuple[str, float | None]:
    kind = type(processor).__name__
    name, where = STAGES.get(kind, ("", ""))
    if not name:
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", re.sub("Logits(Processor|Warper)$", "", kind))
        return " ".join(words).lower(), None
    return name, float(getattr(processor, where))


def _candidates(
    logits: torch.Tensor,
    probabilities: Sequence[torch.Tensor],
    chosen: int,
    count: int,
    describe: Describe,
) -> tuple[Candidate, ...]:
    likeliest = logits.topk(min(count, len(logits))).indices.tolist()
    left = probabilities[-1].topk(min(NOTABLE, len(logits))).indices.tolist() if len(probabilities) > 1 else []
    numbers = list(dict.fromkeys([*likeliest, *left, chosen]))
    where = torch.tensor(numbers)
    scores = logits[where].tolist()
    shares = torch.stack([stage[where].double() for stage in probabilities], dim=1).tolist()
    found = [
        Candidate(describe(number), score, share[0], tuple(share[1:]))
        for number, score, share in zip(numbers, scores, shares, strict=True)
    ]
    # The first ones are sorted already, and stay in the library's order where scores are equal.
    return tuple(sorted(found, key=lambda candidate: -candidate.logit))


def _entropy(probabilities: torch.Tensor) -> float:
    """Entropy in bits (Shannon 1948)."""
    return -float(probabilities @ probabilities.clamp_min(LEAST).log2())
