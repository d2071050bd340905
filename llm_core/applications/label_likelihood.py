"""Classes by a decoder that was never trained for them: how likely are the words of each label after the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from llm_core.applications.label_scores import MOST_TEXT, PLACE, LabelScores, LabelTask
from llm_core.errors import UnsupportedModelError
from llm_core.generation.prompts import encode_prompt
from llm_core.generation.writing import check_writes
from llm_core.models.loading import LoadedModel
from llm_core.progress import Progress, ProgressCallback, Telling, ignore_progress
from llm_core.recording.verification import accepted_arguments
from llm_core.tracing.passes import check_numbers, failures_explained

CONTENT_FREE = ("N/A", "[MASK]", "")
"""Inputs that say nothing, as Zhao et al. 2021 use them: what a model prefers on them is its bias."""

TOKENS_AT_ONCE = 768
"""Rows of a batch times their length: the scores of a whole vocabulary at each of them take much memory."""


def score_labels(
    model: LoadedModel, task: LabelTask, texts: Sequence[str], *, progress: ProgressCallback = ignore_progress
) -> tuple[LabelScores, ...]:
    """How likely each label is after each text, and how likely it is after nothing.

    Args:
        model: A decoder. Special tokens in the text are read as text.
        task: How to ask it.
        texts: What to sort; empty ones are allowed. Only the first :data:`MOST_TEXT` characters are read.
        progress: Told as texts are read. What it raises stops the work.

    Raises:
        UnsupportedModelError: The model is no decoder.
        TextTooLongError: The prompt leaves no room for a text.
    """
    check_writes(model)
    if model.family != "decoder":
        raise UnsupportedModelError(
            f"Expected a decoder, got {model.spec.name}, which is an encoder-decoder. Choose one such as smollm2-135m."
        )
    asked = [*CONTENT_FREE, *texts]
    sequences = [label_sequences(model, task, text) for text in asked]
    found = _log_probabilities(model, sequences, Telling(progress))
    # Probabilities of long labels are too small to be added as they are.
    free = np.logaddexp.reduce(found[: len(CONTENT_FREE)], axis=0) - np.log(len(CONTENT_FREE))
    return tuple(
        LabelScores(task, text, found[len(CONTENT_FREE) + place], free.copy()) for place, text in enumerate(texts)
    )


@dataclass(frozen=True)
class LabelSequences:
    """A prompt followed by each label.

    Attributes:
        labels: Token numbers of prompt and label, one sequence a label.
        begin: From which token on they are the label's.
    """

    labels: tuple[tuple[int, ...], ...]
    begin: int


def label_sequences(model: LoadedModel, task: LabelTask, text: str) -> LabelSequences:
    """Prompt and label tokenized together, since a tokenizer may join the end of one to the other."""
    # One line, so that a text cannot look like the next lines of the prompt.
    clean = " ".join(text[:MOST_TEXT].encode("utf-8", "replace").decode("utf-8").split())
    prompt = task.prompt.replace(PLACE, clean).strip()
    alone = _numbers(model, prompt)
    labels = tuple(tuple(_numbers(model, f"{prompt} {word.strip()}")) for word in task.words)
    same = min(_common(alone, one) for one in labels)
    return LabelSequences(labels, max(1, min(same, *(len(one) - 1 for one in labels))))


def _numbers(model: LoadedModel, text: str) -> list[int]:
    """Token numbers of a text, whatever is written in it."""
    encoded = encode_prompt(model, text, chat=False, max_tokens=None, literal=True)
    return [int(number) for number in encoded.inputs["input_ids"][0]]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many numbers two sequences share at their beginnings."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _log_probabilities(model: LoadedModel, asked: Sequence[LabelSequences], tell: Telling) -> np.ndarray:
    """Sum of the log-probabilities of each label's tokens, float64, shape (text label)."""
    sums = np.zeros((len(asked), len(asked[0].labels)))
    rows = _rows(asked)
    with failures_explained(model, tell):
        first = 0
        while first < len(rows):
            tell(Progress(first / len(rows), f"Reading text {first + 1:,} of {len(rows):,}"))
            count = max(1, TOKENS_AT_ONCE // len(rows[first][0]))
            batch = rows[first : first + count]
            rows_read, asked_for = [row for row, _ in batch], [wanted for _, wanted in batch]
            begin = min(one.position for wanted in asked_for for one in wanted)
            for scores, wanted in zip(_logits(model, rows_read, begin), asked_for, strict=True):
                for one in wanted:
                    logarithms = torch.log_softmax(scores[one.position - begin].double(), dim=-1)
                    sums[one.text, one.label] += float(logarithms[one.number])
            first += count
    return sums


@dataclass(frozen=True)
class _Wanted:
    """A token whose probability is asked for: it follows what stands at a position of a row."""

    text: int
    label: int
    position: int
    number: int


def _rows(asked: Sequence[LabelSequences]) -> list[tuple[tuple[int, ...], list[_Wanted]]]:
    """What has to be read, each once, the longest first, and which tokens are asked for there.

    The last token of a label is only predicted, never read: labels of one token share one row, the prompt.
    """
    rows: dict[tuple[int, ...], list[_Wanted]] = {}
    for text, one in enumerate(asked):
        for label, numbers in enumerate(one.labels):
            rows.setdefault(numbers[:-1], []).extend(
                _Wanted(text, label, at - 1, numbers[at]) for at in range(one.begin, len(numbers))
            )
    return sorted(rows.items(), key=lambda row: -len(row[0]))


def _logits(model: LoadedModel, rows: Sequence[tuple[int, ...]], begin: int) -> torch.Tensor:
    """Scores of the whole vocabulary from position ``begin`` on, shape (row token vocabulary).

    What fills a row up stands behind all it reads. The scores before ``begin`` are not worked out where the model can
    leave them out: of a text of 2,000 emoji they would take more than a gigabyte.
    """
    longest = len(rows[0])
    filler = model.tokenizer.pad_token_id or 0
    numbers = torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    inputs: dict[str, Any] = {"input_ids": numbers, "attention_mask": mask, "use_cache": False}
    inputs["logits_to_keep"] = longest - begin
    with torch.inference_mode():
        output = model.network()(**accepted_arguments(model.model.forward, inputs))
    check_numbers(model, output)
    logits: torch.Tensor = output.logits
    return logits[:, begin - longest :]
