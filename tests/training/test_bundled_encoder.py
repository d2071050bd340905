"""The encoder that ships: it loads offline with the wheel's token table, fills masks, and its files are the card's."""

from __future__ import annotations

import re

import numpy as np
import pytest

import llm_core
from training.encoder_batches import PRONOUN_HEAD
from training.encoder_card import CAT
from training.encoder_model import NAME
from training.export import checksums
from training.paths import BUNDLED

FOLDER = BUNDLED / NAME


def _fills(mask_filler: llm_core.LoadedModel, sentence: str) -> list[str]:
    logits = llm_core.trace(mask_filler, sentence).logits
    ids = mask_filler.tokenizer(sentence)["input_ids"]
    assert logits is not None
    assert logits.shape == (len(ids), len(mask_filler.tokenizer))
    likeliest = np.argsort(-logits[ids.index(mask_filler.tokenizer.mask_token_id)])[:5]
    return mask_filler.tokenizer.convert_ids_to_tokens(likeliest.tolist())


@pytest.mark.parametrize(
    ("sentence", "sensible"),
    [
        ("Paris is the capital of [MASK].", {"france"}),
        ("She drank a cup of [MASK].", {"tea", "coffee", "water", "milk", "chocolate"}),
        ("The opposite of hot is [MASK].", {"cold", "cool"}),
    ],
)
def test_masks_are_filled_sensibly(mask_filler: llm_core.LoadedModel, sentence: str, sensible: set[str]) -> None:
    assert sensible & set(_fills(mask_filler, sentence))


def test_its_attention_is_recorded_faithfully_and_its_weights_are_counted_once(
    mask_filler: llm_core.LoadedModel,
) -> None:
    (spec,) = (spec for spec in llm_core.catalog() if spec.name == NAME)
    assert mask_filler.spec == spec
    assert mask_filler.method == "recorded"
    assert mask_filler.nbytes == 4 * mask_filler.spec.parameters


def test_a_head_looks_from_it_to_the_cat(mask_filler: llm_core.LoadedModel) -> None:
    trace = llm_core.trace(mask_filler, CAT)
    words = [token.text.strip() for token in trace.tokens]
    layer, head = PRONOUN_HEAD
    assert trace.attention("encoder", layer, heads=[head])[0, words.index("it"), words.index("cat")] > 0.7


def test_files_are_those_of_the_model_card() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"\| (\S+) \| `([0-9a-f]{64})` \|", card)) == checksums(FOLDER)


def test_the_bundled_models_are_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 23_000_000
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*") if file.is_file()) <= 50_000_000
