"""What each head does with a text, as numbers: how well it fits each role, how spread, how far it looks.

A role's score is the attention on the role's keys (:mod:`llm_core.heads.roles`), averaged over the queries that
have such a key and a choice, that is, see two keys or more. It is not a number where no query has one: the
text does not trigger the role. It is withheld where fewer than :data:`llm_core.heads.captions.FEWEST_QUERIES` have one.

Beside each score stands what a random network of the same shape scores on the same text: the attention that falls on
the role's keys if every query spreads evenly over the keys that its mask lets it see. Before any training, weights
prefer no token to another, so that a head's attention is even on average over such networks;
``tests/reader/test_heads.py`` holds it against networks that are really made at random. It is not so where a fixed bias
draws attention to near tokens (ALiBi): there it is not known, and no role is clear.

Attention says where a head looks, not what for: what a head does to the output is measured in
:mod:`llm_core.heads.interventions` (Jain and Wallace 2019, Attention is not explanation).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int64

from llm_core.heads.alignments import Alignment, possible_links
from llm_core.heads.attention_blocks import AttentionBlock, attention_blocks
from llm_core.heads.captions import CLEAR, FEWEST_QUERIES, TIMES_RANDOM
from llm_core.heads.roles import CROSS_KEYS, SELF_KEYS, KeyFacts, RoleName, key_facts, roles_of
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.recording.trace_record import Trace
from llm_core.shapes import QueryPositions, Stack

VERY_BROAD = 0.8
"""Share of the highest possible entropy from which a head without another role is called broad."""

RESTING: frozenset[RoleName] = frozenset({"first token", "separator"})
"""Where a head's attention rests while its own role has nothing to do."""

ByHead: TypeAlias = Float64[np.ndarray, "layer head"]
MeasureName: TypeAlias = RoleName | Literal["entropy", "distance"]


@dataclass(frozen=True, eq=False)
class HeadScores:
    """How well each head of a stack fits each role, on one text.

    Arrays have one row for each of :attr:`layers`; where a layer has fewer heads than others, its row is filled
    up with NaN.

    Attributes:
        stack: Which stack.
        layers: Numbers of its layers, one for each row.
        means: By role, the mean over queries from 0 to 1, over however few; NaN where the text does not trigger the
            role. What is said of heads takes :attr:`roles`. ``"broad"`` is the mean of each query's entropy, divided
            by the highest it could have over the keys it sees. ``"alignment"`` is the attention on one-to-one links
            divided by the number of links there could be: each target word is linked with the source word it looks at
            most, a source word keeps the strongest of its links, and at most as many are possible as the smaller side
            has words. Of the two readings, by the word that a row reads and by the word that it writes next, the
            better one counts.
        queries: By role, how many queries each layer's score is the mean of; those of ``"broad"`` are also those of
            :attr:`entropy` and :attr:`distance`.
        random: By role, and for ``"entropy"`` and ``"distance"``, what heads of a random network score on average in
            each layer on this text; NaN where no query tells, and for models with ALiBi.
        entropy: Mean entropy of the queries' attention, in bits. A learned sink counts as one more key.
        distance: Mean distance from query to key, weighted by attention, in tokens; NaN for cross-attention,
            where it has no meaning.
        fewest: Over how many queries a role's score has to be the mean to be told.
    """

    stack: Stack
    layers: tuple[int, ...]
    means: Mapping[RoleName, ByHead]
    queries: Mapping[RoleName, Int64[np.ndarray, " layer"]]
    random: Mapping[MeasureName, Float64[np.ndarray, " layer"]]
    entropy: ByHead
    distance: ByHead
    fewest: int = FEWEST_QUERIES

    def __post_init__(self) -> None:
        for array in (*self.means.values(), *self.queries.values(), *self.random.values(), self.entropy, self.distance):
            array.setflags(write=False)

    @cached_property
    def roles(self) -> Mapping[RoleName, ByHead]:
        """By role, the scores that may be told: NaN in layers where fewer than :attr:`fewest` queries tell of it."""
        told = {
            role: np.where((self.queries[role] >= self.fewest)[:, None], means, np.nan)
            for role, means in self.means.items()
        }
        for scores in told.values():
            scores.setflags(write=False)
        return told

    @property
    def triggered(self) -> Mapping[RoleName, bool]:
        """By role, whether any query of the text has a key of this role."""
        return {role: bool(counts.any()) for role, counts in self.queries.items()}

    @property
    def withheld(self) -> Mapping[RoleName, int]:
        """The roles that the text triggers in too few queries of every layer, and in how many at most."""
        most = {role: int(counts.max(initial=0)) for role, counts in self.queries.items()}
        return {role: count for role, count in most.items() if 0 < count < self.fewest}

    def of(self, layer: int, head: int) -> Mapping[RoleName, float]:
        """One head's scores by role, without those that the text does not trigger and those that are withheld.

        Args:
            layer: The layer's number, one of :attr:`layers`.
            head: From 0.
        """
        row = self.layers.index(layer)
        scores = {role: float(values[row, head]) for role, values in self.roles.items()}
        return {role: score for role, score in scores.items() if not np.isnan(score)}

    def clear(self, role: RoleName) -> Bool[np.ndarray, "layer head"]:
        """Which heads have a role clearly: see :meth:`best_role`."""
        least = np.maximum(CLEAR, TIMES_RANDOM * self.random[role])
        clear: np.ndarray = self.roles[role] >= least[:, None]
        return clear

    def best_role(self, layer: int, head: int) -> RoleName | None:
        """The role that a head fits best, or None if it fits none clearly.

        A role is clear from :data:`llm_core.heads.captions.CLEAR` on, and from
        :data:`llm_core.heads.captions.TIMES_RANDOM` times what a random network scores. Heads rest on the first token
        and on separators where their own role has nothing to do (Clark et al. 2019, section 3.2), so these two are
        named only where no other role is clear. ``"broad"`` comes last, from :data:`VERY_BROAD` on; it is what heads
        of a random network are, too.
        """
        scores, row = dict(self.of(layer, head)), self.layers.index(layer)
        broad = scores.pop("broad", 0.0)
        clear = {role: score for role, score in scores.items() if self.clear(role)[row, head]}
        working = {role: score for role, score in clear.items() if role not in RESTING} or clear
        if working:
            return max(working, key=lambda role: working[role])
        return "broad" if broad >= VERY_BROAD else None


