"""What each head does with a text, as numbers: how well it fits each role, how spread, how far it looks.

A role's score is the attention on the role's keys (:mod:`llm_core.heads.roles`), averaged over the queries that
have such a key and a choice, that is, see two keys or more. It is not a number where no query has one: the
text does not trigger the role. Attention says where a head looks, not what for: what a head does to the
output is measured in :mod:`llm_core.heads.interventions` (Jain and Wallace 2019, Attention is not explanation).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int64

from llm_core.captions import CLEAR
from llm_core.heads.attention_blocks import AttentionBlock, attention_blocks
from llm_core.heads.roles import CROSS_KEYS, SELF_KEYS, KeyFacts, RoleName, key_facts, roles_of
from llm_core.progress import Progress, ProgressCallback, ignore_progress
from llm_core.shapes import QueryPositions, Stack
from llm_core.trace_record import Trace

VERY_BROAD = 0.8
"""Share of the highest possible entropy from which a head without another role is called broad."""

RESTING: frozenset[RoleName] = frozenset({"first token", "separator"})
"""Where a head's attention rests while its own role has nothing to do."""

ByHead: TypeAlias = Float64[np.ndarray, "layer head"]


@dataclass(frozen=True, eq=False)
class HeadScores:
    """How well each head of a stack fits each role, on one text.

    Arrays have one row for each of :attr:`layers`; where a layer has fewer heads than others, its row is filled
    up with NaN.

    Attributes:
        stack: Which stack.
        layers: Numbers of its layers, one for each row.
        roles: By role, the score from 0 to 1; NaN where the text does not trigger the role. ``"broad"`` is the
            mean of each query's entropy, divided by the highest it could have over the keys it sees.
            ``"alignment"`` is the attention on one-to-one links divided by the number of links there could
            be: each target word is linked with the source word it looks at most, a source word keeps the
            strongest of its links, and at most as many are possible as the smaller side has words. Of the two
            readings, by the word that a row reads and by the word that it writes next, the better one counts.
        queries: By role, how many queries each layer's score is the mean of.
        entropy: Mean entropy of the queries' attention, in bits. A learned sink counts as one more key.
        distance: Mean distance from query to key, weighted by attention, in tokens; NaN for cross-attention,
            where it has no meaning.
    """

    stack: Stack
    layers: tuple[int, ...]
    roles: Mapping[RoleName, ByHead]
    queries: Mapping[RoleName, Int64[np.ndarray, " layer"]]
    entropy: ByHead
    distance: ByHead

    def __post_init__(self) -> None:
        for array in (*self.roles.values(), *self.queries.values(), self.entropy, self.distance):
            array.setflags(write=False)

    @property
    def triggered(self) -> Mapping[RoleName, bool]:
        """By role, whether any query of the text has a key of this role."""
        return {role: bool(counts.any()) for role, counts in self.queries.items()}

    def of(self, layer: int, head: int) -> Mapping[RoleName, float]:
        """One head's scores by role, without the roles that the text does not trigger.

        Args:
            layer: The layer's number, one of :attr:`layers`.
            head: From 0.
        """
        row = self.layers.index(layer)
        scores = {role: float(values[row, head]) for role, values in self.roles.items()}
        return {role: score for role, score in scores.items() if not np.isnan(score)}

    def best_role(self, layer: int, head: int) -> RoleName | None:
        """The role that a head fits best, or None if it fits none clearly.

        A role is clear from :data:`llm_core.captions.CLEAR` on. Heads rest on the first token and on separators
        where their own role has nothing to do (Clark et al. 2019, section 3.2), so these two are named only
        where no other role is clear. ``"broad"`` comes last, from :data:`VERY_BROAD` on.
        """
        scores = dict(self.of(layer, head))
        broad = scores.pop("broad", 0.0)
        clear = {role: score for role, score in scores.items() if score >= CLEAR}
        working = {role: score for role, score in clear.items() if role not in RESTING} or clear
        if working:
            return max(working, key=lambda role: working[role])
        return "broad" if broad >= VERY_BROAD else None


def head_scores(
    trace: Trace,
    stack: Stack,
    *,
    queries: QueryPositions | None = None,
    progress: ProgressCallback = ignore_progress,
) -> HeadScores:
    """Score every head of a stack on every role.

    A layer is read a few rows at a time, so that memory stays small whatever the length of the text.

    Args:
        trace: What a model did with a text.
        stack: One of ``trace.stacks``.
        queries: Positions of the queries to read, from 0; None for all. A spread sample makes long texts fast.
        progress: Told after each block of rows. What it raises stops the work.

    Raises:
        SelectionError: There is no such stack or query.
    """
    scorer = HeadScorer(trace, stack)
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

    def __init__(self, trace: Trace, stack: Stack) -> None:
        self._stack = stack
        self._layers = trace.layers(stack)
        self._keys = key_facts(trace.key_tokens(stack))
        self._has_sink = {
            layer: getattr(trace.record(stack, layer), "sink", None) is not None for layer in self._layers
        }
        self._padding = np.array([token.is_padding for token in trace.query_tokens(stack)], bool)
        self._sums = {layer: _Sums(trace.heads(stack, layer), stack) for layer in self._layers}
        if stack == "cross":
            links = _possible_links(trace)
            for layer, sums in self._sums.items():
                sums.alignments = tuple(_Alignment(rows, keys, trace.heads(stack, layer)) for rows, keys in links)

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
        return HeadScores(
            stack=self._stack,
            layers=self._layers,
            roles={name: table([sums.mean(name) for sums in every]) for name in names},
            queries={name: np.array([sums.count(name) for sums in every], np.int64) for name in names},
            entropy=table([sums.mean("entropy") for sums in every]),
            distance=table([sums.mean("distance") for sums in every]),
        )


