"""What is known about each token of a text that a model writes, as records without torch and without the model."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, log2
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float32

from llm_core.errors import SelectionError
from llm_core.generation.choice_records import Candidate, Draw, Stage
from llm_core.generation.growing_keys import GrowingKeys
from llm_core.recording.masks import MaskRecord
from llm_core.recording.records import AttentionRecord, DenseBias, StoredAttention, ToeplitzBias
from llm_core.recording.trace_record import LayerRecord
from llm_core.shapes import Attention, Family, Query, Stack
from llm_core.text.tokens import Token

Finish: TypeAlias = Literal["", "end", "length", "limit"]
"""Why a text ends after a step: not at all, with an end token, at the length asked for, or at the model's limit."""


@dataclass(frozen=True, eq=False)
class StepLayer:
    """One layer's attention of the token that looks while the next one is written.

    Attributes:
        query: Its queries, shape (head query=1 d_head).
        memory: Keys and values of the whole text, shared by all steps.
        keys: How many of them this step sees.
        mask: Which of them it may look at.
        scaling: See :class:`llm_core.recording.records.AttentionRecord`, also for what follows.
    """

    query: Query
    memory: GrowingKeys
    keys: int
    mask: MaskRecord
    scaling: float
    bias: ToeplitzBias | DenseBias | None = None
    softcap: float | None = None
    sink: Float32[np.ndarray, " head"] | None = None

    def __post_init__(self) -> None:
        self.query.setflags(write=False)

    @property
    def heads(self) -> int:
        """Number of query heads."""
        return self.query.shape[0]

    @property
    def record(self) -> AttentionRecord:
        """Query, keys and values as they entered the softmax."""
        key, value = self.memory.first(self.keys)
        return AttentionRecord(
            self.query, key, value, self.mask, self.scaling, bias=self.bias, softcap=self.softcap, sink=self.sink
        )

    @property
    def nbytes(self) -> int:
        """Bytes that this step adds to the memory that all share."""
        return self.query.nbytes + self.memory.bytes_of(1)


StepRecord: TypeAlias = StepLayer | StoredAttention


@dataclass(frozen=True)
class CacheLayer:
    """What one layer keeps so that earlier tokens need not be read again (the key/value cache).

    Attributes:
        stack: ``"decoder"``, or ``"cross"`` for the keys and values of the source.
        layer: From 0.
        tokens: How many tokens it holds; fewer than the text has for a sliding window, 0 for a state without tokens.
        heads: Query heads.
        key_value_heads: Heads that own keys and values.
        nbytes: Bytes it takes now, measured.
    """

    stack: Stack
    layer: int
    tokens: int
    heads: int
    key_value_heads: int
    nbytes: int


@dataclass(frozen=True, eq=False)
class Prompt:
    """What a model reads before it writes.

    Attributes:
        model_name: The model's name.
        family: ``"decoder"`` or ``"encoder-decoder"``.
        text: The prompt as given.
        read: What the tokenizer was given: the prompt, or the chat template around it.
        tokens: The decoder's first inputs: the prompt, or an encoder-decoder's start token.
        source: The encoder's tokens; empty for a decoder.
        encoder: The encoder's attention by layer; empty for a decoder.
        ends: Ids of the tokens that end the text.
    """

    model_name: str
    family: Family
    text: str
    read: str
    tokens: tuple[Token, ...]
    source: tuple[Token, ...]
    encoder: Mapping[int, LayerRecord]
    ends: frozenset[int]