def head_scores(
    trace: Trace,
    stack: Stack,
    *,
    queries: QueryPositions | None = None,
    fewest: int = FEWEST_QUERIES,
    progress: ProgressCallback = ignore_progress,
) -> HeadScores:
    """Score every head of a stack on every role.

    A layer is read a few rows at a time, so that memory stays small whatever the length of the text.

    Args:
        trace: What a model did with a text.
        stack: One of ``trace.stacks``.
        queries: Positions of the queries to read, from 0; None for all. A spread sample makes long texts fast.
        fewest: Withhold roles that fewer queries than this tell of.
        progress: Told after each block of rows. What it raises stops the work.

    Raises:
        SelectionError: There is no such stack or query.
    """
    scorer = HeadScorer(trace, stack, fewest=fewest)
    layers = trace.layers(stack)
    rows = len(trace.query_tokens(stack)) if queries is None else max(1, np.size(queries))
    for place, layer in enumerate(layers):
        done = 0
        for block in attention_blocks(trace, stack, layer, queries=queries):
            scorer.add(block)
            done += len(block.queries)
            progress(Progress((place + done / rows) / len(layers), f"Reading layer {place + 1} of {len(layers)}"))
    return scorer.scores()


class HeadScorer:
    """Adds up role scores block by block, for those who read the same blocks for something else as well."""

    def __init__(self, trace: Trace, stack: Stack, *, fewest: int = FEWEST_QUERIES) -> None:
        self._stack = stack
        self._fewest = fewest
        self._layers = trace.layers(stack)
        self._keys = key_facts(trace.key_tokens(stack))
        self._has_sink = {layer: trace.has_sink(stack, layer) for layer in self._layers}
        self._alibi = trace.alibi and stack != "cross"
        self._padding = np.array([token.is_padding for token in trace.query_tokens(stack)], bool)
        self._sums = {layer: _Sums(trace.heads(stack, layer), stack) for layer in self._layers}
        if stack == "cross":
            links = possible_links(trace)
            for layer, sums in self._sums.items():
                sums.alignments = tuple(Alignment(rows, keys, trace.heads(stack, layer)) for rows, keys in links)

    def add(self, block: AttentionBlock) -> None:
        """Take a block into account; each row of a layer should come once."""
        visible = block.visible
        looking = ~self._padding[block.queries] & (visible.sum(axis=1) > 1)
        if not looking.all():
            block = AttentionBlock(block.layer, block.queries[looking], block.weights[:, looking], visible[looking])
        if len(block.queries):
            self._sums[block.layer].add(block, self._keys, self._has_sink[block.layer])

    def scores(self) -> HeadScores:
        """The scores over all blocks added so far."""
        most = max(sums.heads for sums in self._sums.values())
        names = tuple(role.name for role in roles_of(self._stack))

        def table(rows: list[np.ndarray]) -> ByHead:
            return np.stack([np.pad(row, (0, most - len(row)), constant_values=np.nan) for row in rows])

        every = [self._sums[layer] for layer in self._layers]
        measures: tuple[MeasureName, ...] = (*names, "entropy", "distance")
        return HeadScores(
            stack=self._stack,
            layers=self._layers,
            means={name: table([sums.mean(name) for sums in every]) for name in names},
            queries={name: np.array([sums.count(name) for sums in every], np.int64) for name in names},
            random={
                name: np.array([np.nan if self._alibi else sums.random(name) for sums in every], np.float64)
                for name in measures
            },
            entropy=table([sums.mean("entropy") for sums in every]),
            distance=table([sums.mean("distance") for sums in every]),
            fewest=self._fewest,
        )


