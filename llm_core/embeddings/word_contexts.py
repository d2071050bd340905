"""One word in several contexts: how alike its vectors are within one meaning and across meanings, layer by layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int

from llm_core.embeddings.likeness import unit_rows, without
from llm_core.errors import SelectionError, TextError
from llm_core.progress import ProgressCallback, ignore_progress, within
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack
from llm_core.text.tokens import Token, positions_within

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

RANDOM_PAIRS = 2000


@dataclass(frozen=True)
class WordUse:
    """A word in a sentence.

    Attributes:
        sentence: The sentence.
        meaning: Which meaning it has there, from 0.
        positions: The word's tokens in the sentence, from 0.
        tokens: Those tokens.
        first: True if nothing stands before it: in a decoder such a word has no context yet.
    """

    sentence: str
    meaning: int
    positions: tuple[int, ...]
    tokens: tuple[Token, ...]
    first: bool


@dataclass(frozen=True, eq=False)
class Curves:
    """Mean cosines by layer, each of shape (layer+1,), from -1 to 1.

    Attributes:
        same: Pairs of sentences in which the word means the same; NaN if there is no such pair.
        different: Pairs in which it means something else; NaN if there is no such pair.
        random: Random pairs of tokens from different sentences.
    """

    same: Float32[np.ndarray, " layer"]
    different: Float32[np.ndarray, " layer"]
    random: Float32[np.ndarray, " layer"]

    @property
    def gap(self) -> Float32[np.ndarray, " layer"]:
        """How much more alike the word is within a meaning than across."""
        return self.same - self.different


@dataclass(frozen=True, eq=False)
class WordInContexts:
    """A word's vectors in several sentences.

    Attributes:
        model_name: The model's name.
        word: The word.
        stack: Whose residual stream.
        meanings: A name for each meaning.
        uses: The sentences, in the order given.
        vectors: The word's vector at each state of the residual stream (:meth:`Trace.residual_stream`), the mean of its
            tokens' if it has several; shape (layer+1 use d_model), one row less where the last layer's own output
            is not known.
        means: The mean vector of all sentences' tokens, the first of each sentence left out, shape (layer+1 d_model).
            Decoders park attention on a sentence's first token, and its vector grows hundreds of times longer than any
            other (Xiao et al. 2023, "attention sinks").
        random: Mean cosine of random pairs of tokens from different sentences at each layer, raw and with the mean
            taken away, shape (2 layer+1).
        repeated: How many sentences came again, and were read once.
        without_word: Sentences that do not hold the word and were left out.
    """

    model_name: str
    word: str
    stack: Stack
    meanings: tuple[str, ...]
    uses: tuple[WordUse, ...]
    vectors: Float32[np.ndarray, "layer use d_model"]
    means: Float32[np.ndarray, "layer d_model"]
    random: Float32[np.ndarray, "2 layer"]
    repeated: int = 0
    without_word: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        layers, uses, width = self.vectors.shape
        if len(self.uses) != uses or self.means.shape != (layers, width) or self.random.shape != (2, layers):
            raise ValueError(
                f"Expected vectors (layer+1 use d_model) with means and a baseline for {layers} layers, got "
                f"{self.vectors.shape}, {self.means.shape} and {self.random.shape}."
            )
        for array in (self.vectors, self.means, self.random):
            array.setflags(write=False)

    @property
    def of(self) -> Int[np.ndarray, " use"]:
        """The meaning of each use."""
        return np.array([use.meaning for use in self.uses])

    def directions(self, *, centred: bool) -> Float32[np.ndarray, "layer use d_model"]:
        """The word's vectors scaled to length 1, after the mean vector was taken away if ``centred``."""
        return unit_rows(without(self.vectors, self.means[:, None]) if centred else self.vectors)

    def similarities(self, *, centred: bool) -> Float32[np.ndarray, "layer use use"]:
        """Cosine of each use with each other, from -1 to 1."""
        directions = self.directions(centred=centred)
        return np.clip(np.asarray(directions @ directions.transpose(0, 2, 1), dtype=np.float32), -1, 1)

    def curves(self, *, centred: bool) -> Curves:
        """Mean similarity within and across meanings at every layer.

        Args:
            centred: Take the mean vector away first. Vectors of one layer share a large common part, so that the raw
                cosine of any two is high (Ethayarajh 2019, "How contextual are contextualized word representations?").
        """
        similar = self.similarities(centred=centred)
        same, different = self._pairs()
        return Curves(
            same=_mean_over(similar, same), different=_mean_over(similar, different), random=self.random[int(centred)]
        )

    @property
    def pairs(self) -> tuple[int, int]:
        """How many pairs of sentences are of one meaning, and how many of two."""
        same, different = self._pairs()
        return int(same.sum()), int(different.sum())

    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        alike = self.of[:, None] == self.of
        once = np.triu(np.ones_like(alike), 1).astype(bool)
        return alike & once, ~alike & once


