"""What a token looks at by the mean of some heads, what goes to the first one, and the best head that no one guided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

GUIDED = {"minilm-l6-mlm": {("encoder", 3, 1)}, "t5-mini-en-fr": {("cross", 2, 0)}}
"""By model, the heads that its card says were taught: stack, layer and head."""


@dataclass(frozen=True)
class Best:
    """A head and how much it gives."""

    layer: int
    head: int
    share: float


def attention_of(done: Any, stack: str) -> list[np.ndarray]:
    """By layer, (head query key) in double precision, as the library's eager attention gives it."""
    names = {"cross": "cross_attentions", "decoder": "decoder_attentions", "encoder": "encoder_attentions"}
    found = getattr(done, names[stack], None)
    return [one[0].double().numpy() for one in (done.attentions if found is None else found)]


def mean_row(layer: np.ndarray, heads: list[int], query: int) -> np.ndarray:
    """What a token gives each key, the plain mean of some heads."""
    return sum(layer[head, query] for head in heads) / len(heads)


def given_to_first(layer: np.ndarray, heads: list[int]) -> float:
    """What the tokens after the first one give it, on average over them and over some heads."""
    return float(np.mean([[layer[head, query, 0] for query in range(1, layer.shape[1])] for head in heads]))


@dataclass(frozen=True)
class Given:
    """What tokens give one at a fixed place: the mean share, of how many tokens, and what even attention would give."""

    share: float
    queries: int
    even: float


def given_by_place(layer: np.ndarray, heads: list[int], offset: int | None) -> Given:
    """What tokens that have a choice give the one so many places further on, or the first one if no offset is given."""
    count, pairs = layer.shape[1], []
    for query in range(count):
        key = 0 if offset is None else query + offset
        opened = int((layer[:, query] > 0).any(axis=0).sum())
        if 0 <= key < count and opened > 1 and not (offset is None and query == 0) and layer[:, query, key].max() > 0:
            pairs.append((query, key, opened))
    if not pairs:
        return Given(0.0, 0, 0.0)
    share = float(np.mean([[layer[head, query, key] for query, key, _ in pairs] for head in heads]))
    return Given(share, len(pairs), float(np.mean([1 / opened for _, _, opened in pairs])))


def best_on_link(layers: list[np.ndarray], taught: set[tuple[int, int]], query: int, key: int) -> Best:
    """The head that gives a link most, those that were taught left out."""
    best = Best(-1, -1, -1.0)
    for number, layer in enumerate(layers):
        for head in range(len(layer)):
            share = float(layer[head, query, key])
            if (number, head) not in taught and share > best.share:
                best = Best(number, head, share)
    return best


def aligned(head: np.ndarray, queries: list[bool], keys: list[bool]) -> float:
    """The mean over source words of the largest weight that a target word gives each."""
    rows, columns = np.flatnonzero(queries), np.flatnonzero(keys)
    return float(np.mean([max(head[row, column] for row in rows) for column in columns]))


def best_aligned(layers: list[np.ndarray], taught: set[tuple[int, int]], queries: list[bool], keys: list[bool]) -> Best:
    """The head that aligns best, those that were taught left out."""
    best = Best(-1, -1, -1.0)
    for number, layer in enumerate(layers):
        for head in range(len(layer)):
            share = aligned(layer[head], queries, keys)
            if (number, head) not in taught and share > best.share:
                best = Best(number, head, share)
    return best


def words_among(tokenizer: Any, ids: list[int]) -> list[bool]:
    """Which tokens hold a letter or a digit and are none of the model's own signs."""
    special = set(tokenizer.all_special_ids)
    return [number not in special and any(map(str.isalnum, tokenizer.decode([number]))) for number in ids]
