"""The translator that ships: it loads offline, its files are the card's, and it translates."""

from __future__ import annotations

import re

import pytest
from transformers import PreTrainedTokenizerBase, T5ForConditionalGeneration

from training.alignment import measure
from training.export import NAME, checksums
from training.generate import line, swap_sentences
from training.paths import BUNDLED
from training.translate import load, translate

FOLDER = BUNDLED / NAME


@pytest.fixture(scope="module")
def translator() -> tuple[T5ForConditionalGeneration, PreTrainedTokenizerBase]:
    return load(FOLDER)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("The black cat sat on the table.", "Le chat noir s'est assis sur la table."),
        ("I am hungry.", "J'ai faim."),
        ("The white house is beautiful.", "La maison blanche est belle."),
    ],
)
def test_simple_sentences_are_translated_exactly(
    translator: tuple[T5ForConditionalGeneration, PreTrainedTokenizerBase], english: str, french: str
) -> None:
    assert translate(*translator, [english]) == [french]


def test_the_model_is_small_and_ends_its_sentences(
    translator: tuple[T5ForConditionalGeneration, PreTrainedTokenizerBase],
) -> None:
    model, tokenizer = translator
    assert sum(p.numel() for p in model.parameters()) < 12_000_000
    assert sum(p.stat().st_size for p in FOLDER.iterdir()) <= 25_000_000
    assert tokenizer("The cat")["input_ids"][-1] == tokenizer.eos_token_id


def test_files_are_those_of_the_model_card() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    written = dict(re.findall(r"\| (\S+) \| `([0-9a-f]{64})` \|", card))
    assert written == checksums(FOLDER)


def test_a_cross_attention_head_aligns_swapped_words(
    translator: tuple[T5ForConditionalGeneration, PreTrainedTokenizerBase],
) -> None:
    rows = [tuple(line(pair).rstrip("\n").split("\t")[:3]) for pair in swap_sentences(20, seed=11)]
    heads = measure(*translator, rows)  # type: ignore[arg-type]
    assert max(heads.best("reads")[2], heads.best("writes")[2]) >= 0.9