def word_in_contexts(
    model: LoadedModel,
    word: str,
    sentences: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
    progress: ProgressCallback = ignore_progress,
) -> WordInContexts:
    """Read sentences that hold one word, and keep its vectors.

    Args:
        model: From :func:`llm_core.load_model`; of an encoder-decoder the encoder is read.
        word: The word; capitals do not matter. In a sentence that holds it twice the first counts.
        sentences: Sentences by the name of the meaning that the word has in them. One that comes again is read once,
            one that does not hold the word is left out.
        seed: For the random pairs.
        progress: Told as sentences are read. What it raises stops the work.

    Raises:
        TextError: There is no word, or no sentence holds it.
        SelectionError: There are fewer than two sentences that hold it.
    """
    from llm_core.tracing.trace import trace

    if not isinstance(word, str) or not word.strip():
        raise TextError("Expected a word to follow through its contexts, got none. Type one.")
    plain = word.strip()
    given = [(meaning, text) for meaning, name in enumerate(sentences) for text in sentences[name]]
    once: dict[str, int] = {}
    for meaning, text in given:
        once.setdefault(text, meaning)
    found = [(meaning, text, span) for text, meaning in once.items() if (span := _find(plain, text))]
    if once and not found:
        raise TextError(
            f"Expected sentences with “{plain}”, but “{next(iter(once))}” does not hold it as a word. Add it there."
        )
    if len(found) < 2:
        raise SelectionError(f"Expected at least two different sentences with “{plain}”, got {len(found)}. Add one.")
    stack: Stack = "decoder" if model.family == "decoder" else "encoder"
    uses, vectors, others = [], [], []
    for place, (meaning, text, span) in enumerate(found):
        part = within(progress, place / len(found), (place + 1) / len(found))
        # An encoder-decoder needs some target; what its decoder reads does not reach the encoder.
        read = trace(model, text, text if model.family == "encoder-decoder" else None, progress=part)
        use = _use(read, text, meaning, span, stack, plain)
        states = read.residual_stream(stack)
        uses.append(use)
        vectors.append(states[:, list(use.positions)].mean(axis=1))
        others.append(states[:, 1:] if states.shape[1] > 1 else states)
    means = np.concatenate(others, axis=1).mean(axis=1)
    return WordInContexts(
        model_name=model.spec.name,
        word=plain,
        stack=stack,
        meanings=tuple(sentences),
        uses=tuple(uses),
        vectors=np.stack(vectors, axis=1).astype(np.float32),
        means=means.astype(np.float32),
        random=_random_pairs(others, means, seed),
        repeated=len(given) - len(once),
        without_word=tuple(text for text in once if _find(plain, text) is None),
    )


_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, Japanese and Chinese."""


def _find(word: str, text: str) -> tuple[int, int] | None:
    """Where a word stands in a text: between what are no letters, unless its script has no spaces."""
    before = "" if _UNSPACED.match(word[0]) else r"(?<!\w)"
    after = "" if _UNSPACED.match(word[-1]) else r"(?!\w)"
    found = re.search(rf"{before}{re.escape(word)}{after}", text, re.IGNORECASE)
    return None if found is None else found.span()


def _use(trace: Trace, text: str, meaning: int, span: tuple[int, int], stack: Stack, word: str) -> WordUse:
    tokens = trace.query_tokens(stack)
    places = positions_within(tokens, *span)
    if not places:
        raise TextError(
            f"The tokenizer of {trace.model_name} does not tell which tokens “{word}” became in “{text}”. "
            "Choose another model."
        )
    before = [token for token in tokens[: places[0]] if not token.is_special]
    return WordUse(text, meaning, places, tuple(tokens[place] for place in places), first=not before)


def _mean_over(similar: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    if not pairs.any():
        return np.full(len(similar), np.nan, np.float32)
    return np.asarray(similar[:, pairs].mean(axis=1), dtype=np.float32)


def _random_pairs(sentences: list[np.ndarray], means: np.ndarray, seed: int) -> np.ndarray:
    """Mean cosine, raw and centred, of random tokens of different sentences; shape (2 layer+1)."""
    counts = np.array([states.shape[1] for states in sentences])
    owners = np.repeat(np.arange(len(counts)), counts)
    chooser = np.random.default_rng(seed)
    one, other = chooser.integers(0, len(owners), (2, 4 * RANDOM_PAIRS))
    apart = owners[one] != owners[other]
    one, other = one[apart][:RANDOM_PAIRS], other[apart][:RANDOM_PAIRS]
    everything = np.concatenate(sentences, axis=1)
    rows = []
    for vectors in (everything, without(everything, means[:, None])):
        directions = unit_rows(vectors)
        rows.append(np.einsum("lpd,lpd->lp", directions[:, one], directions[:, other]).mean(axis=1))
    return np.asarray(rows, dtype=np.float32)
