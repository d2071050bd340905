"""An answer copied from passages: the words of a passage that a decoder finds likeliest after the question.

A small decoder that writes freely makes things up. Here it may only choose where an answer begins and ends: after each
passage with the question, the probability that it writes exactly the words from here to there and then stops is worked
out for many places, and the likeliest words are the answer. So every word of it stands in the passage, in this order.
How likely the decoder finds "The text does not say" is worked out as well, and the answer needs a lead over that.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers.cache_utils import DynamicLayer, LinearAttentionCacheLayerMixin

from llm_core.applications.copied_answers import MOST_TOKENS, SILENT, CopiedAnswer, Span
from llm_core.applications.documents import Passage, sentences_of
from llm_core.applications.shared_words import content_words
from llm_core.errors import SelectionError, UnsupportedModelError
from llm_core.generation.prompts import encode_prompt
from llm_core.generation.writing import check_writes
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, Telling, ignore_progress
from llm_core.recording.verification import accepted_arguments
from llm_core.tracing.inputs import EncodedText, end_tokens
from llm_core.tracing.passes import check_numbers, failures_explained

EXAMPLES = (
    "Copy the answer to each question from its text, in as few words as possible.\n\n"
    "Text: The bakery in Long Street opens at 6:30 and is run by Ana Petrov. A roll costs 40 cents, a loaf 3 crowns, "
    "and small dogs may come in.\n"
    "Question: How much is a loaf?\nAnswer: 3 crowns\n"
    "Question: When does the bakery open?\nAnswer: at 6:30\n"
    f"Question: What does a coffee cost?\nAnswer: {SILENT}\n"
    "Question: Who runs the bakery?\nAnswer: Ana Petrov\n"
    "Question: Can I bring my dog?\nAnswer: small dogs may come in\n"
    f"Question: Who built the house?\nAnswer: {SILENT}\n\n"
)
"""Six questions that a small model is shown before it is asked one."""

MOST_STARTS = 12
"""So many places where an answer could begin are followed, those whose first token is likeliest."""

_WORD = re.compile(r"\w(?:\S*\w)?")


def copying_prompt(question: str, passage: Passage) -> str:
    """What the decoder reads before an answer: examples, the passage and the question."""
    return f"{EXAMPLES}Text: {passage.text}\nQuestion: {' '.join(question.split())}\nAnswer:"


def copy_answer(
    model: LoadedModel,
    question: str,
    passages: Sequence[Passage],
    *,
    sentences: Sequence[Sequence[str]] | None = None,
    progress: ProgressCallback = ignore_progress,
) -> CopiedAnswer:
    """Find the words of passages that a decoder finds likeliest as an answer.

    Args:
        model: A decoder that keeps the keys and values of what it has read. Special tokens in texts are read as text.
        question: The question.
        passages: At least one; each is read by itself, so that probabilities can be compared.
        sentences: By passage, those of its sentences that the answer may stand in; None for all.
        progress: Told before each pass. What it raises stops the work.

    Raises:
        SelectionError: There is no passage, or no word in any.
        UnsupportedModelError: The model is no decoder, or keeps no keys and values.
        TextTooLongError: Question and passage are more than the model reads.
    """
    check_writes(model)
    if model.family != "decoder":
        raise UnsupportedModelError(
            f"Expected a decoder, got {model.spec.name}, which is an encoder-decoder. Choose one such as smollm2-135m."
        )
    if not passages:
        raise SelectionError("Expected at least one passage to answer from, got none.")
    tell = Telling(progress)
    allowed = sentences or [sentences_of(passage) for passage in passages]
    asked = [_Asked.of(model, question, passage, inside) for passage, inside in zip(passages, allowed, strict=True)]
    with failures_explained(model, tell):
        tell(Progress(0.0, "Reading the examples"))
        shared = min(_common(asked[0].read, one.read) for one in asked)
        network = model.network()
        examples = _pass(model, network, [asked[0].read[: shared - 1]], None)
        spans: list[Span] = []
        silence = []
        for place, one in enumerate(asked):
            tell(Progress((1 + place) / (1 + len(asked)), f"Reading passage {place + 1} of {len(asked)}"))
            found, silent = _weighed(model, network, one, shared - 1, copy.deepcopy(examples.past_key_values))
            spans += [Span(place, *span) for span in found]
            silence.append(silent)
    spans.sort(key=lambda span: -span.log_probability)
    further = [span for span in spans if _says_more(question, passages[span.passage].text[span.start : span.end])]
    return CopiedAnswer(question, tuple(passages), tuple(further or spans), np.array(silence))


def _says_more(question: str, words: str) -> bool:
    """True of words that do not only repeat the question: a small decoder likes to (20 right answers instead of 17).

    Measured on the 36 questions of the tuning half of data/questions.json whose nearest sentence holds the answer.
    """
    return bool({*content_words(words)} - {*content_words(question)})


@dataclass(frozen=True)
class _Start:
    """A place where an answer could begin.

    Attributes:
        at: Its character in the passage's text; -1 for :data:`SILENT`.
        numbers: The tokens from there on, at most :data:`MOST_TOKENS`.
        ends: By number of tokens after which an answer may end, one past its last character.
    """

    at: int
    numbers: tuple[int, ...]
    ends: dict[int, int]


@dataclass(frozen=True)
class _Asked:
    """A question about one passage as token numbers.

    Attributes:
        read: The prompt.
        starts: Where an answer could begin; the last one is :data:`SILENT`.
    """

    read: tuple[int, ...]
    starts: tuple[_Start, ...]

    @staticmethod
    def of(model: LoadedModel, question: str, passage: Passage, allowed: Sequence[str]) -> _Asked:
        """Prompt and answers tokenized together, since a tokenizer may join the end of one to the other."""
        prompt = copying_prompt(question, passage)
        read = _numbers(_encoded(model, prompt))
        tails: list[tuple[int, str]] = []
        begin = 0
        for sentence in sentences_of(passage):
            begin = passage.text.index(sentence, begin)
            if sentence in allowed:
                for word in _WORD.finditer(sentence):
                    tail = sentence[word.start() :]
                    capital = tail[:1].upper()
                    # Some letters have two as their capital, after which nothing would stand where it is looked for.
                    spelled = (tail, capital + tail[1:]) if len(capital) == 1 else (tail,)
                    tails += [(begin + word.start(), said) for said in dict.fromkeys(spelled)]
            begin += len(sentence)
        both = [(at, tail, _encoded(model, f"{prompt} {tail}")) for at, tail in [*tails, (-1, SILENT)]]
        same = min(_common(read, _numbers(encoded)) for _, _, encoded in both)
        starts = [_start(at, tail, len(prompt) + 1, encoded, same) for at, tail, encoded in both]
        return _Asked(read[:same], tuple(starts))


def _start(at: int, tail: str, begin: int, encoded: EncodedText, same: int) -> _Start:
    """The tokens of what stands from a place on; an answer may end with a word that is the end of a token."""
    tokens = encoded.tokens[same:] if at < 0 else encoded.tokens[same : same + MOST_TOKENS]
    word_ends = {word.end() for word in _WORD.finditer(tail)}
    ends = {}
    for count, token in enumerate(tokens, 1):
        end = None if token.end is None else token.end - begin
        if end in word_ends and (at >= 0 or end == len(tail)):
            ends[count] = at + end
    return _Start(at, tuple(token.id for token in tokens), ends)


def _weighed(
    model: LoadedModel, network: Any, asked: _Asked, known: int, memory: Any
) -> tuple[list[tuple[int, int, float]], float]:
    """First and one past last character and log-probability of what could be copied; and that of :data:`SILENT`."""
    output = _pass(model, network, [asked.read[known:]], memory)
    first = output.logits[0, -1].double().log_softmax(-1)
    *places, silent = asked.starts
    places.sort(key=lambda start: -float(first[start.numbers[0]]))
    rows = [*places[:MOST_STARTS], silent]
    memory = output.past_key_values
    memory.batch_repeat_interleave(len(rows))
    longest = max(len(start.numbers) for start in rows)
    # What fills a row up stands behind all that it reads.
    logits = _pass(
        model, network, [(*start.numbers, *[0] * (longest - len(start.numbers))) for start in rows], memory
    ).logits
    stops = torch.tensor(_stops(model))
    found: dict[tuple[int, int], float] = {}
    for start, scores in zip(rows, logits, strict=True):
        later = scores.double().log_softmax(-1)
        total = 0.0
        for place, number in enumerate(start.numbers):
            total += float(first[number] if place == 0 else later[place - 1, number])
            if place + 1 in start.ends:
                key = start.at, start.ends[place + 1]
                chance = total + float(later[place, stops].logsumexp(0))
                found[key] = float(np.logaddexp(found.get(key, -np.inf), chance))
    silences = [value for (at, _), value in found.items() if at < 0]
    if not silences:
        raise UnsupportedModelError(
            f"{model.spec.name} has no tokens for “{SILENT}”, so it could not say so. Choose another model, such as "
            "smollm2-135m."
        )
    return [(at, end, value) for (at, end), value in found.items() if at >= 0], silences[0]


def _pass(model: LoadedModel, network: Any, rows: Sequence[Sequence[int]], memory: Any) -> Any:
    inputs: dict[str, Any] = {"input_ids": torch.tensor([list(row) for row in rows]), "use_cache": True}
    if memory is not None:
        inputs["past_key_values"] = memory
    with torch.inference_mode():
        output = network(**accepted_arguments(model.model.forward, inputs))
    check_numbers(model, output)
    if not _keeps_keys(getattr(output, "past_key_values", None)):
        raise UnsupportedModelError(
            f"{model.spec.name} keeps no keys and values of what it has read, so that each answer would take a pass "
            "over the whole text. Choose another model, such as smollm2-135m."
        )
    return output


def _keeps_keys(memory: Any) -> bool:
    """True if all that a model keeps are keys and values of the library's own layers, which can be read on from."""
    layers = getattr(memory, "layers", None) or []
    known = bool(layers) and all(
        isinstance(layer, DynamicLayer) and not isinstance(layer, LinearAttentionCacheLayerMixin) for layer in layers
    )
    return known and hasattr(memory, "batch_repeat_interleave")


def _stops(model: LoadedModel) -> list[int]:
    """Tokens after which an answer is over: a line break, a full stop, the end of the text."""
    marks = [_numbers(_encoded(model, f"a{mark}")) for mark in ("\n", "\n\n", ".", ".\n")]
    alone = _numbers(_encoded(model, "a"))
    single = [numbers[_common(numbers, alone)] for numbers in marks if len(numbers) == len(alone) + 1]
    return sorted({*single, *end_tokens(model)})


def _encoded(model: LoadedModel, text: str) -> EncodedText:
    return encode_prompt(model, text, chat=False, max_tokens=None, literal=True)


def _numbers(encoded: EncodedText) -> tuple[int, ...]:
    return tuple(int(number) for number in encoded.inputs["input_ids"][0])


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many numbers two sequences share at their beginnings."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
