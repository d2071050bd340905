"""What is said of a head that training guided, and which head that no one guided does the same best.

A head that a term of its own in the training taught is no finding. Beside it stands the best of all others, worked out
on the text that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Float64

from llm_core.generation.step import GenerationStep
from llm_core.heads.captions import placed, quoted, strongest_link
from llm_core.numbers import percent
from llm_core.recording.guided_heads import GuidedHead
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Attention, Stack
from llm_core.text.tokens import Token

LONGEST_ALIGNED = 160
"""With more tokens on a side heads are not searched for the best alignment."""


@dataclass(frozen=True)
class FoundHead:
    """A head that no one guided, with how well it does what a guided one was taught.

    Attributes:
        layer: From 0.
        head: From 0.
        share: Of attention, from 0 to 1.
        alike: How many unguided heads, itself among them, have as much as that to a tenth of a percent.
    """

    layer: int
    head: int
    share: float
    alike: int = 1


@dataclass(frozen=True)
class Guidance:
    """A guided head that is looked at.

    Attributes:
        guided: The head.
        share: How well it does on this text what it was taught, from 0 to 1; None if there is nothing to do.
        best: The best of the heads that no one guided at the same; None if there is nothing to do, or no other head.
        what: What both shares are of, as words after "gives" or "with".
    """

    guided: GuidedHead
    share: float | None
    best: FoundHead | None
    what: str

    def __str__(self) -> str:
        """In sentences."""
        where = in_words(self.guided.stack, self.guided.layer, self.guided.head)
        by = self.guided.by[:1].upper() + self.guided.by[1:]
        said = f"{by} guided {where} to {self.guided.taught}; the model did not find that by itself."
        if self.best is None or self.share is None:
            return said
        best = in_words(self.guided.stack, self.best.layer, self.best.head)
        others = f", like {self.best.alike - 1} more" if self.best.alike > 1 else ""
        return (
            f"{said} Of the heads that no one guided, {best} does it best on this text{others}: "
            f"{percent(self.best.share)} {self.what}, where the guided head has {percent(self.share)}."
        )


def in_words(stack: Stack, layer: int, head: int) -> str:
    """A head's name within a sentence."""
    return f"{'cross-attention ' if stack == 'cross' else ''}layer {layer}, head {head}"


def guided_among(
    known: Iterable[GuidedHead], stack: Stack, layer: int, heads: Collection[int] | None = None
) -> tuple[GuidedHead, ...]:
    """Those of the guided heads that are among some heads of a layer; None stands for all of them."""
    return tuple(
        one for one in known if (one.stack, one.layer) == (stack, layer) and (heads is None or one.head in heads)
    )


def guidance(
    trace: Trace, stack: Stack, layer: int, heads: Collection[int], query: int | None = None, key: int | None = None
) -> tuple[Guidance, ...]:
    """What is to be said of the guided heads among those looked at.

    Args:
        trace: What a pass recorded.
        stack: One of the trace's stacks.
        layer: From 0.
        heads: Those looked at.
        query: The token whose attention is singled out, or None.
        key: The token it is looked at with; None for the one that the guided head looks at most.
    """
    return tuple(_guidance(trace, one, query, key) for one in guided_among(trace.guided_heads, stack, layer, heads))


