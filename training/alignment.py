"""Which cross-attention heads align words, measured on adjective-noun swaps whose alignment is known.

Two readings of a row of cross-attention are measured. *Reads*: the row of the decoder's input token w should
look at the English word that w translates. *Writes*: the row that predicts w (one row earlier) should.
Only the swapped words count: the adjective and the noun of every sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase, T5ForConditionalGeneration


@dataclass(frozen=True)
class HeadAlignment:
    """How often each head's strongest source token belongs to the right word, 0..1, shape (layer head)."""

    reads: np.ndarray
    writes: np.ndarray
    words: int

    def best(self, reading: str) -> tuple[int, int, float]:
        """(layer, head, share of words) of the best head for "reads" or "writes"."""
        table: np.ndarray = getattr(self, reading)
        layer, head = np.unravel_index(int(table.argmax()), table.shape)
        return int(layer), int(head), float(table[layer, head])


def _swapped_words(links: str) -> list[tuple[int, int, int, int]]:
    """The links whose order differs between the languages, that is the adjective and its noun."""
    spans = []
    for link in links.split():
        english, french = link.split(":")
        spans.append((*map(int, english.split("-")), *map(int, french.split("-"))))
    swapped = set()
    for a in spans:
        for b in spans:
            if a[0] < b[0] and a[2] > b[2]:
                swapped |= {a, b}
    return sorted(swapped)


def _tokens_in(offsets: list[tuple[int, int]], start: int, end: int) -> list[int]:
    return [i for i, (a, b) in enumerate(offsets) if a < end and b > start and b > a]


@torch.inference_mode()
def measure(
    model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerBase, rows: list[tuple[str, str, str]]
) -> HeadAlignment:
    """Share of swapped words whose first token's row has its largest weight on the right source word."""
    shape = (model.config.num_decoder_layers, model.config.num_heads)
    right = {"reads": np.zeros(shape), "writes": np.zeros(shape)}
    words = 0
    for english, french, links in rows:
        source = tokenizer(english, return_offsets_mapping=True)
        target = tokenizer(french, return_offsets_mapping=True)
        ids = torch.tensor([[model.config.decoder_start_token_id, *target["input_ids"]]])
        output = model(input_ids=torch.tensor([source["input_ids"]]), decoder_input_ids=ids, output_attentions=True)
        weights = torch.stack([layer[0] for layer in output.cross_attentions]).float()  # (layer head target source)
        strongest = weights.argmax(dim=-1).numpy()
        for english_start, english_end, french_start, french_end in _swapped_words(links):
            correct = _tokens_in(source["offset_mapping"], english_start, english_end)
            first = _tokens_in(target["offset_mapping"], french_start, french_end)[0]
            words += 1
            right["writes"] += np.isin(strongest[:, :, first], correct)
            right["reads"] += np.isin(strongest[:, :, first + 1], correct)
    return HeadAlignment(right["reads"] / words, right["writes"] / words, words)
