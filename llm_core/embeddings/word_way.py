"""A word in several contexts with its way through the layers, as one picture needs both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm_core.embeddings.point_projections import Projection, project
from llm_core.embeddings.word_contexts import WordInContexts, word_in_contexts
from llm_core.progress import ProgressCallback, ignore_progress

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel


@dataclass(frozen=True, eq=False)
class FollowedWord:
    """A word followed through its contexts.

    Attributes:
        contexts: Its vectors.
        way: One PCA of its centred directions at all layers, points in the order (layer+1 use).
    """

    contexts: WordInContexts
    way: Projection


def follow_word(
    model: LoadedModel,
    word: str,
    meanings: Sequence[tuple[str, Sequence[str]]],
    *,
    progress: ProgressCallback = ignore_progress,
) -> FollowedWord:
    """Read sentences that hold one word, and project its vectors.

    Args:
        model: From :func:`llm_core.load_model`.
        word: The word.
        meanings: The name of each meaning with its sentences, in order.
        progress: Told as sentences are read. What it raises stops the work.

    Raises:
        TextError: There is no word, or no sentence holds it.
        SelectionError: There are fewer than two sentences that hold it.
    """
    made = word_in_contexts(model, word, dict(meanings), progress=progress)
    rows = made.directions(centred=True)
    return FollowedWord(made, project(rows.reshape(-1, rows.shape[-1])))
