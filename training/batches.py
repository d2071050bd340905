"""Sentence pairs as padded batches of tokens, with the alignment that one head is taught."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from training.paths import DATA

PAD_ID = 0
LONGEST = 48  # tokens a side


@dataclass(frozen=True)
class Example:
    """Token ids of both sides (with the end token) and (target row, source token) alignments.

    A target row counts the decoder's *inputs*: row 0 is the start token, row i reads target token i - 1.
    """

    source: np.ndarray
    target: np.ndarray
    alignment: np.ndarray  # (links 2)


@dataclass(frozen=True)
class Batch:
    """Padded tensors: source (batch source), target (batch target), alignment (batch target source)."""

    source: torch.Tensor
    target: torch.Tensor
    alignment: torch.Tensor


def _token_alignment(
    links: str, source_offsets: list[tuple[int, int]], target_offsets: list[tuple[int, int]]
) -> np.ndarray:
    """Word links in characters -> pairs of (decoder row, source token)."""
    pairs = []
    for link in links.split():
        english, french = link.split(":")
        english_start, english_end = map(int, english.split("-"))
        french_start, french_end = map(int, french.split("-"))
        sources = [i for i, (a, b) in enumerate(source_offsets) if a < english_end and b > english_start and b > a]
        rows = [i + 1 for i, (a, b) in enumerate(target_offsets) if a < french_end and b > french_start and b > a]
        pairs += [(row, source) for row in rows for source in sources]
    return np.array(pairs, dtype=np.int16).reshape(-1, 2)


def encode(tokenizer: PreTrainedTokenizerFast, rows: list[tuple[str, str, str]]) -> list[Example]:
    """(English, French, links) -> examples that fit into :data:`LONGEST` tokens."""
    examples = []
    for start in range(0, len(rows), 10_000):
        part = rows[start : start + 10_000]
        sources = tokenizer([r[0] for r in part], return_offsets_mapping=True)
        targets = tokenizer([r[1] for r in part], return_offsets_mapping=True)
        for index, (_, _, links) in enumerate(part):
            source, target = sources["input_ids"][index], targets["input_ids"][index]
            if max(len(source), len(target)) > LONGEST:
                continue
            alignment = _token_alignment(links, sources["offset_mapping"][index], targets["offset_mapping"][index])
            examples.append(Example(np.array(source, np.int16), np.array(target, np.int16), alignment))
    return examples


def typed_carelessly(english: str, rng: random.Random) -> str:
    """The English side as a user may type it: no full stop, or a small first letter."""
    if rng.random() < 0.6 and english.endswith("."):
        english = english[:-1]
    if rng.random() < 0.6 and english[:2] not in {"I ", "I'"}:
        english = english[0].lower() + english[1:]
    return english


def training_rows(
    folder: Path, phrase_copies: int = 25, careless_rate: float = 0.12, seed: int = 0
) -> list[tuple[str, str, str]]:
    """All training text: generated pairs, Bible verses, and the hand-written phrases several times."""
    rng = random.Random(seed)
    rows: list[tuple[str, str, str]] = []
    for text in (folder / "train.tsv").read_text(encoding="utf-8").splitlines():
        english, french, links, _ = text.split("\t")
        if rng.random() < careless_rate:
            english = typed_carelessly(english, rng)
        rows.append((english, french, links))
    for name, copies in ((folder / "bible.tsv", 1), (DATA / "phrases.tsv", phrase_copies)):
        for text in name.read_text(encoding="utf-8").splitlines():
            english, french = text.split("\t")[:2]
            for copy in range(copies):
                rows.append((typed_carelessly(english, rng) if copy % 6 == 5 else english, french, ""))
    return rows


def batches(examples: list[Example], tokens: int, rng: random.Random) -> Iterator[Batch]:
    """One pass over the examples in batches of about ``tokens`` padded tokens, similar lengths together."""
    order = list(range(len(examples)))
    rng.shuffle(order)
    order.sort(key=lambda i: len(examples[i].source) + len(examples[i].target) + rng.random() * 3)
    groups: list[list[int]] = [[]]
    longest = 0
    for index in order:
        length = max(len(examples[index].source), len(examples[index].target))
        if groups[-1] and max(longest, length) * 2 * (len(groups[-1]) + 1) > tokens:
            groups.append([])
            longest = 0
        longest = max(longest, length)
        groups[-1].append(index)
    rng.shuffle(groups)
    for group in groups:
        yield _padded([examples[i] for i in group])


def _padded(group: list[Example]) -> Batch:
    rows, wide, high = len(group), max(len(e.source) for e in group), max(len(e.target) for e in group)
    source = torch.full((rows, wide), PAD_ID)
    target = torch.full((rows, high), PAD_ID)
    alignment = torch.zeros((rows, high, wide))
    for row, example in enumerate(group):
        source[row, : len(example.source)] = torch.from_numpy(example.source.astype(np.int64))
        target[row, : len(example.target)] = torch.from_numpy(example.target.astype(np.int64))
        inside = example.alignment[example.alignment[:, 0] < high].astype(np.int64)
        alignment[row, torch.from_numpy(inside[:, 0]), torch.from_numpy(inside[:, 1])] = 1.0
    return Batch(source, target, alignment)