def _guidance(trace: Trace, guided: GuidedHead, query: int | None, key: int | None) -> Guidance:
    stack, layer = guided.stack, guided.layer
    queries, keys = trace.query_tokens(stack), trace.key_tokens(stack)
    if query is None and max(len(queries), len(keys)) > LONGEST_ALIGNED:
        return Guidance(guided, None, None, "")
    if query is None and stack == "cross":
        if not can_align(queries, keys):
            return Guidance(guided, None, None, "")

        def coverage(other: int) -> Float64[np.ndarray, " head"]:
            return aligned_share(trace.attention(stack, other), queries, keys)

        own = float(coverage(layer)[guided.head])
        return Guidance(guided, own, best_unguided(trace.guided_heads, stack, trace.layers(stack), coverage), ALIGNED)
    if query is None:
        link = strongest_link(trace.attention(stack, layer, [guided.head]), queries, keys, self_attention=True)
        if link is None:
            return Guidance(guided, None, None, "")
        query, key = link
    row = trace.attention(stack, layer, [guided.head], [query])[0, 0]
    key = int(row.argmax()) if key is None else key

    # Other heads align a word while it is read or, one row earlier, while it is chosen.
    rows = [query - 1, query] if stack == "cross" and query > 0 else [query]

    def on_link(other: int) -> Float32[np.ndarray, " head"]:
        return trace.attention(stack, other, None, rows)[:, :, key].max(axis=1)

    best = best_unguided(trace.guided_heads, stack, trace.layers(stack), on_link)
    when = " while it is chosen or read" if len(rows) > 1 else ""
    own = float(on_link(layer)[guided.head])
    return Guidance(guided, own, best, f"from {placed(queries, query)} to {placed(keys, key)}{when}")


ALIGNED = "of a word’s attention on each word of the source, on average"


def can_align(queries: Sequence[Token], keys: Sequence[Token]) -> bool:
    """True if there is a word on both sides, without which no head aligns better than another."""
    return all(any(token.is_word for token in tokens) for tokens in (queries, keys))


def aligned_share(weights: Attention, queries: Sequence[Token], keys: Sequence[Token]) -> Float64[np.ndarray, " head"]:
    """How well heads of cross-attention align: the largest weight that a target word gives each source word, averaged.

    Args:
        weights: Shape (head query key).
        queries: The target's tokens.
        keys: The source's tokens.
    """
    rows = [token.is_word for token in queries]
    columns = [token.is_word for token in keys]
    between = weights[:, rows][:, :, columns].astype(np.float64)
    if not between.size:
        return np.zeros(len(weights))
    return between.max(axis=1).mean(axis=1)


def best_unguided(
    known: Iterable[GuidedHead],
    stack: Stack,
    layers: Sequence[int],
    shares: Callable[[int], np.ndarray],
) -> FoundHead | None:
    """The head with the largest share among those that no one guided; the first of equals, None if there is none.

    Args:
        known: The guided heads.
        stack: Of which stack.
        layers: Its layers.
        shares: Gives the share of each head of a layer, shape (head,).
    """
    best: FoundHead | None = None
    every: list[np.ndarray] = []
    guided = tuple(known)
    for layer in layers:
        found = np.array(shares(layer), np.float64)
        for one in guided_among(guided, stack, layer):
            if one.head < len(found):
                found[one.head] = -1.0
        every.append(found)
        head = int(found.argmax())
        if found[head] >= 0 and (best is None or found[head] > best.share):
            best = FoundHead(layer, head, float(found[head]))
    if best is None:
        return None
    return replace(best, alike=int((np.concatenate(every).round(3) == round(best.share, 3)).sum()))


def guidance_of_step(
    known: Iterable[GuidedHead], step: GenerationStep, stack: Stack, layer: int, heads: Collection[int] | None
) -> tuple[Guidance, ...]:
    """What is to be said of the guided heads among those looked at while a token is written.

    Args:
        known: The model's guided heads.
        step: The step that writes it.
        stack: One of the step's stacks.
        layer: From 0.
        heads: Those looked at; None for all of the layer.
    """
    known = tuple(known)
    return tuple(_of_step(known, one, step) for one in guided_among(known, stack, layer, heads))


def _of_step(known: tuple[GuidedHead, ...], guided: GuidedHead, step: GenerationStep) -> Guidance:
    stack = guided.stack
    row = step.attention(stack, guided.layer, [guided.head])[0, -1]
    key = int(row.argmax())

    def on_key(layer: int) -> Float32[np.ndarray, " head"]:
        return step.attention(stack, layer)[:, -1, key]

    best = best_unguided(known, stack, step.attention_layers(stack), on_key)
    what = f"on {placed(step.key_tokens(stack), key)} while {quoted(step.token)} is written"
    return Guidance(guided, float(row[key]), best, what)
