"""Step 9: train the second model, ``minilm-l6-mlm``: the offline MiniLM encoder, until it fills masks.

``python -m training.encoder_train --minutes 60`` fine-tunes all layers with a masked-language head (the token table
stays as it is). The learning rate warms up, then follows a cosine. A checkpoint is written every 50 steps; started
again, training goes on from it. ``--from minilm-l6-mlm`` begins with the weights that ship. Uses a GPU if there is one.
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional
from transformers import BertForMaskedLM, PreTrainedTokenizerBase

from training.encoder_batches import PronounGuide, endless, mask
from training.encoder_model import WHEEL, new_mask_filler, trained_mask_filler, wheel_tokenizer
from training.encoder_scores import accuracy, fill
from training.encoder_text import Text, encoder_text, epoch
from training.paths import work_folder
from training.progress import bar
from training.train import Checkpoint, mixed_precision

CHECKPOINT, BEGAN_WITH = "encoder_checkpoint.safetensors", "encoder_began_with.txt"
_LONGEST = 40


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train; exactly one of ``minutes`` and ``steps`` ends it.

    The share of masked tokens falls evenly from ``masked`` to ``masked_at_end``: many to learn from at first, nearly
    whole sentences in the end, as they will be asked (Ankner et al., arXiv 2305.15096).
    """

    minutes: float | None = None
    steps: int | None = None
    peak_rate: float = 5e-4
    warm_up: int = 100
    batch_tokens: int = 1024
    masked: float = 0.3
    masked_at_end: float = 0.15
    guidance: float = 0.05
    guide_every: int = 8
    freeze_after: int = 200
    checkpoint_every: int = 50
    seed: int = 0


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
        self.batches = endless(rows, tokenizer.pad_token_id, recipe.batch_tokens, recipe.seed, self.step)
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
        # Faster than the eager one, whose weights only the guide asks for.
        replica.set_attn_implementation("sdpa")
        for mine, shared in zip(replica.parameters(), self.model.parameters(), strict=True):
            mine.data = shared.data
        while self.done < 1:
            with self.lock:
                ids = next(self.batches)
                special = torch.isin(ids, self.special_ids)
                inputs, labels = mask(ids, special, self.tokenizer.mask_token_id, self._share(), self.masking)
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

    def _share(self) -> float:
        """The share of tokens that is masked now, 0 to 1."""
        recipe = self.recipe
        return recipe.masked + (recipe.masked_at_end - recipe.masked) * min(1.0, self.done)

    def _gradients(
        self, replica: BertForMaskedLM, inputs: torch.Tensor, labels: torch.Tensor, guided: bool
    ) -> tuple[float, float]:
        chosen = (labels != -100).to(self.device)
        with mixed_precision(self.device):
            attention = (inputs != self.tokenizer.pad_token_id).long().to(self.device)
            hidden = replica.bert(inputs.to(self.device), attention_mask=attention).last_hidden_state
            logits = replica.cls(hidden[chosen])
            loss = functional.cross_entropy(logits.float(), labels.to(self.device)[chosen])
            guide = loss.new_zeros(())
            if guided:
                replica.set_attn_implementation("eager")
                guide = self.guide.loss(replica, self.guide_rng)
                replica.set_attn_implementation("sdpa")
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
            shown = self.shown
            print(f"step {self.step:6,}  loss {shown['loss'] / shown['steps']:.3f}  "
                  f"pronouns {shown['guided'] / max(1, shown['guides']):.2f}  {shown['tokens']:,} tokens  "
                  f"{self.spent / self.step:.2f} s a step  {bar(self.done, self.spent)}",
                  flush=True)  # fmt: skip
            shown.clear()
        if self.step % self.recipe.checkpoint_every == 0:
            self.checkpoint.save(self.model, self.optimizer, self.step, self.spent)


def frequencies(tokenizer: PreTrainedTokenizerBase, text: dict[str, Text]) -> Counter[int]:
    """How often each token occurs in the trained text."""
    rows = tokenizer(epoch(text), truncation=True, max_length=_LONGEST, add_special_tokens=False)["input_ids"]
    return Counter(i for row in rows for i in row)


def train(work: Path, text: dict[str, Text], recipe: Recipe, start: str = WHEEL) -> BertForMaskedLM:
    """Train from the checkpoint in ``work``, or from the model to begin with, whose name is noted for the card."""
    tokenizer = wheel_tokenizer()
    fresh = start == WHEEL
    model = new_mask_filler(frequencies(tokenizer, text)) if fresh else trained_mask_filler(start)
    if not (work / CHECKPOINT).exists():
        (work / BEGAN_WITH).write_text(Path(start).name + "\n", encoding="utf-8")
    return Trainer(model, tokenizer, text, work, recipe).run()


def main() -> None:
    """Train on the working folder's text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument(
        "--from", dest="start", default=WHEEL, help="the folder or the name of an exported model to begin with"
    )
    arguments = parser.parse_args()
    text = encoder_text(work_folder())
    print(f"{len(epoch(text)):,} sentences an epoch", flush=True)
    train(work_folder(), text, Recipe(minutes=arguments.minutes, steps=arguments.steps), arguments.start)


if __name__ == "__main__":
    main()