class _Sums:
    """One layer's sums by role, and over how many queries."""

    def __init__(self, heads: int, stack: Stack) -> None:
        self.heads = heads
        self.alignments: tuple[_Alignment, ...] = ()
        self._cross = stack == "cross"
        self._sums: dict[str, np.ndarray] = {}
        self._counts: dict[str, int] = {}

    def add(self, block: AttentionBlock, facts: KeyFacts, has_sink: bool) -> None:
        seen = np.flatnonzero(block.visible.any(axis=0))
        span = slice(int(seen[0]), int(seen[-1]) + 1)
        weights, visible = block.weights[:, :, span], block.visible[:, span]
        for role, keys_of in (CROSS_KEYS if self._cross else SELF_KEYS).items():
            keys = keys_of(block.queries, facts)[:, span] & visible
            has_key = keys.any(axis=1)
            if has_key.any():
                self._sum(role, _masses(weights, keys)[:, has_key])
        entropy, highest = _entropy(weights, visible, has_sink)
        self._sum("entropy", entropy)
        self._sum("broad", entropy / highest)
        if not self._cross:
            steps = np.abs(np.arange(span.start, span.stop, dtype=np.float32) - block.queries[:, None])
            on_tokens = weights.sum(axis=-1)
            self._sum("distance", _masses(weights, steps) / np.maximum(on_tokens, np.finfo(np.float32).tiny))
        for alignment in self.alignments:
            alignment.add(block)

    def mean(self, name: str) -> np.ndarray:
        if name == "alignment":
            return np.fmax.reduce([alignment.score() for alignment in self.alignments])
        if name not in self._sums:
            return np.full(self.heads, np.nan)
        return self._sums[name] / self._counts[name]

    def count(self, name: str) -> int:
        if name == "alignment":
            return max(alignment.count for alignment in self.alignments)
        return self._counts.get(name, 0)

    def _sum(self, name: str, values: np.ndarray) -> None:
        self._sums[name] = self._sums.get(name, np.zeros(self.heads)) + values.sum(axis=1, dtype=np.float64)
        self._counts[name] = self._counts.get(name, 0) + values.shape[1]


def _masses(weights: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Sum of weights (head query key) times factors (query key) over the keys, shape (head query)."""
    return np.einsum("hqk,qk->hq", weights, factors.astype(np.float32))


def _entropy(weights: np.ndarray, visible: np.ndarray, has_sink: bool) -> tuple[np.ndarray, np.ndarray]:
    """Entropy of each query in bits, (head query), and the highest it could have, (query,)."""
    tiny = np.finfo(np.float32).tiny
    logarithms = np.maximum(weights, tiny)
    np.log(logarithms, out=logarithms)
    nats = -np.einsum("hqk,hqk->hq", weights, logarithms)
    outcomes = visible.sum(axis=1)
    if has_sink:
        rest = np.clip(1 - weights.sum(axis=-1), tiny, 1)
        nats -= rest * np.log(rest)
        outcomes = outcomes + 1
    return np.maximum(nats, 0) / np.log(2), np.log2(outcomes)


def _possible_links(trace: Trace) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows and keys between which a target word can be linked: by the word read, and by the word written next."""
    words = np.array([token.is_word for token in trace.target_tokens], bool)
    keys = np.flatnonzero([token.is_word for token in trace.tokens])
    written = np.append(words[1:], False)
    return [(words, keys), (written, keys)]


class _Alignment:
    """The strongest link of each source word so far, over the target words that look at it most."""

    def __init__(self, rows: np.ndarray, keys: np.ndarray, heads: int) -> None:
        self._rows = rows
        self._keys = keys
        self._strongest = np.zeros((heads, len(keys)), np.float32)
        self._rows_seen = 0

    @property
    def count(self) -> int:
        """How many target words were linked; none if there are not two links to choose from."""
        return self._rows_seen if self._possible > 1 else 0

    @property
    def _possible(self) -> int:
        return min(self._rows_seen, len(self._keys))

    def add(self, block: AttentionBlock) -> None:
        rows = self._rows[block.queries]
        self._rows_seen += int(rows.sum())
        if not rows.any() or not len(self._keys):
            return
        weights = block.weights[:, rows][:, :, self._keys]
        looked_at = weights.argmax(axis=-1)
        head = np.broadcast_to(np.arange(len(weights))[:, None], looked_at.shape)
        np.maximum.at(self._strongest, (head, looked_at), weights.max(axis=-1))

    def score(self) -> np.ndarray:
        if not self.count:
            return np.full(len(self._strongest), np.nan)
        return self._strongest.sum(axis=1, dtype=np.float64) / self._possible
