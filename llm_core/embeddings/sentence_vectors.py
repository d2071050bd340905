"""One vector for a whole sentence, and how alike sentences are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from jaxtyping import Float32

from llm_core.embeddings.likeness import Likeness, likeness, unit_rows
from llm_core.errors import SelectionError, TextError, UnsupportedModelError
from llm_core.progress import ProgressCallback, ignore_progress, within

if TYPE_CHECKING:
    from llm_core.models.loading import LoadedModel

Pooling: TypeAlias = Literal["mean", "first", "max"]
_POOLING_NAMES: dict[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "first",
    "pooling_mode_max_tokens": "max",
}


@dataclass(frozen=True, eq=False)
class SentenceVectors:
    """Sentences as vectors.

    Attributes:
        model_name: The model's name.
        sentences: The sentences, each once.
        vectors: Shape (sentence d_model), as pooled.
        pooling: How a sentence's token vectors became one: their ``"mean"``, the ``"first"``, or the ``"max"`` of each
            number.
        stated: True if the model's files say that it was trained for this pooling.
        repeated: How many sentences came again, and were read once.
        unreadable: Sentences that the model cannot read, with the reason.
    """

    model_name: str
    sentences: tuple[str, ...]
    vectors: Float32[np.ndarray, "sentence d_model"]
    pooling: Pooling
    stated: bool
    repeated: int = 0
    unreadable: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.sentences):
            raise ValueError(f"Expected a vector for each of {len(self.sentences)} sentences.")
        self.vectors.setflags(write=False)

    @property
    def similarities(self) -> Float32[np.ndarray, "sentence sentence"]:
        """Cosine of each sentence with each, from -1 to 1."""
        unit = unit_rows(self.vectors)
        return np.clip(np.asarray(unit @ unit.T, dtype=np.float32), -1, 1)

    @property
    def likeness(self) -> Likeness:
        """How alike the sentences are, two by two."""
        return likeness(self.vectors)


def sentence_vectors(
    model: LoadedModel, sentences: Sequence[str], *, progress: ProgressCallback = ignore_progress
) -> SentenceVectors:
    """Read sentences with an encoder, and pool the last layer's vectors (Reimers and Gurevych 2019, Sentence-BERT).

    The pooling is what the model's files name; where they name none, the mean over all tokens, special ones included.

    Args:
        model: An encoder, or an encoder-decoder, whose encoder is read.
        sentences: At least one; those that come again are read once, those that cannot be read are left out.
        progress: Told as sentences are read. What it raises stops the work.

    Raises:
        SelectionError: There is no sentence.
        UnsupportedModelError: The model has no encoder.
        TextError: No sentence can be read: each is empty or too long.
    """
    from llm_core.tracing.trace import trace

    if model.family == "decoder":
        raise UnsupportedModelError(
            f"{model.spec.name} is a decoder: each of its tokens knows only what stands before it, so no layer holds "
            "a vector of the whole sentence. Choose an encoder such as minilm-l6."
        )
    if not sentences:
        raise SelectionError("Expected at least one sentence, got none. Type one.")
    pooling, stated = pooling_of(model)
    once = tuple(dict.fromkeys(sentences))
    vectors, read, unreadable = [], [], []
    for place, sentence in enumerate(once):
        part = within(progress, place / len(once), (place + 1) / len(once))
        try:
            # An encoder-decoder needs some target; what its decoder reads does not reach the encoder.
            made = trace(model, sentence, sentence if model.family == "encoder-decoder" else None, progress=part)
        except TextError as error:
            unreadable.append((sentence, str(error)))
            refused = error
            continue
        read.append(sentence)
        vectors.append(_pooled(made.states["encoder"][-1], pooling))
    if not read:
        raise refused
    return SentenceVectors(
        model_name=model.spec.name,
        sentences=tuple(read),
        vectors=np.stack(vectors),
        pooling=pooling,
        stated=stated,
        repeated=len(sentences) - len(once),
        unreadable=tuple(unreadable),
    )


def pooling_of(model: LoadedModel) -> tuple[Pooling, bool]:
    """How a model's token vectors become one, and True if its files say so; ``"mean"`` where they say nothing."""
    named = _named_pooling(model)
    return named or "mean", named is not None


def _pooled(states: np.ndarray, pooling: Pooling) -> np.ndarray:
    pooled = {"mean": states.mean(axis=0), "first": states[0], "max": states.max(axis=0)}[pooling]
    return np.asarray(pooled, dtype=np.float32)


def _named_pooling(model: LoadedModel) -> Pooling | None:
    """The pooling that the files beside the weights name, as sentence-transformers writes them."""
    path = Path(str(getattr(model.model, "name_or_path", ""))) / "1_Pooling" / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        chosen = [pooling for key, pooling in _POOLING_NAMES.items() if config.get(key)]
    except (OSError, ValueError, AttributeError):
        return None
    return chosen[0] if len(chosen) == 1 else None
