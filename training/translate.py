"""Translate sentences with a trained model, as the app does: greedy decoding in batches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import (
    AutoTokenizer,
    PreTrainedTokenizerBase,
    T5ForConditionalGeneration,
)


def load(folder: Path) -> tuple[T5ForConditionalGeneration, PreTrainedTokenizerBase]:
    """A model folder as transformers reads it: safetensors only, nothing from a network."""
    model = T5ForConditionalGeneration.from_pretrained(
        str(folder), use_safetensors=True, local_files_only=True, dtype=torch.float32, attn_implementation="eager"
    )
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    return model.eval(), tokenizer


@torch.inference_mode()
def translate(
    model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, sentences: Sequence[str], beams: int = 1
) -> list[str]:
    """French for English, sentence by sentence."""
    translations: list[str] = []
    for start in range(0, len(sentences), 64):
        encoded = tokenizer(list(sentences[start : start + 64]), return_tensors="pt", padding=True)
        generated = model.generate(
            input_ids=encoded["input_ids"],
            attention_mask=encoded["attention_mask"],
            max_new_tokens=64,
            num_beams=beams,
            do_sample=False,
        )
        translations += tokenizer.batch_decode(generated, skip_special_tokens=True)
    return translations
