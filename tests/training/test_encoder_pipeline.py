"""The encoder's pipeline end to end on a thousandth of the data, each step from the files of the one before.

The package with WordNet is replaced by a few entries in its format, and the Bible by a few verses.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import llm_core
from llm_core.models.borrowed_weights import complete_weights
from training import generate
from training.encoder_export import export_checkpoint, write_card
from training.encoder_model import NAME, WHEEL, trained_mask_filler
from training.encoder_samples import sample
from training.encoder_text import Text, encoder_text, wordnet_sentences
from training.encoder_train import BEGAN_WITH, Recipe, train
from training.export import checksums
from training.fetch import bible_pairs
from training.paths import BUNDLED

_RECIPE: dict[str, Any] = {
    "peak_rate": 1e-4,
    "warm_up": 2,
    "batch_tokens": 192,
    "freeze_after": 2,
    "checkpoint_every": 2,
}
_WORDNET = Path("downloads/wordnet/usr/share/wordnet")
_VERSES = {
    "There was light in the house.": "Il y eut de la lumière dans la maison.",
    "The man went to the city.": "L'homme alla à la ville.",
    "They were killed.": "Ils furent tués.",
    "Go.": "Va.",
}


def _write_wordnet(folder: Path) -> None:
    """Nouns that were met in ordinary text and one that was not, with glosses and examples."""
    folder.mkdir(parents=True)
    index, nouns = ["  1 a line of the licence"], ["  1 a line of the licence"]
    for number in range(1, 61):
        word = f"kind_{number}"
        index.append(f"{word} n 1 1 @ 1 {int(number < 60)} {number:08d}")
        nouns.append(
            f"{number:08d} 05 n 01 {word} 0 000 | a thing of the kind that has number {number} (or so); "
            f'"the shop sold {number} of those things"; "too short"'
        )
    (folder / "index.noun").write_text("\n".join(index) + "\n", encoding="latin-1")
    (folder / "data.noun").write_text("\n".join(nouns) + "\n", encoding="latin-1")
    for part in ("verb", "adj", "adv"):
        (folder / f"data.{part}").write_text("  1 a line of the licence\n", encoding="latin-1")


def _bible(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as database:
        database.execute("create table bible (bbName, bNumber, cNumber, vNumber, vText)")
        for number, (english, french) in enumerate(_VERSES.items()):
            database.execute("insert into bible values ('4', 1, 1, ?, ?)", (number, english))
            database.execute("insert into bible values ('l', 1, 1, ?, ?)", (number, french))
    database.close()
    return bible_pairs(path)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder after the steps that gather text."""
    folder = tmp_path_factory.mktemp("work")
    _write_wordnet(folder / _WORDNET)
    verses = _bible(folder / "bible.db")
    assert [english for english, _ in verses] == list(_VERSES)[:2]
    (folder / "bible.tsv").write_text("".join(f"{e}\t{f}\n" for e, f in verses), encoding="utf-8")
    generate.write(folder / "train.tsv", generate.generate(325)[0])
    assert sample(folder / "samples.txt", minutes=0.001, batch=16) > 0
    return folder


@pytest.fixture(scope="module")
def text(work: Path) -> dict[str, Text]:
    return encoder_text(work, share=0.05)


@pytest.fixture(scope="module")
def exported(work: Path, text: dict[str, Text]) -> Path:
    """The model folder after training, training on, exporting and measuring."""
    train(work, text, Recipe(steps=3, **_RECIPE))
    train(work, text, Recipe(steps=5, **_RECIPE))
    export_checkpoint(work, work / "model")
    write_card(work, text, work / "model")
    return work / "model"


def test_every_source_gives_text_and_none_of_it_is_trained_and_held_out(text: dict[str, Text]) -> None:
    assert {name for name, part in text.items() if part.train} == set(text)
    for part in text.values():
        assert not set(part.train) & set(part.held_out)


def test_only_nouns_met_in_ordinary_text_are_explained(work: Path) -> None:
    examples, glosses = wordnet_sentences(work / _WORDNET)
    assert "A kind 59 is a thing of the kind that has number 59." in glosses
    assert not any("kind 60 is" in gloss for gloss in glosses)
    assert "The shop sold 60 of those things." in examples
    assert "Too short." not in examples


def test_training_goes_on_from_its_checkpoint_and_export_says_how_far_it_came(work: Path, exported: Path) -> None:
    progress = json.loads((work / "encoder_progress.json").read_text(encoding="utf-8"))
    assert progress["began_with"] == WHEEL
    assert 5 <= progress["steps"] < 10
    assert {"config.json", "model.safetensors", "tokenizer.json", "borrowed_weights.json", "README.md"} <= {
        path.name for path in exported.iterdir()
    }


def test_the_card_has_the_scores_and_the_checksums(work: Path, exported: Path) -> None:
    card = (exported / "README.md").read_text(encoding="utf-8")
    everyday = json.loads((work / "encoder_scores.json").read_text(encoding="utf-8"))["sets"]["everyday"]
    assert 0 <= everyday["top1"] <= everyday["top5"] <= 100
    assert f"reached: {everyday['top1']} and {everyday['top5']}" in card
    assert "It began with the sentence encoder and a new head" in card
    assert dict(re.findall(r"\| (\S+) \| `([0-9a-f]{64})` \|", card)) == checksums(exported)


def test_the_app_opens_the_exported_model_with_its_borrowed_table(exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    shutil.copytree(exported, folder)
    tensors = complete_weights(exported)
    assert tensors is not None
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model = llm_core.load_model(folder)
    assert model.spec.family == "encoder"
    logits = llm_core.trace(model, "She drank a cup of [MASK].").logits
    assert logits is not None
    assert logits.shape[-1] == len(model.tokenizer)


def test_training_can_begin_with_an_exported_model(
    work: Path, exported: Path, text: dict[str, Text], tmp_path: Path
) -> None:
    before = trained_mask_filler(str(exported)).state_dict()
    after = train(tmp_path, text, Recipe(steps=1, **_RECIPE), start=str(exported)).state_dict()
    assert (tmp_path / BEGAN_WITH).read_text(encoding="utf-8") == "model\n"
    table = "bert.embeddings.word_embeddings.weight"
    assert torch.equal(before[table], after[table])
    # One step at half the peak rate moves no weight far from the exported ones, and moves the head's.
    for name in ("cls.predictions.transform.dense.weight", "cls.predictions.bias"):
        assert 0 < (after[name] - before[name]).abs().max() < 1e-3


def test_a_folder_that_lends_no_token_table_cannot_be_begun_with(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"borrowed_weights\.json.*minilm-l6-mlm"):
        trained_mask_filler(str(tmp_path))


def test_the_shipped_weights_are_begun_with_as_they_are() -> None:
    model = trained_mask_filler(NAME)
    with safe_open(str(BUNDLED / NAME / "model.safetensors"), "pt") as file:
        for name in ("cls.predictions.bias", "bert.encoder.layer.3.attention.self.query.weight"):
            assert torch.equal(model.state_dict()[name], file.get_tensor(name).float())
    assert model.config.hidden_dropout_prob == 0
    assert not model.bert.embeddings.word_embeddings.weight.requires_grad
