"""What one step of the mask-filling encoder is trained on: a masked batch, and pronouns for the head that is taught."""

from __future__ import annotations

import random
from collections.abc import Iterator

import torch
from transformers import BertForMaskedLM, PreTrainedTokenizerBase

from training.encoder_text import pronoun_sentences

#: The head that is taught to look from a pronoun to the noun it stands for: (layer, head), counted from zero.
PRONOUN_HEAD = (3, 1)


def mask(
    ids: torch.Tensor, special: torch.Tensor, mask_id: int, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """(ids with some tokens masked, labels: the tokens that were there, -100 elsewhere); one a sentence at least.

    All chosen tokens are masked; BERT's random and kept ones teach little (Wettig et al., arXiv 2202.08005).
    """
    draw = torch.rand(ids.shape, generator=generator).masked_fill(special, 2.0)
    chosen = (draw < share) | (draw == draw.amin(dim=1, keepdim=True))
    return ids.masked_fill(chosen, mask_id), ids.masked_fill(~chosen, -100)


def _padded(rows: list[list[int]], pad_id: int) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], True, pad_id)


def endless(rows: list[list[int]], pad_id: int, batch_tokens: int, seed: int, start: int) -> Iterator[torch.Tensor]:
    """Batches of sentences of similar lengths, epoch after epoch; the first ``start`` are skipped."""
    count, pass_number = 0, 0
    while True:
        rng = random.Random(seed + pass_number)
        order = rng.sample(rows, len(rows))
        groups: list[list[list[int]]] = []
        for begin in range(0, len(order), 4096):
            group: list[list[int]] = []
            for row in sorted(order[begin : begin + 4096], key=len):
                if group and (len(group) + 1) * len(row) > batch_tokens:
                    groups.append(group)
                    group = []
                group.append(row)
            groups.append(group)
        rng.shuffle(groups)
        for group in groups:
            count += 1
            if count > start:
                yield _padded(group, pad_id)
        pass_number += 1


class PronounGuide:
    """Batches of sentences with a pronoun, and the loss of the head that should look at the noun it stands for."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.pad_id = tokenizer.pad_token_id
        self.rows = []
        for sentence, pronoun, noun in pronoun_sentences(2000):
            ids = tokenizer(sentence)["input_ids"]
            tokens = tokenizer.convert_ids_to_tokens(ids)
            if noun in tokens:
                self.rows.append((ids, tokens.index(pronoun, tokens.index(noun) + 1), tokens.index(noun)))

    def loss(self, model: BertForMaskedLM, rng: random.Random, size: int = 24) -> torch.Tensor:
        """Minus the mean logarithm of the attention weight that should be near one."""
        rows = rng.sample(self.rows, min(size, len(self.rows)))
        device = model.device
        ids = _padded([row for row, _, _ in rows], self.pad_id).to(device)
        layer, head = PRONOUN_HEAD
        attentions = model.bert(ids, attention_mask=(ids != self.pad_id).long(), output_attentions=True).attentions
        pronouns, nouns = (torch.tensor(places, device=device) for places in list(zip(*rows, strict=True))[1:])
        weights = attentions[layer][torch.arange(len(rows), device=device), head, pronouns, nouns]
        return -weights.float().clamp_min(1e-6).log().mean()