@dataclass(frozen=True, eq=False)
class GenerationStep:
    """One token being written, and everything that led to it.

    Attributes:
        index: Which token of the answer it is, from 0.
        token: The token that was written.
        prompt: What was read before the first step.
        written: The tokens written before this one.
        logits: The model's scores of the whole vocabulary, float32, shape (vocabulary,).
        candidates: The likeliest tokens and the one written, likeliest first.
        stages: The pipeline from logits to choice, in order.
        draw: The random draw, or None if the likeliest token was taken.
        layers: By stack, each layer's attention of the token that looks (the last one before this).
        cache: What each layer's cache holds after the step; empty if the model has none.
        entropy: How undecided the model was, in bits.
        final_entropy: The same after the pipeline.
        probability: The written token's probability by the model alone.
        seconds: How long the step took.
        finish: Why the text ends here; empty if it goes on.
        picked: True if a person picked the token instead of the model.
        own_scores: The scores after those stages that the model's files ask for, and before those of the settings, as
            ``logits``; None if the files ask for none.
    """

    index: int
    token: Token
    prompt: Prompt
    written: tuple[Token, ...]
    logits: Float32[np.ndarray, " vocabulary"]
    candidates: tuple[Candidate, ...]
    stages: tuple[Stage, ...]
    draw: Draw | None
    layers: Mapping[Stack, Mapping[int, StepRecord]]
    cache: tuple[CacheLayer, ...]
    entropy: float
    final_entropy: float
    probability: float
    seconds: float
    finish: Finish = ""
    picked: bool = False
    own_scores: Float32[np.ndarray, " vocabulary"] | None = None

    def __post_init__(self) -> None:
        for array in (self.logits, self.own_scores):
            if array is not None:
                array.setflags(write=False)

    @property
    def surprise(self) -> float:
        """How surprising the token was to the model, in bits: a number even where its probability rounds to 0."""
        if self.probability > 0:
            return max(0.0, -log2(self.probability))
        scores = self.logits.astype(np.float64)
        highest = scores.max()
        return float(highest - scores[self.token.id] + np.log(np.exp(scores - highest).sum())) / log(2)

    @property
    def possible(self) -> int:
        """How many tokens the model gives any probability."""
        return int((self.logits > -np.inf).sum())

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """``("decoder",)`` or ``("encoder", "decoder", "cross")``."""
        return ("encoder", *self.layers) if self.prompt.encoder else tuple(self.layers)

    @property
    def nbytes(self) -> int:
        """Bytes that this step adds."""
        attention = sum(
            record.nbytes for stack, layers in self.layers.items() if stack != "cross" for record in layers.values()
        )
        own = 0 if self.own_scores is None else self.own_scores.nbytes
        return self.logits.nbytes + own + attention + (self.draw.state.nbytes if self.draw else 0)

    def attention_layers(self, stack: Stack) -> tuple[int, ...]:
        """Numbers of the layers of a stack that have attention, from 0."""
        return tuple(self._stack(stack))

    def heads(self, stack: Stack, layer: int) -> int:
        """Number of heads of a layer."""
        return self._record(stack, layer).heads

    def query_tokens(self, stack: Stack) -> tuple[Token, ...]:
        """The tokens that look: the last one before the step, or the whole source in the encoder."""
        self._stack(stack)
        return self.prompt.source if stack == "encoder" else (self.written or self.prompt.tokens)[-1:]

    def key_tokens(self, stack: Stack) -> tuple[Token, ...]:
        """The tokens looked at: prompt and text so far, or the source."""
        self._stack(stack)
        return self.prompt.tokens + self.written if stack == "decoder" else self.prompt.source

    def attention(self, stack: Stack, layer: int, heads: Sequence[int] | None = None) -> Attention:
        """The attention of the step, computed now for the heads asked for.

        Args:
            stack: One of :attr:`stacks`.
            layer: From 0.
            heads: From 0, in the order wanted; None for all.

        Returns:
            float32, shape (head query key) with one query in the decoder and in cross-attention: the last token
            before the one written. Rows sum to 1 (to less where a layer has a learned sink).

        Raises:
            SelectionError: There is no such stack, layer or head.
        """
        record = self._record(stack, layer)
        return (record.record if isinstance(record, StepLayer) else record).weights(heads)

    def record(self, stack: Stack, layer: int) -> LayerRecord:
        """Queries, keys and values of a layer as they entered the softmax."""
        record = self._record(stack, layer)
        return record.record if isinstance(record, StepLayer) else record

    def choosable(self, *, samples: bool) -> int:
        """How many tokens can be chosen after all stages: one if the likeliest is taken without a draw."""
        if not samples:
            return 1
        return self.stages[-1].kept if self.stages else self.possible

    def pick(self, candidate: Candidate) -> GenerationStep:
        """The same step with another token written; go on from it with ``generate(..., written=...)``."""
        # How long the text may be depends on the place, whatever token stands there.
        elsewhere: Finish = "" if self.finish == "end" else self.finish
        finish: Finish = "end" if candidate.token.id in self.prompt.ends else elsewhere
        return self._with(token=candidate.token, probability=candidate.before, finish=finish, draw=None, picked=True)

    def ending(self, finish: Finish) -> GenerationStep:
        """The same step as the last one of its text."""
        return self._with(finish=finish)

    def _with(self, **changes: Any) -> GenerationStep:
        """The same step with other fields; what a step knows beside its fields stays."""
        made = copy.copy(self)
        for name, value in changes.items():
            object.__setattr__(made, name, value)
        return made

    def _stack(self, stack: Stack) -> Mapping[int, StepRecord | LayerRecord]:
        if stack not in self.stacks:
            has = ", ".join(repr(name) for name in self.stacks)
            raise SelectionError(f"Expected one of the stacks {has}, got {stack!r}.")
        return self.prompt.encoder if stack == "encoder" else self.layers[stack]

    def _record(self, stack: Stack, layer: int) -> StepRecord | LayerRecord:
        layers = self._stack(stack)
        if not isinstance(layer, int | np.integer) or layer not in layers:
            known = ", ".join(map(str, sorted(layers)))
            raise SelectionError(f"Expected a layer of the {stack} with attention ({known}), got {layer!r}.")
        return layers[layer]
