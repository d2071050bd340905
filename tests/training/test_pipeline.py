"""The whole pipeline on a thousandth of the data: generate, vocabulary, train, resume, export, evaluate, card."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from training import batches, export, generate, vocabulary
from training.card import model_card
from training.evaluate import evaluate
from training.progress import bar
from training.train import Checkpoint, Recipe, learning_rate, new_model, train


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with 330 training pairs and a small vocabulary."""
    folder = tmp_path_factory.mktemp("work")
    training, held_out = generate.generate(330)
    generate.write(folder / "train.tsv", training)
    generate.write(folder / "held_out.tsv", held_out)
    generate.write(folder / "swaps.tsv", list(generate.swap_sentences(3)))
    (folder / "bible.tsv").write_text("Jesus wept.\tJésus pleura.\n", encoding="utf-8")
    sentences = [text for pair in training for text in (pair.english, pair.french)]
    vocabulary.train_tokenizer(sentences, 400).save_pretrained(str(folder / "tokenizer"))
    return folder


def test_pipeline_runs_resumes_and_exports_a_loadable_model(work: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(str(work / "tokenizer"))
    examples = batches.encode(tokenizer, batches.training_rows(work, phrase_copies=0))
    assert len(examples) > 300
    recipe = {"batch_tokens": 500, "warm_up": 2, "checkpoint_every": 2}
    train(examples, tokenizer, work, Recipe(steps=3, **recipe))  # type: ignore[arg-type]
    model = new_model(len(tokenizer))
    assert Checkpoint(work / "checkpoint.safetensors").load(model)[0] == 3
    train(examples, tokenizer, work, Recipe(steps=5, **recipe))  # type: ignore[arg-type]
    assert Checkpoint(work / "checkpoint.safetensors").load(model)[0] == 5
    destination = work / "model"
    export.export(work, destination)
    assert {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "generation_config.json",
    } <= {p.name for p in destination.iterdir()}
    scores = evaluate(destination, work, limit=5)
    assert 0 <= scores["class_sentences"]["chrf"] <= 100
    card = model_card(scores, {"steps": 5, "minutes": 0.1}, export.checksums(destination))
    assert "CC-BY-4.0" in card
    assert export.checksums(destination)["model.safetensors"] in card


def test_words_of_several_pieces_are_aligned_piece_by_piece(work: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(str(work / "tokenizer"))
    (example,) = batches.encode(tokenizer, [("black cat", "chat noir", "0-5:5-9 6-9:0-4")])
    source = [tokenizer.convert_ids_to_tokens(int(i)) for i in example.source]
    target = ["<start>", *(tokenizer.convert_ids_to_tokens(int(i)) for i in example.target)]
    read = {(source[s].strip("▁")[:1], target[r].strip("▁")[:1]) for r, s in example.alignment}
    assert {("c", "c"), ("b", "n")} <= read
    assert ("b", "c") not in read


def test_progress_is_a_bar_with_the_time_left() -> None:
    assert bar(0.25, 600.0) == "[#####...............]  25.0 %  30 min left"
    assert bar(0.0, 5.0).startswith("[....................]   0.0 %")
    assert bar(1.01, 600.0) == "[####################] 100.0 %  0 min left"


def test_learning_rate_warms_up_and_ends_at_two_per_cent() -> None:
    recipe = Recipe(steps=1000)
    assert learning_rate(0, 0.0, recipe) < recipe.peak_rate / 100
    assert learning_rate(999, 1.0, recipe) == pytest.approx(0.02 * recipe.peak_rate)
