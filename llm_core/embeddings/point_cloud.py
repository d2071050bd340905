"""Vectors to be drawn as points: a text's tokens at every layer, a list of words, or a part of the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Int

from llm_core.embeddings.likeness import unit_rows, without
from llm_core.embeddings.point_projections import MOST_POINTS, Projection
from llm_core.embeddings.token_table import TokenTable, vector_of, word_pieces
from llm_core.errors import SelectionError, TextError
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


MOST_WORDS = 2000
"""Of a longer list of words, those at the end are left out."""


@dataclass(frozen=True, eq=False)
class Points:
    """A cloud without its vectors; see :class:`PointCloud` for what is not said here.

    Attributes:
        norms: Length of each vector, shape (layer point).
        width: Numbers in each vector.
    """

    labels: tuple[str, ...]
    groups: Int[np.ndarray, " point"]
    group_names: tuple[str, ...]
    positions: Int[np.ndarray, " point"]
    ids: Int[np.ndarray, " point"]
    norms: Float32[np.ndarray, "layer point"]
    width: int
    left_out: int = 0
    repeated: int = 0
    unknown: tuple[str, ...] = ()

    @property
    def layers(self) -> int:
        """Number of layers, the embedding counted as one."""
        return len(self.norms)

    def by_layer(self, projection: Projection) -> Float32[np.ndarray, "layer point dimension"]:
        """A projection of :meth:`PointCloud.rows` as (layer+1 point dimension)."""
        return projection.points.reshape(*self.norms.shape, -1)


@dataclass(frozen=True, eq=False)
class PointCloud:
    """Vectors of the same tokens at one layer or several.

    Attributes:
        vectors: States of the residual stream (:meth:`Trace.residual_stream`), shape (layer+1 point d_model), one row
            less where the last layer's own output is not known; one row for tables.
        labels: What each point is, as text.
        groups: Which sentence, or which line of a list, each point belongs to, from 0; shape (point,).
        group_names: The sentences or lines.
        positions: Where each token stands in its sentence, from 0; shape (point,).
        ids: Each point's number in the vocabulary, -1 for words of several tokens; shape (point,). Where a tokenizer
            was built from counts, smaller numbers belong to more frequent tokens.
        left_out: How many points there would be beyond those kept.
        repeated: How many words came again, and are one point.
        unknown: Words that the tokenizer knows nothing of.
    """

    vectors: Float32[np.ndarray, "layer point d_model"]
    labels: tuple[str, ...]
    groups: Int[np.ndarray, " point"]
    group_names: tuple[str, ...]
    positions: Int[np.ndarray, " point"]
    ids: Int[np.ndarray, " point"]
    left_out: int = 0
    repeated: int = 0
    unknown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = self.vectors.shape[1]
        if not len(self.labels) == len(self.groups) == len(self.positions) == len(self.ids) == count:
            raise ValueError(f"Expected a label, group, position and id for each of {count} points.")
        for array in (self.vectors, self.groups, self.positions, self.ids):
            array.setflags(write=False)

    @property
    def layers(self) -> int:
        """Number of layers, the embedding counted as one."""
        return len(self.vectors)

    @property
    def norms(self) -> Float32[np.ndarray, "layer point"]:
        """Length of each vector."""
        return np.asarray(np.linalg.norm(self.vectors, axis=-1), dtype=np.float32)

    def points(self) -> Points:
        """The cloud without its vectors."""
        return Points(
            labels=self.labels,
            groups=self.groups,
            group_names=self.group_names,
            positions=self.positions,
            ids=self.ids,
            norms=self.norms,
            width=self.vectors.shape[-1],
            left_out=self.left_out,
            repeated=self.repeated,
            unknown=self.unknown,
        )

    def rows(self, *, unit_length: bool, centre_layers: bool) -> Float32[np.ndarray, "row d_model"]:
        """All layers' vectors one below another, (layer+1 * point d_model), so that one projection fits them all.

        Args:
            unit_length: Scale each to length 1, so that only directions count: states grow from layer to layer, and
                some tokens' are hundreds of times longer than others'.
            centre_layers: Take each layer's mean away, so that what differs between tokens shows, not what all
                tokens of a layer share.
        """
        vectors = self.vectors
        if unit_length:
            vectors = unit_rows(vectors)
        if centre_layers:
            vectors = without(vectors, vectors.mean(axis=1, keepdims=True))
        return np.ascontiguousarray(vectors.reshape(-1, vectors.shape[-1]), dtype=np.float32)

    def by_layer(self, projection: Projection) -> Float32[np.ndarray, "layer point dimension"]:
        """A projection of :meth:`rows` as (layer+1 point dimension)."""
        return projection.points.reshape(*self.vectors.shape[:2], -1)


def cloud_of_texts(traces: Sequence[Trace], stack: Stack, *, specials: bool = True, firsts: bool = True) -> PointCloud:
    """The tokens of one text or several, at every layer.

    Args:
        traces: Of one model; texts of which all layers together would be more than :data:`MOST_POINTS` points are
            cut at the end.
        stack: Whose residual stream.
        specials: Keep tokens that are no text, such as [CLS].
        firsts: Keep the first token of each text. Decoders park attention there, and from some layer on its vector is
            the same whatever the token (Xiao et al. 2023, "attention sinks").

    Raises:
        SelectionError: There is no trace, no such stack, or nothing left to draw.
    """
    if not traces:
        raise SelectionError("Expected at least one text to draw the tokens of, got none.")
    layers = len(traces[0].residual_stream(stack))
    states, labels, groups, positions, ids = [], [], [], [], []
    for group, trace in enumerate(traces):
        tokens = trace.query_tokens(stack)
        kept = [
            place
            for place, token in enumerate(tokens)
            if (specials or not token.is_special) and (firsts or place > 0 or len(tokens) == 1)
        ]
        states.append(trace.residual_stream(stack)[:, kept])
        labels += [tokens[place].text for place in kept]
        groups += [group] * len(kept)
        positions += kept
        ids += [tokens[place].id for place in kept]
    most = MOST_POINTS // layers
    vectors = np.concatenate(states, axis=1)[:, :most]
    if not vectors.shape[1]:
        raise SelectionError("Nothing is left to draw: the text has special tokens only.")
    return PointCloud(
        vectors=vectors,
        labels=tuple(labels[:most]),
        groups=np.array(groups[:most]),
        group_names=tuple(trace.text for trace in traces),
        positions=np.array(positions[:most]),
        ids=np.array(ids[:most]),
        left_out=max(0, len(labels) - most),
    )


def cloud_of_words(model: LoadedModel, table: TokenTable, lines: Sequence[Sequence[str]]) -> PointCloud:
    """Words of one's own in a token table; a word of several tokens is the mean of their vectors.

    Args:
        model: Whose tokenizer splits the words.
        table: From :func:`llm_core.token_table`.
        lines: Groups of words. What comes again as the same tokens is one point; what the tokenizer does not know is
            left out.

    Raises:
        SelectionError: There is no word.
        TextError: The tokenizer knows nothing of any word.
    """
    words = [(group, word.strip()) for group, line in enumerate(lines) for word in line if word.strip()]
    if not words:
        raise SelectionError("Expected at least one word to draw, got none.")
    found: dict[tuple[int, ...], tuple[int, str, np.ndarray]] = {}
    unknown: list[str] = []
    for group, word in words[:MOST_WORDS]:
        try:
            pieces = word_pieces(model, word)
            found.setdefault(pieces.ids, (group, word, vector_of(table, pieces)))
        except (TextError, SelectionError):
            unknown.append(word)
    if not found:
        raise TextError(
            f"The tokenizer of {table.model_name} knows nothing of {', '.join(f'“{word}”' for word in unknown[:5])}. "
            "Type other words."
        )
    return PointCloud(
        vectors=np.stack([vector for _, _, vector in found.values()])[None],
        labels=tuple(word for _, word, _ in found.values()),
        groups=np.array([group for group, _, _ in found.values()]),
        group_names=tuple(", ".join(line) for line in lines),
        positions=np.arange(len(found)),
        ids=np.array([ids[0] if len(ids) == 1 else -1 for ids in found]),
        left_out=max(0, len(words) - MOST_WORDS),
        repeated=min(len(words), MOST_WORDS) - len(unknown) - len(found),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def cloud_of_vocabulary(table: TokenTable, count: int, *, whole_words: bool = True) -> PointCloud:
    """A sample of the vocabulary, evenly spaced by token number.

    Args:
        table: From :func:`llm_core.token_table`.
        count: How many tokens, at most :data:`MOST_POINTS`.
        whole_words: Only tokens that are words of letters, or begin one.

    Raises:
        SelectionError: The count is none, or nothing is left to draw.
    """
    if not isinstance(count, int | np.integer) or not 1 <= count <= MOST_POINTS:
        raise SelectionError(f"Expected from 1 to {MOST_POINTS:,} tokens, got {count!r}.")
    eligible = table.whole_words() if whole_words else np.flatnonzero([not token.is_special for token in table.tokens])
    if not len(eligible):
        raise SelectionError(f"The vocabulary of {table.model_name} has no whole words. Take pieces as well.")
    chosen = eligible[np.unique(np.linspace(0, len(eligible) - 1, min(int(count), len(eligible))).astype(int))]
    return PointCloud(
        vectors=np.asarray(table.vectors[chosen], dtype=np.float32)[None].copy(),
        labels=tuple(table.label(int(number)) for number in chosen),
        groups=np.zeros(len(chosen), dtype=np.int64),
        group_names=("vocabulary",),
        positions=np.zeros(len(chosen), dtype=np.int64),
        ids=chosen,
        left_out=len(eligible) - len(chosen),
    )
