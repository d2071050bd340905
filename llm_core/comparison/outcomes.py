"""What comes out of a model for a text: a filled blank, the next token, or another text.

The same word is hidden from an encoder and from a decoder. An encoder reads what stands on both sides of the
blank and fills it (Devlin et al. 2019, section 3.1); a decoder has only what stands before it, so all it can do
is to go on from there (Radford et al. 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from llm_core.comparison.alignment import character_spans
from llm_core.comparison.words import Span, words_of
from llm_core.errors import LlmCoreError
from llm_core.heads.examples import EXAMPLES
from llm_core.order import largest
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Family
from llm_core.text.tokens import Token

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

MOST_CANDIDATES = 5


@dataclass(frozen=True)
class Candidate:
    """A token that a model thinks of.

    Attributes:
        token: The token.
        probability: Over the whole vocabulary, from 0 to 1.
    """

    token: Token
    probability: float


@dataclass(frozen=True)
class Blank:
    """A word of the text that a model had to do without.

    Attributes:
        word: The word that stands there.
        before: What the model read before it.
        after: What the model read after it; empty for a decoder, which cannot look ahead.
        candidates: What it thinks stands there, most probable first; empty if it cannot tell.
        probability: Of the word, from 0 to 1; None where one token cannot hold it, or the model cannot tell.
        reason: Why it cannot tell, as a sentence; empty if it can.
    """

    word: str
    before: str
    after: str
    candidates: tuple[Candidate, ...] = ()
    probability: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """What comes out.

    Attributes:
        family: The model's family.
        blank: The hidden word; None for encoder-decoders, which are not asked.
        following: What a decoder thinks comes after the whole text, most probable first.
        written: What an encoder-decoder wrote, with the probability it gave each token.
        passes: How many times the model ran, or would run without a cache, for what comes out: once for a blank,
            once for each token written.
    """

    family: Family
    blank: Blank | None = None
    following: tuple[Candidate, ...] = ()
    written: tuple[Candidate, ...] = ()
    passes: int = 1


def outcome(model: LoadedModel, trace: Trace, hidden: Span | None = None) -> Outcome:
    """Say what comes out of a model for the text of a trace.

    Args:
        model: The model that made the trace.
        trace: What it did with the text.
        hidden: Where the word stands that is hidden; None for :func:`word_to_hide`.
    """
    hidden = hidden or word_to_hide(trace.text)
    if trace.family == "encoder":
        return Outcome("encoder", blank=_filled(model, trace, hidden) if hidden else None)
    if trace.family == "decoder":
        blank = _guessed(model, trace, hidden) if hidden else None
        following = () if trace.logits is None else _best(model, trace.logits[_last_real(trace)])
        return Outcome("decoder", blank=blank, following=following)
    written = _written(trace)
    return Outcome("encoder-decoder", written=written, passes=max(len(trace.target_tokens), 1))


def word_to_hide(text: str) -> Span | None:
    """A word worth guessing, with most of its clues after it; None without words.

    For an example it is the word that answers its question, otherwise the longest of the first half, the first
    word aside.
    """
    words = words_of(text)
    answer = next((example.finds for example in EXAMPLES if example.text == text), None)
    named = [word for word in words if text[slice(*word)] == answer]
    early = words[1 : max(len(words) // 2, 2)]
    return next(iter([*named, *sorted(early, key=lambda word: word[0] - word[1]), *words]), None)


def probabilities(logits: Float32[np.ndarray, " vocabulary"]) -> Float32[np.ndarray, " vocabulary"]:
    """Softmax over the whole vocabulary."""
    shifted = np.exp(logits.astype(np.float64) - float(logits.max()))
    return (shifted / shifted.sum()).astype(np.float32)


def _filled(model: LoadedModel, trace: Trace, hidden: Span) -> Blank:
    from llm_core.tracing.trace import trace as run

    start, end = hidden
    blank = Blank(trace.text[start:end], trace.text[:start], trace.text[end:])
    mask = model.tokenizer.mask_token
    if trace.logits is None:
        return _without(blank, f"{trace.model_name} comes without a mask head: only vectors come out of it.")
    if mask is None:
        return _without(blank, f"The tokenizer of {trace.model_name} has no token for a blank.")
    if not (blank.before + blank.after).strip():
        return _without(blank, "The hidden word is the whole text, so nothing is left to guess it from.")
    try:
        masked = run(model, blank.before + mask + blank.after, truncate=True, max_tokens=max(len(trace.tokens) + 1, 3))
    except LlmCoreError as error:
        return _without(blank, str(error))
    place = next((i for i, token in enumerate(masked.tokens) if token.id == model.tokenizer.mask_token_id), None)
    if place is None or masked.logits is None:
        return _without(blank, "The blank lies beyond what the model takes.")
    chances = probabilities(masked.logits[place])
    covering = _covering(trace, hidden)
    probability = float(chances[trace.tokens[covering[0]].id]) if len(covering) == 1 else None
    return Blank(blank.word, blank.before, blank.after, _top(model, chances), probability)


def _guessed(model: LoadedModel, trace: Trace, hidden: Span) -> Blank:
    start, end = hidden
    blank = Blank(trace.text[start:end], trace.text[:start], "")
    covering = _covering(trace, hidden)
    if trace.logits is None:
        return _without(blank, f"{trace.model_name} comes without a head: only vectors come out of it.")
    if not covering or covering[0] == 0:
        return _without(blank, "Nothing stands before this word, and what stands after it cannot be seen.")
    chances = probabilities(trace.logits[covering[0] - 1])
    probability = float(chances[trace.tokens[covering[0]].id]) if len(covering) == 1 else None
    return Blank(blank.word, blank.before, "", _top(model, chances), probability)


def _written(trace: Trace) -> tuple[Candidate, ...]:
    if trace.logits is None:
        return ()
    tokens = trace.target_tokens
    return tuple(
        Candidate(token, float(probabilities(trace.logits[place])[token.id]))
        for place, token in enumerate(tokens[1:])
        if token.id < trace.logits.shape[-1]
    )


def _without(blank: Blank, reason: str) -> Blank:
    return Blank(blank.word, blank.before, blank.after, reason=reason)


def _covering(trace: Trace, hidden: Span) -> list[int]:
    spans = character_spans(trace.tokens, trace.text)
    return [
        place for place, span in enumerate(spans) if span is not None and span[0] < hidden[1] and hidden[0] < span[1]
    ]


def _last_real(trace: Trace) -> int:
    return max((place for place, token in enumerate(trace.tokens) if not token.is_padding), default=0)


def _best(model: LoadedModel, logits: Float32[np.ndarray, " vocabulary"]) -> tuple[Candidate, ...]:
    return _top(model, probabilities(logits))


def _top(model: LoadedModel, chances: Float32[np.ndarray, " vocabulary"]) -> tuple[Candidate, ...]:
    best = largest(chances, MOST_CANDIDATES).tolist()
    return tuple(Candidate(model.reader.sequence([number])[0], float(chances[number])) for number in best)
