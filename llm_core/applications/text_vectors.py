"""One vector for each of many texts, read in batches: a few hundred lines in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32

from llm_core.embeddings.sentence_vectors import Pooling, pooling_of
from llm_core.errors import EmptyTextError, SelectionError, TextTooLongError, UnsupportedModelError
from llm_core.generation.prompts import encode_prompt
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, Telling, ignore_progress
from llm_core.recording.verification import accepted_arguments
from llm_core.tracing.passes import check_numbers, failures_explained

BATCH = 16
"""So many texts go through the model together; texts of like length are put into one batch."""

MOST_TOKENS = 256
"""A longer text is cut: what comes after says little more about what it is about, and costs as much again."""

MOST_TEXT = 4_000
"""Characters of a text that are looked at, so that the tokenizer never works on what is cut off anyway."""


def text_vectors(
    model: LoadedModel, texts: Sequence[str], *, progress: ProgressCallback = ignore_progress
) -> Float32[np.ndarray, "text d_model"]:
    """Vectors of length 1, one a text, pooled as :func:`llm_core.embeddings.sentence_vectors.sentence_vectors` does.

    Args:
        model: An encoder.
        texts: At least one. Special tokens written in them are read as text; what is too long is cut.
        progress: Told after each batch. What it raises stops the work.

    Returns:
        float32; the row of a text without anything that the model knows is zero. Products of rows are cosines.

    Raises:
        SelectionError: There is no text.
        UnsupportedModelError: The model is no encoder, or cannot be run.
    """
    if model.family != "encoder":
        raise UnsupportedModelError(
            f"Expected an encoder to make one vector of a text, but {model.spec.name} is of the family "
            f"“{model.family}”. Choose an encoder such as minilm-l6."
        )
    if not texts:
        raise SelectionError("Expected at least one text, got none. Type one.")
    ids = [_ids(model, text) for text in texts]
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    vectors = np.zeros((len(ids), _width(model)), dtype=np.float32)
    tell = Telling(progress)
    pooling = pooling_of(model)[0]
    with failures_explained(model, tell):
        for first in range(0, len(order), BATCH):
            tell(Progress(first / len(order), f"Reading text {first + 1:,} of {len(order):,}"))
            batch = [place for place in order[first : first + BATCH] if ids[place]]
            if batch:
                vectors[batch] = _read(model, [ids[place] for place in batch], pooling)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=vectors, where=lengths > 0)


def _ids(model: LoadedModel, text: str) -> list[int]:
    """Token numbers with the special ones around them; none if nothing that the model knows is left of the text."""
    text = text[:MOST_TEXT].encode("utf-8", "replace").decode("utf-8")
    while True:
        try:
            encoded = encode_prompt(model, text, chat=False, max_tokens=MOST_TOKENS, literal=True)
        except EmptyTextError:
            return []
        except TextTooLongError as error:
            text = text[: len(text) * error.limit // (error.tokens + 1)]
        else:
            return [int(number) for number in encoded.inputs["input_ids"][0]]


def _read(model: LoadedModel, ids: list[list[int]], pooling: Pooling) -> np.ndarray:
    longest = max(map(len, ids))
    filler = model.tokenizer.pad_token_id or 0
    numbers = torch.tensor([one + [filler] * (longest - len(one)) for one in ids])
    mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in ids])
    inputs: dict[str, Any] = {"input_ids": numbers, "attention_mask": mask}
    with torch.inference_mode():
        output = model.network()(**accepted_arguments(model.model.forward, inputs), output_hidden_states=True)
    check_numbers(model, output)
    states = output.hidden_states[-1].float()
    there = mask[:, :, None].bool()
    if pooling == "first":
        pooled = states[:, 0]
    elif pooling == "max":
        pooled = states.masked_fill(~there, -torch.inf).amax(dim=1)
    else:
        pooled = states.masked_fill(~there, 0).sum(dim=1) / there.sum(dim=1)
    return np.asarray(pooled.numpy(), dtype=np.float32)


def _width(model: LoadedModel) -> int:
    return int(model.model.config.hidden_size)
