"""The mask-filling encoder's training: text, masking, training that goes on where it stopped, export, model card."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerBase

from llm_core.models.borrowed_weights import complete_weights
from training.encoder_batches import PronounGuide, mask
from training.encoder_card import model_card, scores_of
from training.encoder_export import export
from training.encoder_facts import fact_sentences
from training.encoder_model import NAME, new_mask_filler, wheel_tokenizer
from training.encoder_samples import openings
from training.encoder_scores import accuracy, fill
from training.encoder_text import Text, _split, epoch, pronoun_sentences
from training.encoder_train import CHECKPOINT, Recipe, Trainer, frequencies
from training.export import checksums
from training.paths import read_table

SENTENCES = ["The cat is black.", "The dog is white.", "A bird sings in the tree.", "She drinks a cup of tea."] * 30
TEXT = {
    name: Text(SENTENCES, SENTENCES[:4])
    for name in ("examples", "glosses", "samples", "generated", "facts", "pronouns", "bible")
}


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return wheel_tokenizer()


def _tiny(tokenizer: PreTrainedTokenizerBase) -> BertForMaskedLM:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=24, num_hidden_layers=4, num_attention_heads=2, intermediate_size=32,
        attn_implementation="eager",
    )  # fmt: skip
    model = BertForMaskedLM(config)
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


def test_masking_spares_special_tokens_and_hides_a_token_of_each_sentence() -> None:
    ids = torch.full((200, 50), 7)
    special = torch.zeros_like(ids, dtype=torch.bool)
    special[:, 0] = True
    special[0, :49] = True
    inputs, labels = mask(ids, special, 3, 0.2, torch.Generator().manual_seed(0))
    chosen = labels != -100
    assert not chosen[special].any()
    assert chosen.any(dim=1).all()
    assert chosen[1:].float().mean().item() == pytest.approx(0.196, abs=0.01)
    assert (inputs[chosen] == 3).all()
    assert (inputs[~chosen] == 7).all()


def test_a_new_head_begins_by_guessing_frequent_tokens(tokenizer: PreTrainedTokenizerBase) -> None:
    counts = Counter({tokenizer.convert_tokens_to_ids("cat"): 900, tokenizer.convert_tokens_to_ids("dog"): 100})
    model = new_mask_filler(counts).eval()
    probabilities = model.cls.predictions.bias.softmax(0)
    assert probabilities[tokenizer.convert_tokens_to_ids("cat")].item() == pytest.approx(900.1 / 4052.2, rel=1e-4)
    assert not model.bert.embeddings.word_embeddings.weight.requires_grad


def test_training_lowers_the_loss_goes_on_and_leaves_the_token_table_alone(
    tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    model = _tiny(tokenizer)
    before = model.bert.embeddings.word_embeddings.weight.clone()
    first = accuracy(model.eval(), tokenizer, SENTENCES[:4])
    recipe = {"peak_rate": 1e-2, "warm_up": 5, "batch_tokens": 256, "checkpoint_every": 20}
    Trainer(model, tokenizer, TEXT, tmp_path, Recipe(steps=60, **recipe)).run()  # type: ignore[arg-type]
    assert torch.equal(before, model.bert.embeddings.word_embeddings.weight)
    assert accuracy(model, tokenizer, SENTENCES[:4])["top5"] > first["top5"]
    again = _tiny(tokenizer)
    trainer = Trainer(again, tokenizer, TEXT, tmp_path, Recipe(steps=70, **recipe))  # type: ignore[arg-type]
    assert trainer.step >= 60
    assert torch.equal(again.cls.predictions.bias, model.cls.predictions.bias)
    trainer.run()
    assert (tmp_path / CHECKPOINT).exists()
    assert len(fill(again, tokenizer, "The [MASK] is black.")) == 5


def test_the_pronoun_guide_asks_for_the_noun_that_the_pronoun_stands_for(tokenizer: PreTrainedTokenizerBase) -> None:
    guide = PronounGuide(tokenizer)
    assert len(guide.rows) > 1000
    for ids, pronoun, noun in guide.rows[:200]:
        tokens = tokenizer.convert_ids_to_tokens(ids)
        assert tokens[pronoun] in {"it", "he", "she"}
        assert noun < pronoun
        assert tokens[noun] not in {"it", "he", "she", "the"}
    assert guide.loss(_tiny(tokenizer), random.Random(0)).item() > 0


def test_pronoun_sentences_leave_out_the_one_that_a_class_looks_at() -> None:
    sentences = [sentence for sentence, _, _ in pronoun_sentences(2000)]
    assert not any("mat" in sentence.split() for sentence in sentences)


def test_facts_are_sentences_and_some_are_kept_for_the_evaluation() -> None:
    trained, new_wording, new_fact = fact_sentences()
    assert "The capital of France is Paris." in trained
    assert "Paris is the capital of France." in new_wording
    assert not set(trained) & {*new_wording, *new_fact}
    assert len(new_fact) > 100
    assert not any("{" in sentence for sentence in trained)


def test_the_same_sentences_are_held_out_however_many_others_there_are() -> None:
    few, many = [f"Sentence {i}." for i in range(500)], [f"Sentence {i}." for i in range(2000)]
    held_out = set(_split(many).held_out)
    assert set(_split(few).held_out) == held_out & set(few)
    assert 50 < len(held_out) < 150
    assert not held_out & set(_split(many).train)


def test_openings_are_filled() -> None:
    filled = openings(random.Random(0), 300)
    assert len(set(filled)) > 150
    assert not any("{" in text or text.startswith("#") for text in filled)


def test_every_blank_of_the_model_card_has_one_mask() -> None:
    rows = read_table("blanks.tsv")
    assert len(rows) >= 30
    assert all(row["sentence"].count("[MASK]") == 1 for row in rows)


def test_export_leaves_out_the_wheels_table_and_the_card_has_what_was_measured(
    tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    model = new_mask_filler(frequencies(tokenizer, TEXT)).to(torch.bfloat16).float().eval()
    export(model, tokenizer, tmp_path)
    assert (tmp_path / "model.safetensors").stat().st_size < 22_500_000
    with safe_open(str(tmp_path / "model.safetensors"), "pt") as file:
        assert not any("word_embeddings" in name or "decoder" in name for name in file.keys())  # noqa: SIM118
    tensors = complete_weights(tmp_path)
    assert tensors is not None
    table = tensors["bert.embeddings.word_embeddings.weight"]
    assert torch.equal(table, new_mask_filler(Counter()).bert.embeddings.word_embeddings.weight)
    scores = scores_of(model, tokenizer, TEXT, [1996, 1012, 1037, 1999, 2003])
    assert {"everyday", "examples", "bible"} <= set(scores["sets"])
    card = model_card(scores, {"steps": 2, "minutes": 0.1, "began_with": NAME}, TEXT, checksums(tmp_path))
    assert "CC-BY-4.0" in card
    assert f"It began with the weights of `{NAME}`" in card
    assert dict(re.findall(r"\| (\S+) \| `([0-9a-f]{64})` \|", card)) == checksums(tmp_path)
    assert epoch(TEXT).count("The cat is black.") == 30 * len(TEXT)