class _Sums:
    """One layer's sums by role, and over how many queries."""

    def __init__(self, heads: int, stack: Stack) -> None:
        self.heads = heads
        self.alignments: tuple[Alignment, ...] = ()
        self._cross = stack == "cross"
        self._sums: dict[str, np.ndarray] = {}
        self._random: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def add(self, block: AttentionBlock, facts: KeyFacts, has_sink: bool) -> None:
        seen = np.flatnonzero(block.visible.any(axis=0))
        span = slice(int(seen[0]), int(seen[-1]) + 1)
        weights, visible = block.weights[:, :, span], block.visible[:, span]
        outcomes = visible.sum(axis=1) + has_sink
        for role, keys_of in (CROSS_KEYS if self._cross else SELF_KEYS).items():
            keys = keys_of(block.queries, facts)[:, span] & visible
            has_key = keys.any(axis=1)
            if has_key.any():
                self._sum(role, _masses(weights, keys)[:, has_key], (keys.sum(axis=1) / outcomes)[has_key])
        entropy, highest = _entropy(weights, has_sink), np.log2(outcomes)
        self._sum("entropy", entropy, highest)
        self._sum("broad", entropy / highest, np.ones(len(highest)))
        if not self._cross:
            steps = np.abs(np.arange(span.start, span.stop, dtype=np.float32) - block.queries[:, None])
            on_tokens = weights.sum(axis=-1)
            even = (steps * visible).sum(axis=1) / visible.sum(axis=1)
            self._sum("distance", _masses(weights, steps) / np.maximum(on_tokens, np.finfo(np.float32).tiny), even)
        for alignment in self.alignments:
            alignment.add(block)

    def mean(self, name: str) -> np.ndarray:
        if name == "alignment":
            return np.fmax.reduce([alignment.score() for alignment in self.alignments])
        if name not in self._sums:
            return np.full(self.heads, np.nan)
        return self._sums[name] / self._counts[name]

    def random(self, name: str) -> float:
        if name == "alignment":
            return float(np.fmax.reduce([alignment.random() for alignment in self.alignments]))
        return self._random[name] / self._counts[name] if name in self._random else np.nan

    def count(self, name: str) -> int:
        if name == "alignment":
            return max(alignment.count for alignment in self.alignments)
        return self._counts.get(name, 0)

    def _sum(self, name: str, values: np.ndarray, even: np.ndarray) -> None:
        """Add values (head query), and what attention spread evenly has in their place, (query,)."""
        self._sums[name] = self._sums.get(name, np.zeros(self.heads)) + values.sum(axis=1, dtype=np.float64)
        self._random[name] = self._random.get(name, 0.0) + float(even.sum())
        self._counts[name] = self._counts.get(name, 0) + values.shape[1]


def _masses(weights: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Sum of weights (head query key) times factors (query key) over the keys, shape (head query)."""
    return np.einsum("hqk,qk->hq", weights, factors.astype(np.float32))


def _entropy(weights: np.ndarray, has_sink: bool) -> np.ndarray:
    """Entropy of each query in bits, (head query); what a learned sink takes counts as one more key."""
    tiny = np.finfo(np.float32).tiny
    logarithms = np.maximum(weights, tiny)
    np.log(logarithms, out=logarithms)
    nats = -np.einsum("hqk,hqk->hq", weights, logarithms)
    if has_sink:
        rest = np.clip(1 - weights.sum(axis=-1), tiny, 1)
        nats -= rest * np.log(rest)
    return np.maximum(nats, 0) / np.log(2)
