"""A side of a comparison with what of its attention and vectors is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from llm_core.comparison.model_profile import ModelProfile, model_profile
from llm_core.comparison.survey import head_overview
from llm_core.comparison.table import Side, side
from llm_core.comparison.word_similarity import WordSimilarity, word_similarity
from llm_core.comparison.words import Span
from llm_core.errors import SelectionError
from llm_core.heads.guidance import best_unguided
from llm_core.heads.roles import RoleName, roles_of
from llm_core.progress import Progress, ProgressCallback, ignore_progress, within
from llm_core.recording.trace_record import Trace
from llm_core.shapes import Stack

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


@dataclass(frozen=True)
class BestHead:
    """The head of a stack that fits a role best.

    Attributes:
        row: Its layer's place among the layers that have attention.
        layer: Its layer.
        head: Its number.
    """

    row: int
    layer: int
    head: int


@dataclass(frozen=True, eq=False)
class Compared:
    """One model with one text, and what is drawn of it.

    Attributes:
        side: What its heads do, and the model's own numbers.
        nearest: By stack and role, the head that fits best; no entry where the text does not call for a role.
        overviews: The attention of these heads by stack, layer and head, each shape (row column); see
            :func:`llm_core.comparison.survey.head_overview`.
        words: How alike its words become; None where no vectors were kept.
        sources: For each token that was written, the source token that the best aligned head links it with, or None.
    """

    side: Side
    nearest: Mapping[tuple[Stack, RoleName], BestHead]
    overviews: Mapping[tuple[Stack, int, int], Float32[np.ndarray, "row column"]]
    words: WordSimilarity | None
    sources: tuple[int | None, ...]


def compare(
    name: str,
    model: LoadedModel,
    trace: Trace,
    hidden: Span | None = None,
    *,
    progress: ProgressCallback = ignore_progress,
) -> Compared:
    """A side of a comparison, from a model.

    Args:
        name: What to call it in sentences.
        model: The model that made the trace.
        trace: What it did with a text.
        hidden: Where the word stands that is hidden; None for :func:`llm_core.comparison.outcomes.word_to_hide`.
        progress: Told as work goes on. What it raises stops the work.
    """
    progress(Progress(0.0, "Asking what comes out"))
    profile = model_profile(model, trace, hidden)
    return compare_known(name, trace, profile, progress=within(progress, 0.5, 1.0))


def compare_known(
    name: str, trace: Trace, profile: ModelProfile, *, progress: ProgressCallback = ignore_progress
) -> Compared:
    """A side of a comparison, without its model.

    Args:
        name: What to call it in sentences.
        trace: What the model did with a text.
        profile: The model's own numbers.
        progress: Told after each layer that was read. What it raises stops the work.
    """
    made = side(name, trace, profile, progress=progress)
    nearest = {
        (stack, role.name): found
        for stack in trace.stacks
        for role in roles_of(stack)
        if (found := _nearest(made, stack, role.name)) is not None
    }
    overviews = {
        (stack, one.layer, one.head): head_overview(trace, stack, one.layer, one.head)
        for (stack, _), one in nearest.items()
    }
    try:
        words = word_similarity(trace)
    except SelectionError:
        words = None
    return Compared(made, nearest, overviews, words, _sources(made))


def known_scores(values: np.ndarray, row: int) -> np.ndarray:
    """A layer's scores (head,), -1 where there is none."""
    return np.where(np.isfinite(values[row]), values[row], -1.0)


def _nearest(made: Side, stack: Stack, role: RoleName) -> BestHead | None:
    scores = made.surveys[stack].scores
    values = scores.roles[role]
    if not np.isfinite(values).any():
        return None
    row, head = (int(place) for place in np.unravel_index(int(np.nanargmax(values)), values.shape))
    return BestHead(row, scores.layers[row], head)


def _sources(made: Side) -> tuple[int | None, ...]:
    """The source word that each written word is linked with by the best aligned head no one guided."""
    trace = made.trace
    found: list[int | None] = [None] * len(trace.target_tokens)
    if not trace.target_tokens:
        return ()
    scores = made.surveys["cross"].scores.means["alignment"]
    keys = np.flatnonzero([token.is_word for token in trace.tokens])
    words = np.flatnonzero([token.is_word and place > 0 for place, token in enumerate(trace.target_tokens)])
    if not np.isfinite(scores).any() or not keys.size or not words.size:
        return tuple(found)
    layers: Sequence[int] = trace.layers("cross")
    best = best_unguided(trace.guided_heads, "cross", layers, lambda layer: known_scores(scores, layers.index(layer)))
    if best is None:
        return tuple(found)
    weights = trace.attention("cross", best.layer, [best.head])[0][:, keys]
    # A head links a word with its source either while reading it or, one row earlier, while choosing it.
    linked = max((weights[words], weights[words - 1]), key=_one_to_one)
    for place, key in zip(words, keys[linked.argmax(axis=1)], strict=True):
        found[place] = int(key)
    return tuple(found)


def _one_to_one(weights: np.ndarray) -> float:
    """Attention on the strongest link of each source word, as (word source word) weights have it."""
    strongest = np.zeros(weights.shape[1])
    np.maximum.at(strongest, weights.argmax(axis=1), weights.max(axis=1))
    return float(strongest.sum())
