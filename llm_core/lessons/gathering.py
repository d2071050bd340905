"""What lessons need to know of a loaded model: its measures, its positions, and one guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llm_core.comparison.outcomes import probabilities, word_to_hide
from llm_core.embeddings.positions import position_codes
from llm_core.errors import LlmCoreError
from llm_core.feed_forward.neuron_record import FeedForwardNeurons
from llm_core.feed_forward.observing import observe_feed_forward
from llm_core.feed_forward.strongest import strongest_neurons
from llm_core.lessons.evidence import Evidence, Guess, query_of, stack_of
from llm_core.measures.geometry import geometry
from llm_core.measures.parameters import parameter_blocks
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.recording.trace_record import Trace
from llm_core.text.tokens import Token
from llm_core.tracing.trace import trace as run

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

MOST_NAMED = 12
MOST_NEURONS = 5


def gather(model: LoadedModel, trace: Trace, *, progress: ProgressCallback = ignore_progress) -> Evidence:
    """Everything that lessons draw and ask about.

    Args:
        model: The model that made the trace.
        trace: What it did with the text.
        progress: Told once, before the work.
    """
    progress(Progress(0.2, "Looking at the model's parts"))
    return Evidence(
        trace,
        parameters=parameter_blocks(model.model),
        geometry=geometry(model, trace),
        positions=position_codes(model),
        guess=guess(model, trace),
        neurons=neurons(model, trace),
    )


def neurons(model: LoadedModel, trace: Trace) -> FeedForwardNeurons | None:
    """The strongest neurons of the last layer that writes, at the token after which the model guesses.

    In an encoder it is the token at which the pages about attention open. None where neurons cannot be told apart.
    """
    evidence = Evidence(trace)
    stack = stack_of(trace, "writing")
    if trace.family == "encoder" or trace.logits is None:
        position = query_of(evidence, stack, "opening")
    else:
        position = last_to_guess(trace.tokens) if trace.family == "decoder" else _hesitation(trace)
    try:
        observed = observe_feed_forward(model, trace, stack, trace.layers(stack)[-1])
        return strongest_neurons(model, observed, [position], count=MOST_NEURONS)[0]
    except LlmCoreError:
        return None


def guess(model: LoadedModel, trace: Trace) -> Guess | None:
    """One token that the model has to guess from the text, or None if it gives no scores.

    An encoder fills in a word that is hidden from it (:func:`llm_core.comparison.outcomes.word_to_hide`). A decoder
    says what follows the text or, if the text ends with a full stop or the like, what its last word is. Of an
    encoder-decoder it is the token of the target at which the model hesitates most.
    """
    if trace.logits is None:
        return None
    if trace.family == "encoder":
        return _hidden_word(model, trace)
    position = last_to_guess(trace.tokens) if trace.family == "decoder" else _hesitation(trace)
    context = (trace.tokens if trace.family == "decoder" else trace.target_tokens)[: position + 1]
    return Guess("next", context, position, trace.logits[position], _likeliest(model, trace.logits[position], context))


def last_to_guess(tokens: tuple[Token, ...]) -> int:
    """The position after which a decoder guesses: the text's end or, if it ends a sentence, before its last word."""
    real = [place for place, token in enumerate(tokens) if not token.is_padding]
    words = [place for place in real if tokens[place].is_word]
    if not words or words[-1] == real[-1]:
        return real[-1]
    start = words[-1]
    while start > 0 and tokens[start].continues:
        start -= 1
    return start - 1 if start > 0 else real[-1]


def _hidden_word(model: LoadedModel, trace: Trace) -> Guess | None:
    hidden, mask = word_to_hide(trace.text), model.tokenizer.mask_token
    if hidden is None or mask is None:
        return None
    text = trace.text[: hidden[0]] + mask + trace.text[hidden[1] :]
    try:
        masked = run(model, text, truncate=True, max_tokens=max(len(trace.tokens) + 1, 3))
    except LlmCoreError:
        return None
    place = next((at for at, token in enumerate(masked.tokens) if token.id == model.tokenizer.mask_token_id), None)
    if place is None or masked.logits is None:
        return None
    logits = masked.logits[place]
    return Guess("mask", masked.tokens, place, logits, _likeliest(model, logits, masked.tokens[:place]))


def _hesitation(trace: Trace) -> int:
    """The row of the target whose next token the model is least sure of."""
    assert trace.logits is not None
    rows = range(max(1, len(trace.target_tokens) - 1))
    chances = [probabilities(trace.logits[row]).astype(np.float64) for row in rows]
    return int(np.argmax([-(some[some > 0] * np.log2(some[some > 0])).sum() for some in chances]))


def _likeliest(model: LoadedModel, logits: np.ndarray, before: tuple[Token, ...]) -> tuple[Token, ...]:
    best = np.argsort(-logits, kind="stable")[:MOST_NAMED].tolist()
    last = before[-1] if before else None
    if last is None:
        return tuple(model.reader.sequence([number])[0] for number in best)
    return tuple(model.reader.following(last, number) for number in best)
