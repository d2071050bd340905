"""How well a masked-language model fills in: top-1 and top-5 against always guessing the commonest tokens."""

from __future__ import annotations

from collections import Counter

import torch
from transformers import BertForMaskedLM, PreTrainedTokenizerBase


@torch.inference_mode()
def accuracy(
    model: BertForMaskedLM,
    tokenizer: PreTrainedTokenizerBase,
    sentences: list[str],
    common: list[int] | None = None,
) -> dict[str, float]:
    """Per cent of one masked token a sentence that is the model's first guess, and among its first five.

    With ``common`` (token ids, most frequent first) also for always guessing those.
    """
    generator, hits = torch.Generator().manual_seed(1), Counter[str]()
    special_ids = torch.tensor(tokenizer.all_special_ids)
    sentences = sorted(sentences, key=len)  # less padding
    for start in range(0, len(sentences), 50):
        encoded = tokenizer(
            sentences[start : start + 50], return_tensors="pt", padding=True, truncation=True, max_length=40
        )
        ids, attention = encoded["input_ids"], encoded["attention_mask"]
        special = torch.isin(ids, special_ids)
        place = torch.rand(ids.shape, generator=generator).masked_fill(special, -1).argmax(dim=1)
        rows = torch.arange(len(ids))
        answer = ids[rows, place].clone()
        ids[rows, place] = tokenizer.mask_token_id
        hidden = model.bert(ids.to(model.device), attention_mask=attention.to(model.device)).last_hidden_state
        top = model.cls(hidden[rows, place]).topk(5).indices.cpu()
        hits["top1"] += int((top[:, 0] == answer).sum())
        hits["top5"] += int((top == answer[:, None]).sum())
        if common:
            hits["unigram_top1"] += int((answer == common[0]).sum())
            hits["unigram_top5"] += int(torch.isin(answer, torch.tensor(common[:5])).sum())
    names = ("top1", "top5", "unigram_top1", "unigram_top5") if common else ("top1", "top5")
    return {name: round(100 * hits[name] / max(1, len(sentences)), 1) for name in names}


@torch.inference_mode()
def fill(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, sentence: str, count: int = 5) -> list[str]:
    """The likeliest tokens for the one [MASK] in a sentence."""
    encoded = tokenizer(sentence, return_tensors="pt").to(model.device)
    place = (encoded["input_ids"][0] == tokenizer.mask_token_id).nonzero()[0, 0]
    logits = model(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"]).logits[0, place]
    return [str(t) for t in tokenizer.convert_ids_to_tokens(logits.topk(count).indices.tolist())]
