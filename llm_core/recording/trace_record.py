"""What one forward pass told, recorded once, that feeds every picture."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from llm_core.errors import SelectionError
from llm_core.recording.guided_heads import GuidedHead
from llm_core.recording.masks import MaskRecord
from llm_core.recording.records import AttentionRecord, StoredAttention
from llm_core.shapes import Attention, Family, HiddenStates, Logits, QueryPositions, Stack
from llm_core.text.tokens import Token

LayerRecord: TypeAlias = AttentionRecord | StoredAttention
Ablation: TypeAlias = Literal["zero", "mean"]


@dataclass(frozen=True)
class Edits:
    """Changes to make while a model runs; the model itself stays as it is.

    Attributes:
        ablate_heads: Heads to switch off, by (stack, layer), for example ``{("decoder", 3): (0, 2)}``.
        ablation: What a head that is switched off gives out before the output projection: ``"zero"``, or
            ``"mean"``, its own mean output over the tokens of the same text (padding left out) in a pass without
            edits. Zero takes away what later layers count on, the mean only what differs from token to token
            (Wang et al. 2022, Interpretability in the wild, section 2.1). Where the model writes the target
            itself, the mean is over the target it writes without edits.
    """

    ablate_heads: Mapping[tuple[Stack, int], Sequence[int]] = field(default_factory=dict)
    ablation: Ablation = "zero"


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything one forward pass told, without the model: it pickles and is safe to share.

    Attributes:
        model_name: The model's name.
        family: ``"encoder"``, ``"decoder"`` or ``"encoder-decoder"``.
        text: The text as given, or as much of it as was kept if it was cut.
        tokens: The text's tokens; the encoder's for an encoder-decoder.
        target_tokens: The decoder's inputs, beginning with its start token; empty but for encoder-decoders.
        target_generated: True if the model wrote the target itself.
        layers_recorded: By stack, each layer that has attention, in order.
        states: By stack, the residual stream: one (token d_model) array below each layer and one above the last; none
            for a model that does not hand it out.
        logits: Scores for the token after each position (decoders) or at each position (encoders), shape
            (token vocabulary), or None for an encoder without a head. Rows follow the target for an
            encoder-decoder.
        method: ``"recorded"`` or ``"eager"``; see :class:`llm_core.LoadedModel`.
        largest_difference: Largest difference of any weight from the library's own, measured when the model
            was loaded, from 0 to 1.
        last_outputs: By stack, what its last layer gave out, shape (token d_model): the last state before a final norm.
            No entry for a stack of which it could not be told.
        tokens_cut: How many tokens were cut off the end because the model could not take them.
        seconds: How long the forward pass took.
        revision: Which version of the model's files the weights came from; see :class:`llm_core.ModelSpec`.
        edits: What was changed while the model ran.
        guided_heads: Heads that the model's training guided; see :class:`llm_core.LoadedModel`.
        alibi: True if a fixed bias draws all attention to near tokens, which no record shows
            (:mod:`llm_core.recording.alibi`): what heads of a random network do is then not known.
    """

    model_name: str
    family: Family
    text: str
    tokens: tuple[Token, ...]
    target_tokens: tuple[Token, ...]
    target_generated: bool
    layers_recorded: Mapping[Stack, Mapping[int, LayerRecord]]
    states: Mapping[Stack, tuple[np.ndarray, ...]]
    logits: Logits | None
    method: str
    largest_difference: float
    last_outputs: Mapping[Stack, np.ndarray] = field(default_factory=dict)
    tokens_cut: int = 0
    seconds: float = 0.0
    revision: str = ""
    edits: Edits = field(default_factory=Edits)
    guided_heads: tuple[GuidedHead, ...] = ()
    alibi: bool = False

    def __post_init__(self) -> None:
        for stack, layers in self.layers_recorded.items():
            shape = (len(self.query_tokens(stack)), len(self.key_tokens(stack)))
            for layer, record in layers.items():
                if (record.mask.queries, record.mask.keys) != shape:
                    raise ValueError(
                        f"Expected {shape[0]} queries and {shape[1]} keys in layer {layer} of the {stack}, "
                        f"got {record.mask.queries} and {record.mask.keys}."
                    )
        states = [*(state for stack in self.states.values() for state in stack), *self.last_outputs.values()]
        for array in [*states, self.logits]:
            if array is not None:
                array.setflags(write=False)

    @cached_property
    def identity(self) -> str:
        """Names this model, these weights, this text and these settings: all that its pictures depend on."""
        read = [[(token.id, token.is_padding) for token in tokens] for tokens in (self.tokens, self.target_tokens)]
        switched = sorted((stack, layer, tuple(heads)) for (stack, layer), heads in self.edits.ablate_heads.items())
        said = (self.model_name, self.revision, self.text, read, switched, self.edits.ablation, self.tokens_cut)
        return hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """``("encoder",)``, ``("decoder",)`` or ``("encoder", "decoder", "cross")``."""
        return tuple(self.layers_recorded)

    @property
    def nbytes(self) -> int:
        """Bytes of everything recorded."""
        attention = sum(r.nbytes for layers in self.layers_recorded.values() for r in layers.values())
        states = sum(state.nbytes for stack in self.states.values() for state in stack)
        apart = (one for stack, one in self.last_outputs.items() if one is not self.states[stack][-1])
        states += sum(output.nbytes for output in apart)
        return attention + states + (0 if self.logits is None else self.logits.nbytes)

    def layers(self, stack: Stack) -> tuple[int, ...]:
        """Numbers of the layers of a stack that have attention, from 0."""
        return tuple(self._stack(stack))

    def heads(self, stack: Stack, layer: int) -> int:
        """Number of heads of a layer."""
        return self._record(stack, layer).heads

    def key_value_heads(self, stack: Stack, layer: int) -> int:
        """Number of key/value heads of a layer; fewer than heads where heads are grouped."""
        return self._record(stack, layer).key_value_heads

    def query_tokens(self, stack: Stack) -> tuple[Token, ...]:
        """The tokens that look: rows of the stack's attention."""
        self._stack(stack)
        return self._query_tokens(stack)

    def key_tokens(self, stack: Stack) -> tuple[Token, ...]:
        """The tokens looked at: columns of the stack's attention."""
        self._stack(stack)
        return self.tokens if stack == "cross" else self._query_tokens(stack)

    def attention(
        self,
        stack: Stack,
        layer: int,
        heads: Sequence[int] | None = None,
        queries: QueryPositions | None = None,
    ) -> Attention:
        """Attention weights of a layer, computed now for the heads and rows asked for.

        Args:
            stack: One of :attr:`stacks`.
            layer: From 0.
            heads: From 0, in the order wanted; None for all.
            queries: Positions from 0, in the order wanted; None for all.

        Returns:
            float32, shape (head query key). Rows sum to 1 (to less where a layer has a learned sink).

        Raises:
            SelectionError: There is no such stack, layer, head or query.
        """
        return self._record(stack, layer).weights(heads, queries)

    def mask(self, stack: Stack, layer: int) -> MaskRecord:
        """Which token each token may look at in a layer."""
        return self._record(stack, layer).mask

    def has_sink(self, stack: Stack, layer: int) -> bool:
        """True if a layer has a learned sink, which takes attention as one more key would."""
        return getattr(self._record(stack, layer), "sink", None) is not None

    def record(self, stack: Stack, layer: int) -> LayerRecord:
        """Queries, keys and values of a layer as they entered the softmax."""
        return self._record(stack, layer)

    def hidden_states(self, stack: Stack) -> HiddenStates:
        """The residual stream of a stack, float32, shape (layer+1 token d_model).

        Index 0 is the embedding. The last is what the output head sees: where a model normalises its
        last layer's output (GPT-2, LLaMA, T5), that has been done already. To compare states with one
        another, take :meth:`residual_stream`.

        Raises:
            SelectionError: The stack has no residual stream of its own ("cross"), or does not exist.
        """
        self._with_states(stack)
        return np.stack(self.states[stack])

    def residual_stream(self, stack: Stack) -> HiddenStates:
        """The states of a stack that can be compared with one another, float32, shape (state token d_model).

        Index 0 is the embedding, index ``layer + 1`` what comes out of a layer, before any final norm: lengths,
        turns and sums of all rows mean the same. Where what the last layer gave out could not be told apart from
        the final norm's work, it is left out, and there are as many rows as layers
        (:meth:`stream_is_whole`).

        Raises:
            SelectionError: As for :meth:`hidden_states`.
        """
        self._with_states(stack)
        return np.stack(self.stream_states(stack))

    def stream_states(self, stack: Stack) -> tuple[np.ndarray, ...]:
        """The states of :meth:`residual_stream`, each (token d_model); none where the model hands none out."""
        last = self.last_outputs.get(stack)
        return (*self.states.get(stack, ())[:-1], *(() if last is None else (last,)))

    def stream_is_whole(self, stack: Stack) -> bool:
        """True if :meth:`residual_stream` goes up to what the last layer gave out."""
        return stack in self.last_outputs

    def _with_states(self, stack: Stack) -> None:
        if not isinstance(stack, str) or not self.states.get(stack):
            has = ", ".join(repr(name) for name in self.states)
            raise SelectionError(f"Expected a stack with hidden states ({has or 'none'}), got {stack!r}.")

    def _query_tokens(self, stack: Stack) -> tuple[Token, ...]:
        return self.tokens if stack == "encoder" or self.family == "decoder" else self.target_tokens

    def _stack(self, stack: Stack) -> Mapping[int, LayerRecord]:
        if not isinstance(stack, str) or stack not in self.layers_recorded:
            has = ", ".join(repr(name) for name in self.stacks)
            raise SelectionError(f"Expected one of the stacks {has}, got {stack!r}.")
        return self.layers_recorded[stack]

    def _record(self, stack: Stack, layer: int) -> LayerRecord:
        layers = self._stack(stack)
        if not isinstance(layer, int | np.integer) or layer not in layers:
            known = sorted(layers)
            run = known == list(range(known[0], known[-1] + 1))
            has = f"from {known[0]} to {known[-1]}" if run else ", ".join(map(str, known))
            raise SelectionError(f"Expected a layer of the {stack} with attention ({has}), got {layer!r}.")
        return layers[layer]
